#include "studies/study.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "cmc/advice/results.h"
#include "cmc/advice/short_training.h"
#include "cmc/error.h"
#include "cmc/random.h"
#include "studies/composite_views.h"
#include "studies/with_views.h"
#include "tests/temporary_folder.h"

namespace cmc::studies {
namespace {

using nlohmann::json;

TEST(Study, UnknownNamesAreCorrected) {
  EXPECT_EQ(find_study("gaussian").name, "gaussian");
  EXPECT_THROW(find_study("gausian"), UsageError);
}

/// Garments of one grey each.
class Greys : public data::Dataset {
 public:
  std::int64_t size() const override { return 100; }
  data::Sample get(std::int64_t index) const override {
    return {index, index % 10, {cv::Mat(28, 28, CV_8U, cv::Scalar(140 + index))}};
  }
  std::int64_t label(std::int64_t index) const override { return index % 10; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<data::Source>& sources() const override {
    static const std::vector<data::Source> sources{{.shape = {1, 28, 28}}};
    return sources;
  }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

 private:
  std::vector<std::string> classes_ = std::vector<std::string>(10, "grey");
};

TEST(CompositeViews, ShareWhatTheyAreToldAndNothingElse) {
  const auto garments = std::make_shared<Greys>();
  std::vector<float> first(1600), second(1600);
  float* const rows[] = {first.data(), second.data()};
  // The garment's grey is the brightest value; the centre of mass of such pixels is its place.
  const auto grey = [](const std::vector<float>& row) {
    return std::lround((*std::ranges::max_element(row) + 1) * 127.5f);
  };
  const auto place = [&](const std::vector<float>& row) {
    const float most = *std::ranges::max_element(row);
    double x = 0, y = 0, n = 0;
    for (int i = 0; i < 1600; ++i)
      if (row[i] == most) x += i % 40, y += i / 40, ++n;
    return std::pair(std::lround((x / n - 10.5) / 9), std::lround((y / n - 10.5) / 9));
  };
  int same_grey = 0, same_place = 0;
  const CompositeViews by_place(garments, {Factor::position});
  for (std::uint64_t i = 0; i < 100; ++i) {
    const RandomKey key{.seed = 3, .sample = i};
    by_place.apply(garments->get(static_cast<std::int64_t>(i)), key, rows);
    EXPECT_EQ(grey(first), static_cast<long>(140 + i));
    const auto [x, y] = place(first);
    EXPECT_EQ(3 * y + x, CompositeViews::drawn(Factor::position, key));
    EXPECT_EQ(place(second), place(first));
    same_grey += grey(first) == grey(second);
  }
  EXPECT_LT(same_grey, 6);
  const CompositeViews by_garment(garments, {Factor::garment});
  for (std::uint64_t i = 0; i < 100; ++i) {
    by_garment.apply(garments->get(static_cast<std::int64_t>(i)), {.seed = 3, .sample = i}, rows);
    EXPECT_EQ(grey(first), grey(second));
    same_place += place(first) == place(second);
  }
  EXPECT_NEAR(same_place, 100.0 / 9, 12);
}

TEST(ChosenViews, AreThoseOfTheWholeInTheirOwnOrder) {
  recipe::Recipe recipe;
  recipe.views.split = views::QuadrantsOptions{};
  const Greys pictures;
  const auto whole =
      views::make_split(recipe.views, pictures.sources()[0].shape, views::Mode::evaluate);
  runs::Setup setup{.data = {},
                    .train_transform = whole,
                    .evaluate_transform = whole,
                    .encoders = {{.widths = {1}}, {.widths = {2}}, {}, {.widths = {4}}},
                    .alike = {0, 1, 0, 1}};
  setup = with_views(setup, {3, 1});
  const std::vector<data::ViewShape>& chosen = setup.train_transform->views();
  ASSERT_EQ(chosen.size(), 2u);
  EXPECT_EQ(chosen[0].name, whole->views()[3].name);
  EXPECT_EQ(chosen[1].name, whole->views()[1].name);
  EXPECT_EQ(setup.encoders[0].widths, (std::vector<std::int64_t>{4}));
  EXPECT_EQ(setup.alike, (std::vector<std::size_t>{0, 0}));  // both are like the view at 1
  data::Sample sample = pictures.get(3);
  for (int y = 0; y < 28; ++y)
    for (int x = 0; x < 28; ++x) sample.values[0].at<std::uint8_t>(y, x) = y * 9 % 251 + x;
  std::vector<std::vector<float>> all(4, std::vector<float>(196)), two = {all[0], all[0]};
  float* const all_rows[] = {all[0].data(), all[1].data(), all[2].data(), all[3].data()};
  float* const two_rows[] = {two[0].data(), two[1].data()};
  whole->apply(sample, {}, all_rows);
  setup.train_transform->apply(sample, {}, two_rows);
  EXPECT_EQ(two[0], all[3]);
  EXPECT_EQ(two[1], all[1]);
  EXPECT_THROW(with_views(setup, {2}), std::exception);
}

TEST(Shortened, FitsWhatIsCountedInSteps) {
  recipe::Recipe recipe;
  recipe.train.schedule.warmup_steps = 100;
  recipe.contrast.temperature_steps = 1000;
  const recipe::Recipe result = advice::shortened(recipe, 200);
  EXPECT_EQ(result.train.steps, 200);
  EXPECT_EQ(result.train.schedule.warmup_steps, 20);
  EXPECT_EQ(result.contrast.temperature_steps, 200);
  EXPECT_EQ(advice::shortened(recipe, 5000).train.schedule.warmup_steps, 100);
}

TEST(Study, TakesARecipeOnlyWhereItServes) {
  const TemporaryFolder folder;
  EXPECT_THROW(run_study(find_study("processing"), folder / "study",
                         {.quick = true, .recipe = recipe::Recipe{}}),
               UsageError);
}

TEST(Processing, RunsFromMeasurementToPage) {
  const TemporaryFolder folder;
  StudyOptions options{.quick = true, .seeds = 1};
  const advice::Notebook notebook = run_study(find_study("processing"), folder.path(), options);
  ASSERT_EQ(notebook.verdicts().size(), 3u);
  EXPECT_EQ(notebook.verdicts()[0].outcome, advice::Outcome::held);
  for (const char* file : {"processing.csv", "chain.svg", "verdict.json", "index.html"})
    EXPECT_TRUE(std::filesystem::exists(folder.path() / file)) << file;
}

}  // namespace
}  // namespace cmc::studies
