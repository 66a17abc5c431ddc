#include "cmc/evaluation/total_correlation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "cmc/error.h"
#include "cmc/evaluation/information.h"
#include "cmc/random.h"
#include "tests/evaluation/rows.h"

namespace cmc::evaluation::total_correlation_test {
namespace {

constexpr std::int64_t bits = 3, values = 1 << bits;

/// Two views of random bits and their exclusive or, embedded by Walsh functions, u_d = ±1/√D by the
/// parity of d & v: Σ_d u_1d u_2d u_3d is 1/√D where v₃ = v₁ XOR v₂ and 0 elsewhere, and the cosine
/// of two views is 1 where they are equal and 0 elsewhere.
std::vector<at::Tensor> exclusive_or(std::int64_t n, std::uint64_t seed) {
  RandomStream stream(RandomPurpose::made_data, seed);
  std::vector<at::Tensor> views(3);
  for (at::Tensor& view : views) view = at::empty({n, values});
  for (std::int64_t i = 0; i < n; ++i) {
    const auto first = static_cast<std::uint64_t>(stream.below(values)),
               second = static_cast<std::uint64_t>(stream.below(values));
    const std::uint64_t codes[] = {first, second, first ^ second};
    for (std::size_t v = 0; v < 3; ++v)
      for (std::uint64_t d = 0; d < values; ++d)
        views[v].data_ptr<float>()[i * values + static_cast<std::int64_t>(d)] =
            std::popcount(d & codes[v]) % 2 == 0 ? 1 : -1;
  }
  return views;
}

/// τ at which a tuple that fits scores 12 more than one that does not.
const double sharp = 1 / std::sqrt(static_cast<double>(values)) / 12;

/// What that critic shows with k negatives in expectation: log(k + 1) − E log(1 + C + (k − C)
/// e^{−12}), of C tuples that fit by chance, binomial with 1/D.
double expected_bound(std::int64_t k) {
  const double p = 1.0 / values;
  double mass = std::pow(1 - p, static_cast<double>(k)), loss = 0;
  for (std::int64_t c = 0; c <= k; ++c) {
    const auto fit = static_cast<double>(c), rest = static_cast<double>(k - c);
    loss += mass * std::log(1 + fit + rest * std::exp(-12.0));
    mass *= rest / (fit + 1) * p / (1 - p);
  }
  return std::log1p(static_cast<double>(k)) - loss;
}

TEST(TotalCorrelation, ShowsAnExclusiveOrAndNeverMoreThanThereIs) {
  const double truth = bits * std::numbers::ln2;
  double mean = 0;
  int covered = 0;
  const int seeds = 20;
  for (int seed = 0; seed < seeds; ++seed) {
    const std::vector<at::Tensor> views = exclusive_or(512, static_cast<std::uint64_t>(seed));
    const auto curve = total_correlation_curve(views, {.temperature = sharp});
    ASSERT_EQ(curve.size(), 5u);           // 16, 32, 64, 128, 255
    EXPECT_EQ(curve.front().batches, 15);  // of 34 samples
    const InformationPoint& top = curve.back();
    EXPECT_EQ(top.k, 255);
    EXPECT_EQ(top.batches, 1);
    EXPECT_NEAR(top.ceiling, std::log(256), 1e-12);
    EXPECT_LT(top.low, truth);
    mean += top.tight_bound / seeds;
    covered += top.low <= expected_bound(255) && expected_bound(255) <= top.high;
    EXPECT_LT(curve.front().tight_bound, curve.back().tight_bound);
    // Its pairs share nothing.
    for (std::size_t v = 0; v < 3; ++v)
      EXPECT_LT(information_curves(views[v], views[(v + 1) % 3], {}).forward.back().tight_bound, 0);
  }
  EXPECT_LT(mean, truth);
  EXPECT_NEAR(mean, expected_bound(255), 0.01);
  EXPECT_GE(covered, 17);
}

TEST(TotalCorrelation, EndsAtItsCeiling) {
  // Each sample its own value: no tuple fits but the anchor's own.
  const at::Tensor own = at::eye(64);
  const InformationPoint top =
      total_correlation_curve({own, own, own}, {.temperature = 0.05}).back();
  EXPECT_EQ(top.k, 31);
  EXPECT_NEAR(top.tight_bound, std::log(32), 1e-6);
  EXPECT_LE(top.high, top.ceiling);
}

TEST(TotalCorrelation, OfIndependentViewsIsNothing) {
  int above = 0;
  double mean = 0;
  const int seeds = 20;
  at::manual_seed(3);
  for (int seed = 0; seed < seeds; ++seed) {
    std::vector<at::Tensor> views, others;
    for (int v = 0; v < 3; ++v) {
      views.push_back(at::randn({256, 8}));
      others.push_back(at::randn({256, 8}));
    }
    // Scores deviate by 1/8: a mild critic, and one that was fitted to other samples.
    for (const double temperature : {0.6, fit_tuple_temperature(others, 0)}) {
      const InformationPoint top =
          total_correlation_curve(views, {.temperature = temperature}).back();
      above += top.low > 0;
      mean += top.tight_bound / (2 * seeds);
    }
  }
  EXPECT_LE(above, 4);  // of 40
  EXPECT_LT(mean, 0.005);
}

TEST(TotalCorrelation, TheFittedTemperatureIsWhereTheBoundIsLargest) {
  at::manual_seed(5);
  const at::Tensor shared = at::randn({400, 8}).abs();
  std::vector<at::Tensor> views;
  for (int v = 0; v < 3; ++v) views.push_back(shared + 0.3 * at::randn({400, 8}));
  const double best = fit_tuple_temperature(views, 0);
  const auto value = [&](double temperature) {
    return total_correlation_curve(views, {.temperature = temperature, .smallest_k = 199})
        .back()
        .tight_bound;
  };
  EXPECT_GT(value(best), value(1.1 * best));
  EXPECT_GT(value(best), value(best / 1.1));
}

TEST(TotalCorrelation, RefusesWhatItCantMeasure) {
  const std::vector<at::Tensor> views = exclusive_or(12, 1);
  EXPECT_THROW(total_correlation_curve(views, {.temperature = sharp, .largest_k = 6}), Error);
  EXPECT_EQ(total_correlation_curve(views, {.temperature = sharp}).back().k, 5);
  EXPECT_THROW(total_correlation_curve(
                   {views[0].slice(0, 0, 5), views[1].slice(0, 0, 5), views[2].slice(0, 0, 5)}, {}),
               Error);
  EXPECT_EQ(least_tuple_samples(3), 6);
}

/// Columns 0 … 3, 4 … 7 and 2 … 5 of RowsWithGaps: the first and the last of its first source.
class Thirds : public data::Transform {
 public:
  const std::vector<data::ViewShape>& views() const override { return views_; }
  void apply(const data::Sample& sample, const RandomKey&,
             std::span<float* const> rows) const override {
    constexpr int first[] = {0, 4, 2};
    for (std::size_t v = 0; v < 3; ++v) {
      const cv::Mat& image = sample.values[v == 1 ? 1 : 0];
      if (image.empty()) continue;
      for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 4; ++x)
          rows[v][4 * y + x] = static_cast<float>(image.at<std::uint8_t>(y, first[v] + x)) / 255;
    }
  }

 private:
  std::vector<data::ViewShape> views_{
      {"left", 1, 8, 4, 0}, {"right", 1, 8, 4, 1}, {"centre", 1, 8, 4, 0}};
};

InformationMeasurement measured_thirds(std::optional<double> tuple_temperature) {
  const auto thirds = std::make_shared<Thirds>();
  at::manual_seed(7);
  return measure_information(
      {.encoders = encoders::make_encoders(
           {.channels = {8, 16}, .convolutions = 1, .pooled_grid = 4, .embedding_dim = 6},
           thirds->views()),
       .train = std::make_shared<RowsWithGaps>(240, 1),
       .held_out = std::make_shared<RowsWithGaps>(80, 2),
       .transform = thirds,
       .temperature = 0.3,
       .tuple_temperature = tuple_temperature},
      {.batch_size = 32});
}

TEST(TotalCorrelation, OfARunIsOfTheSamplesThatHaveAllViews) {
  const InformationMeasurement m = measured_thirds(0.05);
  ASSERT_TRUE(m.total_correlation.has_value());
  const TotalCorrelation& all = *m.total_correlation;
  EXPECT_EQ(all.views, 3);
  EXPECT_EQ(all.samples, 39);  // of 20 × 2, without the one that can't be read
  EXPECT_EQ(all.temperature, 0.05);
  ASSERT_EQ(all.points.size(), 2u);
  EXPECT_EQ(all.points.front().k, 16);
  EXPECT_EQ(all.points.back().k, 18);
  EXPECT_EQ(all.most_k(), 18);
  EXPECT_LT(all.points.back().low, all.points.back().tight_bound);
  EXPECT_LE(all.points.back().high, all.points.back().ceiling);
  EXPECT_NE(measured_thirds(std::nullopt).total_correlation->temperature, 0.3);  // fitted

  const nlohmann::json json = to_json(m);
  EXPECT_EQ(json["total_correlation"]["samples"], 39);
  bool said = false;
  for (const std::string& finding : m.findings) said |= finding.starts_with("The three views ");
  EXPECT_TRUE(said);
}

TEST(TotalCorrelation, IsReadAsItWasWritten) {
  const InformationMeasurement m = measured_thirds(0.05);
  nlohmann::json json = to_json(m);
  EXPECT_EQ(to_json(information_from_json(json)), json);
  json.erase("total_correlation");  // an earlier version's, or of two views
  const InformationMeasurement without = information_from_json(json);
  EXPECT_FALSE(without.total_correlation.has_value());
  EXPECT_FALSE(to_json(without).contains("total_correlation"));
  json["total_correlation"] = {{"views", 1}, {"samples", 9}, {"temperature", 1}, {"points", {}}};
  EXPECT_THROW(information_from_json(json), Error);
}

/// A measurement of one pair and all three views, each with one point.
InformationMeasurement said_of(double pair_bits, double together_bits, std::int64_t k) {
  const auto point = [&](double in_bits) {
    const double nats = in_bits * std::numbers::ln2;
    return InformationPoint{.k = k,
                            .tight_bound = nats,
                            .low = nats - 0.02,
                            .high = nats + 0.02,
                            .ceiling = std::log1p(static_cast<double>(k))};
  };
  InformationMeasurement m;
  m.samples = m.held_out = 2 * (k + 1);
  m.pairs = {{.from = "a", .to = "b", .samples = m.samples, .points = {point(pair_bits)}},
             {.from = "b", .to = "a", .samples = m.samples, .points = {point(pair_bits)}}};
  m.total_correlation =
      TotalCorrelation{.views = 3, .samples = m.samples, .points = {point(together_bits)}};
  return m;
}

TEST(TotalCorrelation, IsPutInASentence) {
  const auto sentence = [](const InformationMeasurement& m) { return findings(m).at(1); };
  EXPECT_EQ(
      sentence(said_of(2, 5, 1023)),
      "The three views share at least 5.00 bits together (95 % interval 4.97 … 5.03): the "
      "bound log(k + 1) − L on their total correlation with k = 1,023, at 50 % of its ceiling "
      "of 10.00 bits. No pair of them shows more than 2.00 bits.");
  EXPECT_TRUE(sentence(said_of(-1, 5, 1023)).ends_with(" No pair of them shows anything."));
  EXPECT_TRUE(
      sentence(said_of(5, 2, 1023))
          .find("A pair of them alone shows 5.00 bits, which are part of it. Embeddings that "
                "were trained by pairs needn't show") != std::string::npos);
  EXPECT_TRUE(sentence(said_of(5, -0.5, 1023)).find("not informative here") != std::string::npos);
  EXPECT_TRUE(sentence(said_of(5, 9.9, 1023))
                  .ends_with("the bound says no more: hold out more samples to learn more."));
  InformationMeasurement few = said_of(2, 5, 1023);
  few.total_correlation->points.clear();
  few.total_correlation->samples = 4;
  EXPECT_EQ(
      sentence(few),
      "The three views together: 4 of the 2,048 held-out samples have all, too few for a bound "
      "on their total correlation.");
}

}  // namespace
}  // namespace cmc::evaluation::total_correlation_test
