#include "cmc/advice/peak.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cmc/error.h"
#include "cmc/random.h"
#include "tests/temporary_folder.h"

namespace cmc::advice {
namespace {

using nlohmann::json;

TEST(Parabola, FindsTheCurveThatPointsWereTakenFrom) {
  const auto curve = [](double x) { return 80 - 2 * (x - 3.5) * (x - 3.5); };
  std::vector<MeasuredPoint> points;
  for (const double x : {0.5, 2.0, 3.0, 4.5, 7.0}) points.push_back({x, curve(x), 0.2});
  const auto fit = fit_parabola(points);
  ASSERT_TRUE(fit && fit->peak);
  EXPECT_NEAR(fit->a, curve(0), 1e-9);
  EXPECT_NEAR(fit->b, 14, 1e-9);
  EXPECT_NEAR(fit->c, -2, 1e-9);
  EXPECT_NEAR(fit->peak->x, 3.5, 1e-9);
  EXPECT_NEAR(fit->peak->y, 80, 1e-9);
  EXPECT_NEAR(fit->misfit, 0, 1e-6);
  for (MeasuredPoint& point : points) point.y = -point.y;
  EXPECT_FALSE(fit_parabola(points)->peak);  // bends up
  EXPECT_FALSE(fit_parabola({{1, 2, 1}, {1, 3, 1}, {2, 3, 1}}));
  EXPECT_THROW(fit_parabola({{1, 2, 0}, {2, 3, 1}, {3, 3, 1}}), Error);
}

TEST(Parabola, WeighsPointsByTheirErrors) {
  // Four points on one parabola and one far off it that hardly counts.
  std::vector<MeasuredPoint> points = {{0, 0, 0.1}, {1, 3, 0.1}, {2, 4, 0.1}, {3, 3, 0.1}};
  points.push_back({4, 50, 1e6});
  EXPECT_NEAR(fit_parabola(points)->peak->x, 2, 1e-6);
}

TEST(Parabola, TellsTheErrorOfThePeakAsRepeatedMeasurementsSpread) {
  const std::vector<double> x = {0, 1, 2, 3, 4, 5};
  RandomStream random(RandomPurpose::made_data, 7);
  double sum = 0, squares = 0, told = 0;
  constexpr int times = 2000;
  for (int i = 0; i < times; ++i) {
    std::vector<MeasuredPoint> points;
    for (const double at : x) points.push_back({at, 4 * at - at * at + 0.3 * random.normal(), 0.3});
    const Vertex peak = *fit_parabola(points)->peak;
    sum += peak.x, squares += peak.x * peak.x, told += peak.error;
  }
  const double mean = sum / times;
  EXPECT_NEAR(mean, 2, 0.02);
  EXPECT_NEAR(told / times, std::sqrt(squares / times - mean * mean), 0.01);
}

/// Rows as a sweep leaves them: quality of value v with seed s, each value one nat above the other.
class Curve {
 public:
  Curve(const std::vector<double>& qualities, double noise, std::int64_t seeds)
      : notebook_(folder_.path(), nullptr) {
    RandomStream random(RandomPurpose::made_data, 11);
    for (std::size_t v = 0; v < qualities.size(); ++v) {
      settings_.push_back({{{"value", v}}, {}});
      for (std::int64_t seed = 1; seed <= seeds; ++seed) {
        json key = settings_.back().key;
        key["seed"] = seed;
        const double quality = qualities[v] + noise * random.normal();
        notebook_.row(key, [&] {
          return json{{"bound_nats", 1.0 + static_cast<double>(v)}, {"accuracy", quality}};
        });
      }
    }
  }
  Peak peak() const {
    std::vector<Setting> mixed(settings_.rbegin(), settings_.rend());
    return find_peak(notebook_, mixed, "accuracy");
  }

 private:
  TemporaryFolder folder_;
  Notebook notebook_;
  std::vector<Setting> settings_;
};

TEST(Peak, LiesInsideWhereTheMiddleIsBest) {
  const Peak peak = Curve({0.70, 0.78, 0.80, 0.77, 0.69}, 0.004, 3).peak();
  EXPECT_EQ(peak.shape, PeakShape::inside);
  EXPECT_EQ(peak.settings[peak.best].key.at("value"), 2);
  ASSERT_TRUE(peak.parabola && peak.parabola->peak);
  EXPECT_NEAR(peak.parabola->peak->x, 2.97, 0.1);
  EXPECT_NEAR(peak.gain.mean, 0.80 - 0.748, 0.01);
  EXPECT_NEAR(peak.over_least.mean, 0.10, 0.01);
  EXPECT_NEAR(peak.error, 0.004 / std::sqrt(3.0), 0.0015);
}

TEST(Peak, LiesAtTheEndOfAMonotoneCurve) {
  EXPECT_EQ(Curve({0.60, 0.65, 0.70, 0.75}, 0.003, 3).peak().shape, PeakShape::most);
  EXPECT_EQ(Curve({0.75, 0.70, 0.65, 0.60}, 0.003, 3).peak().shape, PeakShape::least);
  EXPECT_EQ(Curve({0.75, 0.60}, 0.003, 3).peak().shape, PeakShape::least);
}

TEST(Peak, IsFlatWhereNoiseIsAllThereIs) {
  const Peak peak = Curve({0.70, 0.70, 0.70, 0.70, 0.70}, 0.01, 3).peak();
  EXPECT_EQ(peak.shape, PeakShape::flat);
}

TEST(Peak, IsOpenWhereAnEndIsAsGood) {
  // The last two are alike: that values differ is plain, which is the best is not.
  EXPECT_EQ(Curve({0.60, 0.70, 0.80, 0.80}, 0.004, 3).peak().shape, PeakShape::open);
}

TEST(Peak, IsUnknownFromOneSeed) {
  const Peak peak = Curve({0.70, 0.78, 0.69}, 0.004, 1).peak();
  EXPECT_EQ(peak.shape, PeakShape::unknown);
  EXPECT_FALSE(peak.parabola);
}

TEST(DifferenceOfBest, IsNotFlatteredByChoosing) {
  // Ten equal settings against one more: the highest mean is above it by chance, the choice of the
  // other seeds is not.
  double flattered = 0, fair = 0;
  constexpr int times = 200;
  RandomStream random(RandomPurpose::made_data, 5);
  for (int i = 0; i < times; ++i) {
    const TemporaryFolder folder;
    Notebook notebook(folder.path(), nullptr);
    std::vector<Setting> settings;
    for (int v = 0; v < 11; ++v) {
      settings.push_back({{{"value", v}}, {}});
      for (int seed = 1; seed <= 3; ++seed)
        notebook.row({{"value", v}, {"seed", seed}}, [&] {
          return json{{"accuracy", random.normal()}};
        });
    }
    const Setting end = settings.back();
    settings.pop_back();
    const Setting& best = best_of(notebook, settings, "accuracy");
    flattered += difference(notebook.rows(), best.key, end.key, "accuracy").mean / times;
    fair += difference_of_best(notebook, settings, {end}, "accuracy").mean / times;
  }
  EXPECT_GT(flattered, 0.6);
  EXPECT_NEAR(fair, 0, 0.15);
}

}  // namespace
}  // namespace cmc::advice
