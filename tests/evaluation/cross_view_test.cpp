#include "cmc/evaluation/cross_view.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace cmc::evaluation {
namespace {

TEST(CrossView, CountsPartnersAndClassesAmongSamplesThatHaveBothViews) {
  // On the circle, by degrees; sample 3 lacks the second view and would be everyone's nearest
  // there.
  const auto circle = [](const std::vector<double>& degrees) {
    const at::Tensor angle = at::tensor(degrees, at::kDouble) * (3.14159265358979 / 180);
    return at::stack({angle.cos(), angle.sin()}, 1).to(at::kFloat);
  };
  Features features;
  features.embeddings = {circle({0, 40, 80, 20}), circle({5, 90, 60, 20})};
  features.labels = at::tensor({0, 1, 1, 0}, at::kLong);
  features.present = at::tensor({1, 1, 1, 1, 1, 1, 1, 0}, at::kInt).reshape({4, 2}).to(at::kBool);
  const std::vector<RetrievalRow> rows = retrieve_across_views(features, {"left", "right"});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].from, "left");
  EXPECT_EQ(rows[0].to, "right");
  EXPECT_EQ(rows[0].candidates, 3);
  // 0 finds 0; 1 (at 40°) finds 2 (60°); 2 (at 80°) finds 1 (90°): both of their class.
  EXPECT_DOUBLE_EQ(rows[0].recall_at_1, 1.0 / 3);
  // Their own partners come first, third and second.
  EXPECT_DOUBLE_EQ(rows[0].median_rank, 2);
  EXPECT_DOUBLE_EQ(rows[0].recall_at_5, 1);
  EXPECT_DOUBLE_EQ(rows[0].class_at_1, 1.0);
  features.labels = at::tensor({0, 1, 0, 0}, at::kLong);
  EXPECT_DOUBLE_EQ(retrieve_across_views(features, {"left", "right"})[0].class_at_1, 1.0 / 3);
}

TEST(Features, FillAViewThatIsMissingWithTheMeanOfTheTrainingPart) {
  Features train;
  train.representations = {at::tensor({1.0f, 2.0f, 6.0f}).unsqueeze(1),
                           at::tensor({5.0f, 0.0f, 7.0f}).unsqueeze(1)};
  train.labels = at::zeros({3}, at::kLong);
  train.present = at::tensor({1, 1, 1, 0, 1, 1}, at::kInt).reshape({3, 2}).to(at::kBool);
  const std::vector<at::Tensor> means = train.means();
  EXPECT_TRUE(at::equal(train.all(means),
                        at::tensor({1.0f, 5.0f, 2.0f, 6.0f, 6.0f, 7.0f}).reshape({3, 2})));
  // A test part in which nobody has the first view.
  Features test;
  test.representations = {at::zeros({1, 1}), at::tensor({4.0f}).unsqueeze(1)};
  test.present = at::tensor({0, 1}, at::kInt).reshape({1, 2}).to(at::kBool);
  EXPECT_TRUE(at::equal(test.all(means), at::tensor({3.0f, 4.0f}).reshape({1, 2})));
}

}  // namespace
}  // namespace cmc::evaluation
