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

/// A composite picture of a garment of one grey.
struct Picture {
  std::vector<float> row = std::vector<float>(1600);

  bool of_garment(int i) const { return row[i] > 0; }
  long grey() const { return std::lround((*std::ranges::max_element(row) + 1) * 127.5f); }
  std::pair<int, int> place() const {
    int left = 40, top = 40;
    for (int i = 0; i < 1600; ++i)
      if (of_garment(i)) left = std::min(left, i % 40), top = std::min(top, i / 40);
    return {left, top};
  }
};

/// Of the values where both show their background.
double background_correlation(const Picture& a, const Picture& b) {
  double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (int i = 0; i < 1600; ++i) {
    if (a.of_garment(i) || b.of_garment(i)) continue;
    const double u = a.row[i], v = b.row[i];
    ++n, x += u, y += v, xx += u * u, yy += v * v, xy += u * v;
  }
  return (xy - x * y / n) / std::sqrt((xx - x * x / n) * (yy - y * y / n));
}

/// The two views of each of 100 samples.
template <class F>
void for_composites(const std::vector<Factor>& shared, const F& f) {
  const auto garments = std::make_shared<Greys>();
  const CompositeViews views(garments, shared);
  for (std::uint64_t i = 0; i < 100; ++i) {
    Picture first, second;
    float* const rows[] = {first.row.data(), second.row.data()};
    const RandomKey key{.seed = 3, .sample = i};
    views.apply(garments->get(static_cast<std::int64_t>(i)), key, rows);
    EXPECT_EQ(first.grey(), static_cast<long>(140 + i));
    f(key, first, second);
  }
}

bool near(std::pair<int, int> a, std::pair<int, int> b) {
  return std::abs(a.first - b.first) <= 2 && std::abs(a.second - b.second) <= 2;
}

TEST(CompositeViews, ShareThePlaceAndNothingElse) {
  int same_grey = 0, same_background = 0;
  for_composites({Factor::position},
                 [&](const RandomKey& key, const Picture& first, const Picture& second) {
                   EXPECT_TRUE(near(first.place(), second.place()));
                   // Up to a pixel, the ninth that was drawn.
                   const auto [left, top] = first.place();
                   bool found = false;
                   for (int dx = -1; dx <= 1; ++dx)
                     for (int dy = -1; dy <= 1; ++dy)
                       found |= 3 * (3 * (top + dy) / 21) + 3 * (left + dx) / 21 ==
                                CompositeViews::drawn(Factor::position, key);
                   EXPECT_TRUE(found);
                   same_grey += first.grey() == second.grey();
                   same_background += background_correlation(first, second) > 0.9;
                 });
  EXPECT_LT(same_grey, 6);
  EXPECT_EQ(same_background, 0);
}

TEST(CompositeViews, ShareTheGarmentAndNothingElse) {
  int same_place = 0;
  for_composites({Factor::garment},
                 [&](const RandomKey&, const Picture& first, const Picture& second) {
                   EXPECT_EQ(first.grey(), second.grey());
                   same_place += near(first.place(), second.place());
                 });
  EXPECT_NEAR(same_place, 100 * 25.0 / 441, 10);
}

TEST(CompositeViews, ShareABackgroundThatNoOtherSampleHas) {
  std::vector<std::pair<std::int64_t, Picture>> seen;
  for_composites({Factor::background},
                 [&](const RandomKey& key, const Picture& first, const Picture& second) {
                   EXPECT_GT(background_correlation(first, second), 0.97);
                   const std::int64_t texture = CompositeViews::drawn(Factor::background, key);
                   for (const auto& [other, picture] : seen) {
                     if (other != texture) continue;
                     EXPECT_LT(std::abs(background_correlation(first, picture)), 0.9);
                   }
                   seen.emplace_back(texture, first);
                 });
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
  EXPECT_THROW(run_study(find_study("losses"), folder / "study",
                         {.quick = true, .transfer = recipe::Recipe{}}),
               UsageError);
}

TEST(Study, ColoursAskForPicturesInColour) {
  const TemporaryFolder folder;
  EXPECT_THROW(run_study(find_study("colours"), folder / "study", {.quick = true}), UsageError);
  recipe::Recipe halves;
  halves.views.split = views::HalvesOptions{};
  EXPECT_THROW(
      run_study(find_study("colours"), folder / "study", {.quick = true, .recipe = halves}),
      UsageError);
}

TEST(Study, AugmentationAsksForADataSetOfPictures) {
  const TemporaryFolder folder;
  recipe::Recipe sources;
  sources.view.emplace_back();
  EXPECT_THROW(
      run_study(find_study("augmentation"), folder / "study", {.quick = true, .recipe = sources}),
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
