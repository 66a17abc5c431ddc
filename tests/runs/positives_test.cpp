#include "cmc/runs/positives.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cmc/data/open.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::runs {
namespace {

using ::testing::HasSubstr;

/// Six visits, labelled by a diagnosis, or by a number.
data::Splits visits(const TemporaryFolder& folder, const std::string& label,
                    data::LabelKind label_kind = data::LabelKind::automatic) {
  const auto path = folder.write("visits.csv",
                                 "x,diagnosis,patient,visit,clinic,none,age\n1,flu,bo,0,a,,1.5\n"
                                 "2,cold,bo,1,a,,2.5\n3,flu,an,2,a,,1.5\n4,,cy,3,a,,3.5\n"
                                 "5,cold,,4,a,,4.5\n6,flu,,5,a,,5.5\n");
  return data::open(
      {.held_out = 0,
       .manifest = {
           .manifest = path.string(),
           .label = label,
           .label_kind = label_kind,
           .held_out = 0,
           .sources = {{.name = "x", .kind = data::SourceKind::table, .columns = {"x"}}}}});
}

recipe::Recipe recipe_of(const std::vector<std::string>& positives,
                         const std::string& label = "diagnosis") {
  recipe::Recipe recipe;
  recipe.contrast.loss = recipe::LossKind::multi_positive;
  recipe.contrast.positives = positives;
  recipe.data.manifest.label = label;
  return recipe;
}

at::Tensor groups_of(const data::Splits& splits, const std::vector<std::string>& positives) {
  return positive_groups(*splits.train, recipe_of(positives).contrast);
}

std::string refusal(const data::Splits& splits, const std::vector<std::string>& positives) {
  try {
    groups_of(splits, positives);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Positives, AreGroupsOfLabelsAndColumns) {
  const TemporaryFolder folder;
  const data::Splits splits = visits(folder, "diagnosis");
  const at::Tensor groups = groups_of(splits, {"label", "patient"});
  ASSERT_EQ(groups.sizes(), (std::vector<std::int64_t>{6, 2}));
  // Classes are numbered in the order of their names, patients as they come.
  EXPECT_TRUE(at::equal(groups.select(1, 0), at::tensor({1, 0, 1, -1, 0, 1}, at::kLong)));
  EXPECT_TRUE(at::equal(groups.select(1, 1), at::tensor({0, 0, 1, 2, -1, -1}, at::kLong)));
  EXPECT_TRUE(at::equal(groups_of(splits, {}), at::full({6, 1}, -1, at::kLong)));
  recipe::Recipe k_pair;
  EXPECT_FALSE(positive_groups(*splits.train, k_pair.contrast).defined());
}

TEST(Positives, AreToldBeforeTrainingAndBesideItsFigures) {
  const TemporaryFolder folder;
  const data::Splits splits = visits(folder, "diagnosis");
  const auto line = [&](const std::vector<std::string>& positives) {
    return positives_line(groups_of(splits, positives), recipe_of(positives));
  };
  EXPECT_EQ(
      line({"label"}),
      "trained with labels: samples that share their label are positives of each other; 5 of 6 "
      "samples have one, 5 share it");
  EXPECT_EQ(line({"diagnosis"}), line({"label"}));
  EXPECT_EQ(
      line({"patient"}),
      "trained with labels (\"patient\"): samples that share their \"patient\" are positives of "
      "each other; 4 of 6 samples have one, 2 share it");
  EXPECT_THAT(
      line({"label", "patient"}),
      HasSubstr("share their label or \"patient\" are positives of each other; 6 of 6 samples "
                "have one, 5 share it"));
  // Nobody shares: training goes on.
  EXPECT_EQ(
      line({"visit"}),
      "trained with labels (\"visit\"), but no two of 6 samples share their \"visit\": each has "
      "its own other view as its only positive");
  EXPECT_THAT(line({"none"}), HasSubstr("no two of 6 samples share their \"none\""));
  EXPECT_EQ(positives_line({}, recipe_of({})), "");

  EXPECT_EQ(supervision_note(recipe_of({"label"})),
            "Trained with labels: samples that share their label were positives of each other "
            "(contrast.positives), so that these are not the figures of learning without labels.");
  EXPECT_THAT(supervision_note(recipe_of({"patient"})),
              HasSubstr("Trained with labels (\"patient\")"));
  EXPECT_EQ(supervision_note(recipe_of({})), "");
}

TEST(Positives, RefuseWhatIsNotThereOrLeavesNoNegative) {
  const TemporaryFolder folder;
  const data::Splits splits = visits(folder, "diagnosis");
  EXPECT_THAT(refusal(splits, {"pateint"}),
              HasSubstr("there is no column \"pateint\", which contrast.positives asks for; the "
                        "nearest is \"patient\""));
  EXPECT_EQ(
      refusal(splits, {"clinic"}),
      "contrast.positives = \"clinic\": it is the same of all 6 training samples, so that all "
      "are positives and none has a negative");
  EXPECT_THAT(refusal(splits, {"label", "clinic"}), HasSubstr("\"clinic\": it is the same"));
  EXPECT_THAT(refusal(visits(folder, ""), {"label"}),
              HasSubstr("no training sample has a label (of a manifest, data.label names"));
  EXPECT_THAT(refusal(visits(folder, "age"), {"label"}), HasSubstr("the labels are numbers"));
  EXPECT_EQ(refusal(visits(folder, "age", data::LabelKind::classes), {"label"}),
            "nothing was thrown");
}

TEST(Positives, OfDataThatIsNoManifestAreLabelsAlone) {
  /// Labels and nothing else.
  class Labelled : public data::Dataset {
   public:
    std::int64_t size() const override { return 4; }
    data::Sample get(std::int64_t index) const override {
      return {.index = index, .label = label(index), .values = {cv::Mat()}};
    }
    std::int64_t label(std::int64_t index) const override { return index % 2; }
    const std::vector<std::string>& classes() const override { return classes_; }
    const std::vector<data::Source>& sources() const override { return sources_; }
    std::string name(std::int64_t index) const override { return fmt::format("{}", index); }

   private:
    std::vector<std::string> classes_ = {"a", "b"};
    std::vector<data::Source> sources_ = {{}};
  };
  const data::Splits splits{.train = std::make_shared<Labelled>(), .test = nullptr};
  EXPECT_TRUE(
      at::equal(groups_of(splits, {"label"}).select(1, 0), at::tensor({0, 1, 0, 1}, at::kLong)));
  EXPECT_EQ(
      refusal(splits, {"patient"}),
      "contrast.positives asks for the column \"patient\", and only a manifest has columns; this "
      "data has labels alone, \"label\"");
}

}  // namespace
}  // namespace cmc::runs
