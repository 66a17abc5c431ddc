#include "cmc/evaluation/information.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "cmc/data/subset.h"
#include "cmc/error.h"
#include "cmc/information/geometry.h"
#include "cmc/views/alike.h"
#include "cmc/views/chosen_views.h"
#include "cmc/views/view_recipe.h"
#include "tests/evaluation/rows.h"

namespace cmc::evaluation {
namespace {

/// Two noisy sights of one direction for each sample.
std::pair<at::Tensor, at::Tensor> two_views(std::int64_t n, double noise) {
  at::manual_seed(9);
  const at::Tensor shared = at::randn({n, 8});
  return {shared + noise * at::randn({n, 8}), shared + noise * at::randn({n, 8})};
}

bool any_contains(const std::vector<std::string>& sentences, const std::string& part) {
  for (const std::string& sentence : sentences)
    if (sentence.find(part) != std::string::npos) return true;
  return false;
}

TEST(InformationCurve, TheLargestKIsTheWholeSoftmax) {
  const auto [a, b] = two_views(50, 0.5);
  const at::Tensor ua = a / a.norm(2, 1, true), ub = b / b.norm(2, 1, true);
  const at::Tensor scores = at::mm(ua, ub.t()).to(at::kDouble) / 0.2;
  const auto value = [&](const at::Tensor& s) {
    return std::log(50) + at::log_softmax(s, 1).diagonal().mean().item<double>();
  };
  const InformationCurves curves = information_curves(a, b, {.temperature = 0.2});
  ASSERT_EQ(curves.forward.size(), 3u);  // 16, 32, 49
  const InformationPoint &forward = curves.forward.back(), &backward = curves.backward.back();
  EXPECT_EQ(forward.k, 49);
  EXPECT_EQ(forward.batches, 1);
  EXPECT_NEAR(forward.tight_bound, value(scores), 1e-4);
  EXPECT_NEAR(backward.tight_bound, value(scores.t()), 1e-4);
  EXPECT_NEAR(forward.tight_bound - forward.bound, std::log(50.0 / 49), 1e-9);
  EXPECT_NEAR(forward.ceiling, std::log(50), 1e-12);
  EXPECT_LT(forward.low, forward.tight_bound);
  EXPECT_GT(forward.high, forward.tight_bound);
}

TEST(InformationCurve, SmallKAreMeansOfBatchesThatShareNoSample) {
  const auto [a, b] = two_views(1700, 0.5);
  const InformationCurves curves = information_curves(a, b, {.temperature = 0.2, .largest_k = 200});
  std::vector<std::int64_t> ks;
  for (const InformationPoint& point : curves.forward) ks.push_back(point.k);
  EXPECT_EQ(ks, (std::vector<std::int64_t>{16, 32, 64, 128, 200}));
  EXPECT_EQ(curves.forward[0].batches, 100);
  for (std::size_t i = 1; i < ks.size(); ++i)
    EXPECT_GT(curves.forward[i].tight_bound, curves.forward[i - 1].tight_bound);
}

TEST(InformationCurve, TheIntervalReachesAsFarAsSetsOfSamplesDiffer) {
  // 20 sets of 300 samples: the spread of their values is what one set's interval is to tell.
  std::vector<double> values, reaches;
  const auto [a, b] = two_views(6000, 0.7);
  for (std::int64_t s = 0; s < 20; ++s) {
    const InformationPoint point =
        information_curves(a.narrow(0, 300 * s, 300), b.narrow(0, 300 * s, 300),
                           {.temperature = 0.2, .smallest_k = 299})
            .forward.back();
    values.push_back(point.tight_bound);
    reaches.push_back((point.high - point.low) / 2);
  }
  const double deviation = information::confidence_interval(values).deviation;
  const double reach = information::confidence_interval(reaches).mean;
  EXPECT_NEAR(reach / information::student_t(299, 0.95), deviation, 0.35 * deviation);
}

TEST(InformationCurve, AnIntervalNearTheCeilingStaysBelowIt) {
  // 97 samples in one batch, which no number of groups divides: leaving groups out would change k
  // and its ceiling, and the interval would reach beyond it by far.
  const auto [a, b] = two_views(97, 0.05);
  for (const double temperature : {0.02, 0.05, 0.1, 0.2}) {
    const InformationCurves curves = information_curves(a, b, {.temperature = temperature});
    for (const auto* curve : {&curves.forward, &curves.backward}) {
      for (const InformationPoint& point : *curve) {
        EXPECT_LE(point.high, point.ceiling) << temperature << " " << point.k;
        EXPECT_LE(point.low, point.tight_bound);
        EXPECT_LE(point.tight_bound, point.high);
        EXPECT_LT(point.high - point.low, 0.25);
      }
    }
    if (temperature <= 0.05) {
      EXPECT_GT(curves.forward.back().tight_bound, 0.95 * curves.forward.back().ceiling);
    }
  }
}

TEST(InformationCurve, RefusesWhatItCantMeasure) {
  const auto [a, b] = two_views(20, 0.5);
  EXPECT_THROW(information_curves(a, b, {.largest_k = 20}), Error);
  EXPECT_THROW(information_curves(a, b.slice(0, 1), {}), Error);
  EXPECT_THROW(information_curves(a.slice(0, 0, 2), b.slice(0, 0, 2), {}), Error);
  EXPECT_EQ(information_curves(a.slice(0, 0, 5), b.slice(0, 0, 5), {}).forward.back().k, 4);
}

TEST(CriticTemperature, IsWhereTheBoundIsLargest) {
  const auto [a, b] = two_views(400, 0.5);
  const auto value = [&](double temperature) {
    const InformationCurves curves =
        information_curves(a, b, {.temperature = temperature, .smallest_k = 399});
    return curves.forward.back().tight_bound + curves.backward.back().tight_bound;
  };
  const double best = fit_critic_temperature(a, b);
  EXPECT_GT(value(best), value(1.1 * best));
  EXPECT_GT(value(best), value(best / 1.1));
}

TEST(CriticTemperature, IsOfAllThatIsSorted) {
  // The first rows' views are nearly one, the others' hardly alike: what fits them all is warmer
  // than what fits the first.
  const auto [a, b] = two_views(4096, 0.5);
  const at::Tensor noise = at::cat({at::full({2048, 1}, 0.01), at::full({2048, 1}, 2.0)});
  const at::Tensor other = a + noise * at::randn({4096, 8});
  const double first = fit_critic_temperature(a.slice(0, 0, 2048), other.slice(0, 0, 2048));
  const at::Tensor every_second = at::arange(0, 4096, 2, at::kLong);
  const double best = fit_critic_temperature(a, other);
  EXPECT_GT(best, 2 * first);
  const double expected =
      fit_critic_temperature(a.index_select(0, every_second), other.index_select(0, every_second));
  EXPECT_NEAR(best, expected, 0.03 * expected);
}

std::vector<encoders::Encoder> encoders_of(const data::Transform& halves) {
  at::manual_seed(7);
  return encoders::make_encoders(
      {.channels = {8, 16}, .convolutions = 1, .pooled_grid = 4, .embedding_dim = 6},
      halves.views());
}

TEST(Information, MeasuresPairsLabelsAndGeometry) {
  const auto halves = std::make_shared<Halves>();
  std::vector<encoders::Encoder> encoders = encoders_of(*halves);
  double last = 0;
  const InformationMeasurement m = measure_information(
      {.encoders = encoders,
       .train = std::make_shared<Rows>(240, 1),
       .held_out = std::make_shared<Rows>(90, 2),
       .transform = halves,
       .temperature = 0.3,
       .training = TrainingEstimate{.k = 29, .estimate = 1, .ceiling = std::log(30)}},
      {.batch_size = 32, .progress = [&](const std::string&, double share) { last = share; }});
  EXPECT_EQ(m.samples, 89);  // one can't be read
  ASSERT_EQ(m.pairs.size(), 2u);
  EXPECT_EQ(m.pairs[1].from + m.pairs[1].to, "rightleft");
  EXPECT_EQ(m.pairs[0].points.back().k, 88);
  EXPECT_NE(m.pairs[0].points.back().tight_bound, m.pairs[1].points.back().tight_bound);
  EXPECT_EQ(m.classes, 3);
  ASSERT_EQ(m.labels.size(), 3u);
  EXPECT_EQ(m.labels[2].view, "all");
  for (const ViewLabels& row : m.labels) {
    EXPECT_NEAR(row.information.label_entropy, std::log(3.0), 0.01);
    EXPECT_GT(row.information.bound.mean, 0.2);
    EXPECT_LE(row.information.bound.mean, row.information.label_entropy);
    EXPECT_GT(row.accuracy, 0.5);
  }
  ASSERT_EQ(m.views.size(), 2u);
  EXPECT_EQ(m.views[0].dimension, 6);
  EXPECT_GE(m.views[0].effective_rank, 1);
  EXPECT_LE(m.views[0].effective_rank, 6);
  EXPECT_NEAR(m.pairs[0].alignment, 2 - 2 * m.pairs[0].positive_similarity, 1e-6);

  const nlohmann::json json = to_json(m);
  EXPECT_EQ(json["pairs"][0]["points"].back()["k"], 88);
  EXPECT_EQ(json["training"]["k"], 29);
  EXPECT_EQ(json["labels"][2]["view"], "all");
  ASSERT_EQ(json["unreadable"].size(), 1u);  // of both parts alike
  EXPECT_EQ(json["unreadable"][0]["name"], "5");
  EXPECT_EQ(json["findings"].size(), 6u);  // the pair, training, labels, two views, apart
}

TEST(Information, ReadsAPairAtTheTemperatureOfItsLoss) {
  const auto halves = std::make_shared<Halves>();
  const auto measured = [&](double run,
                            const std::function<double(std::size_t, std::size_t)>& own) {
    return measure_information({.encoders = encoders_of(*halves),
                                .train = std::make_shared<Rows>(240, 1),
                                .held_out = std::make_shared<Rows>(90, 2),
                                .transform = halves,
                                .temperature = run,
                                .pair_temperature = own},
                               {.batch_size = 32});
  };
  const InformationMeasurement plain = measured(0.9, nullptr);
  const InformationMeasurement paired =
      measured(0.3, [](std::size_t i, std::size_t j) { return i == 0 && j == 1 ? 0.9 : 0.3; });
  for (std::size_t d = 0; d < 2; ++d) {
    EXPECT_EQ(paired.pairs[d].points.back().bound, plain.pairs[d].points.back().bound);
    EXPECT_EQ(paired.pairs[d].temperature, 0.9);
  }
  EXPECT_NE(measured(0.3, nullptr).pairs[0].points.back().bound,
            plain.pairs[0].points.back().bound);
  EXPECT_EQ(temperatures(plain), "0.9");
  EXPECT_EQ(temperatures(paired), "0.3, of left and right 0.9");
  nlohmann::json json = to_json(paired);
  EXPECT_EQ(information_from_json(json).pairs[1].temperature, 0.9);
  for (nlohmann::json& pair : json["pairs"]) pair.erase("temperature");  // an earlier version's
  EXPECT_EQ(information_from_json(json).pairs[1].temperature, 0.3);
}

TEST(Information, AsksForFewerSamplesAndK) {
  const auto halves = std::make_shared<Halves>();
  const InformationMeasurement m =
      measure_information({.encoders = encoders_of(*halves),
                           .train = nullptr,
                           .held_out = std::make_shared<Rows>(90, 2),
                           .transform = halves},
                          {.samples = 40, .largest_k = 20, .batch_size = 32});
  EXPECT_LE(m.samples, 40);
  EXPECT_EQ(m.pairs[0].points.back().k, 20);
  EXPECT_TRUE(m.labels.empty());
}

TEST(Information, TakesTheSamplesThatHaveTheViews) {
  const auto halves = std::make_shared<HalvesOfTwo>();
  const InformationMeasurement m =
      measure_information({.encoders = encoders_of(*halves),
                           .train = std::make_shared<RowsWithGaps>(240, 1),
                           .held_out = std::make_shared<RowsWithGaps>(80, 2),
                           .transform = halves},
                          {.largest_k = 60, .batch_size = 32});
  EXPECT_EQ(m.samples, 79);  // one can't be read
  ASSERT_EQ(m.pairs.size(), 2u);
  for (const PairInformation& pair : m.pairs) {
    EXPECT_EQ(pair.samples, 39);  // of 20 × 2, without the one that can't be read
    EXPECT_EQ(pair.points.back().k, 38);
  }
  ASSERT_EQ(m.views.size(), 2u);
  EXPECT_EQ(m.views[0].samples, 59);
  EXPECT_EQ(m.views[1].samples, 59);
  ASSERT_EQ(m.labels.size(), 3u);
  EXPECT_EQ(m.labels[0].samples, 59);
  EXPECT_EQ(m.labels[0].training_labels, 179);  // of 180
  EXPECT_EQ(m.labels[2].samples, 79);
  EXPECT_EQ(m.labels[2].training_labels, 239);

  // The same as of a data set without the others, and nothing of the zeros that stand for them.
  std::vector<std::int64_t> both;
  for (std::int64_t i = 0; i < 80; ++i)
    if (i % 4 == 1 || i % 4 == 2) both.push_back(i);
  const InformationMeasurement whole =
      measure_information({.encoders = encoders_of(*halves),
                           .train = nullptr,
                           .held_out = std::make_shared<data::Subset>(
                               std::make_shared<RowsWithGaps>(80, 2), std::move(both)),
                           .transform = halves},
                          {.batch_size = 32});
  EXPECT_EQ(whole.samples, 39);
  EXPECT_NEAR(whole.pairs[0].points.back().tight_bound, m.pairs[0].points.back().tight_bound, 1e-6);
  EXPECT_NEAR(whole.pairs[0].modality_gap, m.pairs[0].modality_gap, 1e-6);

  const nlohmann::json json = to_json(m);
  EXPECT_EQ(json["pairs"][0]["samples"], 39);
  const std::string finding = json["findings"][0];
  EXPECT_TRUE(finding.ends_with(" 39 of the 79 held-out samples have both.")) << finding;
}

/// Two augmentations of a sample, whole in evaluation.
std::shared_ptr<const views::Split> augmented(views::Mode mode) {
  return views::make_split({.split = views::AugmentedOptions{}}, {1, 8, 8}, mode);
}

TEST(Information, AugmentedViewsAreMeasuredAsAugmentedAndProbedOnce) {
  at::manual_seed(7);
  const auto training = augmented(views::Mode::train),
             evaluation = augmented(views::Mode::evaluate);
  const std::vector<encoders::Encoder> encoders = encoders::make_encoders({.channels = {8, 16},
                                                                           .convolutions = 1,
                                                                           .pooled_grid = 4,
                                                                           .embedding_dim = 6,
                                                                           .shared = true},
                                                                          training->views());
  InformationInput input{.encoders = encoders,
                         .train = std::make_shared<Rows>(240, 1),
                         .held_out = std::make_shared<Rows>(90, 2),
                         .transform = views::redrawn(training),
                         .judged = EncodedViews{{encoders[0]},
                                                std::make_shared<views::ChosenViews>(
                                                    evaluation, std::vector<std::size_t>{0})},
                         .temperature = 0.1};
  const InformationMeasurement m = measure_information(input);
  EXPECT_LT(m.pairs[0].positive_similarity, 0.999);
  EXPECT_LT(m.pairs[0].points.back().tight_bound, 0.8 * m.pairs[0].points.back().ceiling);
  ASSERT_EQ(m.views.size(), 1u);
  EXPECT_EQ(m.views[0].view, "augmented-1");
  ASSERT_EQ(m.labels.size(), 1u);  // no second view, and no row of both
  EXPECT_EQ(m.labels[0].view, "augmented-1");
  EXPECT_TRUE(any_contains(findings(m), "of which the representation holds"));
  EXPECT_EQ(measure_information(input).pairs[0].points.back().tight_bound,
            m.pairs[0].points.back().tight_bound);

  // What it was: both views the same picture, and a bound of nothing but k.
  input.transform = evaluation;
  input.judged.reset();
  EXPECT_NEAR(measure_information(input).pairs[0].positive_similarity, 1, 1e-6);
}

TEST(Information, SaysThatNothingIsHeldOut) {
  const auto halves = std::make_shared<Halves>();
  const auto train = std::make_shared<Rows>(30);
  try {
    measure_information(
        {.encoders = encoders_of(*halves),
         .train = train,
         .held_out = std::make_shared<data::Subset>(train, std::vector<std::int64_t>{}),
         .transform = halves});
    FAIL() << "information without held-out samples";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("data.held_out above 0"), std::string::npos)
        << error.what();
  }
}

TEST(Information, SaysWhichPairsAreTooFew) {
  const auto halves = std::make_shared<HalvesOfTwo>();
  // Of these the views are both there in samples 1 and 2.
  EXPECT_THROW(measure_information({.encoders = encoders_of(*halves),
                                    .train = nullptr,
                                    .held_out = std::make_shared<RowsWithGaps>(5, 2),
                                    .transform = halves}),
               Error);
  InformationMeasurement m;
  m.samples = 1200;
  m.unmeasured = {{"left", "right", 2}};
  EXPECT_EQ(findings(m)[0],
            "left and right: 2 of the 1,200 held-out samples have both, too few for a bound.");
}

/// A measurement with one point a direction.
InformationMeasurement measured(double nats, double k) {
  InformationMeasurement m;
  m.samples = static_cast<std::int64_t>(k) + 1;
  for (const char* from : {"left", "right"}) {
    PairInformation pair;
    pair.from = from;
    pair.to = *from == 'l' ? "right" : "left";
    pair.samples = m.samples;
    InformationPoint point;
    point.k = static_cast<std::int64_t>(k);
    point.tight_bound = *from == 'l' ? nats : nats - 0.1;
    point.low = nats - 0.02;
    point.high = nats + 0.02;
    point.ceiling = std::log1p(k);
    pair.points = {point};
    pair.alignment = 0.5;
    m.pairs.push_back(pair);
  }
  return m;
}

TEST(Findings, TellACeilingFromABound) {
  const double bit = std::numbers::ln2;
  const auto near = findings(measured(0.97 * std::log1p(4999), 4999));
  EXPECT_TRUE(any_contains(near,
                           "left and right: the bound is at 97 % of its ceiling of 12.29 "
                           "bits (k = 4,999): it says at least 11.92 bits"))
      << near[0];
  const auto far = findings(measured(6.1 * bit, 4999));
  EXPECT_TRUE(any_contains(far,
                           "left and right share at least 6.10 bits (95 % interval 6.07 … "
                           "6.13): the bound log(k + 1) − L with k = 4,999, at 50 % of its"))
      << far[0];
}

TEST(Findings, ABoundBelowNothingSaysNothing) {
  for (const double nats : {-3.1, -0.1, 0.0, 0.003}) {  // the last would show as 0.00 bits
    InformationMeasurement m = measured(nats, 4999);
    m.training = TrainingEstimate{.k = 64, .estimate = -0.4, .ceiling = std::log(65)};
    m.classes = 3;
    ViewLabels all;
    all.view = "all";
    all.information = {.label_entropy = std::log(3.0),
                       .cross_entropy = 1.3,
                       .bound = {.mean = -0.2, .low = -0.3, .high = -0.1}};
    m.labels = {all, all};
    m.labels[0].view = "left";
    const std::vector<std::string> sentences = findings(m);
    EXPECT_TRUE(any_contains(
        sentences, "left and right share at least 0 bits: the bound is not informative here"))
        << sentences[0];
    EXPECT_TRUE(any_contains(sentences, "the training estimate ended at -0.58, which is nothing"));
    EXPECT_TRUE(any_contains(sentences,
                             "The views share at least 0 bits; the 3 classes are 1.58 bits, of "
                             "which the representation of all views holds at least 0: the probe's "
                             "bound is not informative (-0.29; 95 % interval -0.43 … -0.14)"));
    EXPECT_TRUE(any_contains(sentences, "left alone 0.00."));
    for (const std::string& sentence : sentences) {
      EXPECT_EQ(sentence.find("at least -"), std::string::npos) << sentence;
      EXPECT_EQ(sentence.find("-% "), std::string::npos) << sentence;
      EXPECT_EQ(sentence.find("nan"), std::string::npos) << sentence;
    }
  }
}

TEST(Findings, SayWhatWouldGiveMoreNegatives) {
  InformationMeasurement m = measured(0.97 * std::log1p(499), 499);
  EXPECT_TRUE(any_contains(findings(m), "and no more; hold out more samples to learn more."));
  EXPECT_FALSE(any_contains(findings(m), "raise k"));  // there are no others
  m.held_out = 20000;
  EXPECT_TRUE(
      any_contains(findings(m), "measure on more of the 20,000 held-out samples (--samples)"));
  m.held_out = m.samples = m.pairs[0].samples = m.pairs[1].samples = 5000;
  EXPECT_TRUE(any_contains(findings(m), "raise k (--k) to learn more"));

  // A bound that still grows is told the same.
  m = measured(3, 499);
  m.pairs[0].points.insert(m.pairs[0].points.begin(), m.pairs[0].points[0]);
  m.pairs[0].points[0].k = 256;
  m.pairs[0].points[0].tight_bound = 2.5;
  EXPECT_TRUE(any_contains(findings(m), "as k doubles: hold out more samples to learn more."));

  // In training k may be all other samples too.
  m.training = TrainingEstimate{
      .k = 399, .estimate = 0.97 * std::log(400), .ceiling = std::log(400), .most_k = 399};
  EXPECT_TRUE(
      any_contains(findings(m), "k is already all other training samples: train on more samples"));
  m.training->most_k = 5000;
  EXPECT_TRUE(any_contains(findings(m), "no longer distinguishes encoders: raise k in training"));
}

TEST(Findings, OneClassTellsNothing) {
  InformationMeasurement m = measured(2, 499);
  m.classes = 5;
  ViewLabels all;
  all.view = "all";
  all.samples = 40;
  all.information = {.label_entropy = 0, .cross_entropy = 0.1, .bound = {.mean = -0.1}};
  m.labels = {all};
  EXPECT_TRUE(
      any_contains(findings(m), "The 40 held-out samples with a label are all of one class"));
  EXPECT_FALSE(any_contains(findings(m), "nan") || any_contains(findings(m), "inf"));
}

TEST(Findings, SayThatTrainingHadTooFewNegatives) {
  InformationMeasurement m = measured(6.5 * std::numbers::ln2, 4999);
  m.training = TrainingEstimate{.k = 64, .estimate = 0.96 * std::log(65), .ceiling = std::log(65)};
  EXPECT_TRUE(any_contains(findings(m),
                           "In training, k = 64 allowed at most 6.02 bits; the "
                           "training estimate ended at 5.78, 96 % of that. Held-out "
                           "samples show 6.50 bits, more than that ceiling"));
  m.training->k = 511;
  m.training->ceiling = std::log(512);
  EXPECT_FALSE(any_contains(findings(m), "more than that ceiling"));
}

TEST(Findings, SeeACollapseAndAGap) {
  InformationMeasurement m = measured(2, 4999);
  m.views = {{.view = "left", .samples = 5000, .effective_rank = 9.3, .dimension = 128},
             {.view = "right", .samples = 5000, .effective_rank = 60, .dimension = 128}};
  m.pairs[0].modality_gap = 0.6;  // 0.36 of 0.5
  const auto sentences = findings(m);
  EXPECT_TRUE(any_contains(sentences,
                           "left: effective rank 9 of 128: the embedding has collapsed "
                           "in most directions."));
  EXPECT_TRUE(
      any_contains(sentences, "right: effective rank 60 of 128: most directions are used."));
  // Four samples lie in three directions at most, whatever the embedding does.
  m.views = {{.view = "left", .samples = 4, .effective_rank = 2.8, .dimension = 128},
             {.view = "right", .samples = 41, .effective_rank = 8.2, .dimension = 128}};
  EXPECT_TRUE(any_contains(findings(m),
                           "left: effective rank 3 of 3, all that 4 samples can show in 128 "
                           "dimensions: most directions are used."));
  EXPECT_TRUE(any_contains(findings(m),
                           "right: effective rank 8 of 40, all that 41 samples can "
                           "show in 128 dimensions: the embedding has collapsed"));
  EXPECT_TRUE(any_contains(sentences, "a modality gap, 72 % of the positives' mean squared"));
}

}  // namespace
}  // namespace cmc::evaluation
