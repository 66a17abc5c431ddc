#include "cmc/evaluation/evaluate.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include "cmc/data/subset.h"
#include "cmc/error.h"
#include "cmc/evaluation/features.h"
#include "cmc/evaluation/fine_tune.h"
#include "cmc/evaluation/supervised.h"
#include "tests/evaluation/rows.h"

namespace cmc::evaluation {
namespace {

const encoders::EncoderOptions small{
    .channels = {8, 16}, .convolutions = 1, .pooled_grid = 4, .embedding_dim = 6};

std::vector<encoders::Encoder> make() {
  at::manual_seed(7);
  return encoders::make_encoders(small, Halves().views());
}

std::unique_ptr<data::Loader> in_order(std::int64_t samples, std::int64_t batch) {
  return std::make_unique<data::Loader>(
      std::make_shared<Rows>(samples), std::make_shared<Halves>(),
      data::LoaderOptions{.batch_size = batch, .shuffle = false, .drop_last = false, .workers = 2});
}

TEST(Features, AreThoseOfTheEncodersInEvaluationMode) {
  std::vector<encoders::Encoder> encoders = make();
  const auto loader = in_order(20, 8);
  const Features features = extract_features(encoders, *loader);
  EXPECT_TRUE(encoders[0]->is_training());
  ASSERT_EQ(features.labels.size(0), 19);  // without the one that can't be read
  EXPECT_EQ(features.indices[5].item<std::int64_t>(), 6);
  EXPECT_EQ(features.labels[5].item<std::int64_t>(), 0);
  EXPECT_FALSE(features.all({}).requires_grad());

  loader->start(0);
  const at::Tensor view = loader->next()->views[1];
  encoders[1]->eval();
  const at::NoGradGuard no_grad;
  const encoders::Encoding expected = encoders[1]->forward(view);
  EXPECT_TRUE(at::allclose(features.representations[1].slice(0, 0, view.size(0)),
                           expected.representation, 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(features.embeddings[1].slice(0, 0, view.size(0)), expected.embedding,
                           1e-5, 1e-6));
  EXPECT_EQ(features.all({}).size(1),
            encoders[0]->representation_dim() + encoders[1]->representation_dim());
}

TEST(Features, RawAreTheViewsOwnValues) {
  const Features raw = raw_features(*in_order(4, 3));
  const cv::Mat image = Rows(4).get(3).values[0];
  EXPECT_EQ(raw.all({}).sizes(), at::IntArrayRef({4, 64}));
  EXPECT_TRUE(raw.embeddings.empty());
  EXPECT_FLOAT_EQ(raw.representations[1][3][4 * 2 + 1].item<float>(),
                  static_cast<float>(image.at<std::uint8_t>(2, 5)) / 255);
}

TEST(Features, CanBeThoseOfALayer) {
  std::vector<encoders::Encoder> encoders = make();
  const auto loader = in_order(12, 8);
  const Features features = extract_features(encoders, *loader, {.layer = "stage1"});
  const Features usual = extract_features(encoders, *loader);
  EXPECT_TRUE(at::allclose(features.embeddings[0], usual.embeddings[0], 1e-5, 1e-6));
  loader->start(0);
  const at::Tensor view = loader->next()->views[1];
  encoders[1]->eval();
  const at::NoGradGuard no_grad;
  const at::Tensor expected = encoders[1]->layer(view, "stage1").flatten(1);
  EXPECT_EQ(features.representations[1].size(0), 11);
  EXPECT_NE(expected.size(1), usual.representations[1].size(1));
  EXPECT_TRUE(
      at::allclose(features.representations[1].slice(0, 0, view.size(0)), expected, 1e-5, 1e-6));
  const std::string last = encoders[0]->layers().back();
  EXPECT_TRUE(at::allclose(extract_features(encoders, *loader, {.layer = last}).all({}),
                           usual.all({}), 1e-5, 1e-6));
  try {
    extract_features(encoders, *loader, {.layer = "stag1"});
    FAIL() << "an unknown layer";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("view 'left' has no layer \"stag1\"; it has stage1, "),
              std::string::npos)
        << message;
    EXPECT_TRUE(message.ends_with("the nearest is \"stage1\"")) << message;
  }
}

TEST(Features, LargeMapsOfALayerAreAveraged) {
  // 160 maps of 8 × 4 places are 5,120 values: each becomes the means of its quarters.
  at::manual_seed(7);
  std::vector<encoders::Encoder> encoders = encoders::make_encoders(
      {.channels = {160}, .convolutions = 1, .pooled_grid = 2, .embedding_dim = 6},
      Halves().views());
  const auto loader = in_order(4, 4);
  const at::NoGradGuard no_grad;
  loader->start(0);
  const at::Tensor view = loader->next()->views[0];
  for (auto& encoder : encoders) encoder->eval();
  const at::Tensor map = encoders[0]->layer(view, "stage1");
  const at::Tensor found =
      extract_features(encoders, *loader, {.layer = "stage1"}).representations[0];
  const std::int64_t rows = map.size(2) / 2, columns = map.size(3) / 2;
  ASSERT_GT(map[0].numel(), 4096);
  ASSERT_EQ(found.size(1), 4 * 160);
  EXPECT_NEAR(found[2][4 * 7 + 1].item<float>(),
              map[2][7].slice(0, 0, rows).slice(1, columns).mean().item<float>(), 1e-5);
}

TEST(Features, OfALayerAreZeroWhereTheViewIsMissing) {
  std::vector<encoders::Encoder> encoders = make();
  data::Loader loader(std::make_shared<RowsWithGaps>(5), std::make_shared<HalvesOfTwo>(),
                      {.batch_size = 5, .shuffle = false, .drop_last = false, .workers = 1});
  const Features features = extract_features(encoders, loader, {.layer = "stage1"});
  EXPECT_TRUE(at::equal(rows_having(features, {0, 1}), at::tensor({1, 2}, at::kLong)));
  EXPECT_EQ(features.representations[0][3].abs().sum().item<float>(), 0);
  EXPECT_GT(features.representations[0][0].abs().sum().item<float>(), 0);
  EXPECT_EQ(features.representations[1][4].abs().sum().item<float>(), 0);
}

TEST(Features, CalibrationIsTheMeanOverBatches) {
  std::vector<encoders::Encoder> encoders = make();
  const auto loader = in_order(24, 8);
  calibrate_batch_norms(encoders, *loader, 2);
  const at::Tensor weight = encoders[0]->named_parameters()["stage1.0.weight"];
  at::Tensor mean = at::zeros({8}), variance = at::zeros({8});
  const at::NoGradGuard no_grad;
  loader->start(0);
  for (int i = 0; i < 2; ++i) {
    const at::Tensor y =
        at::conv2d(loader->next()->views[0], weight, {}, 1, 1).transpose(0, 1).flatten(1);
    mean += y.mean(1) / 2;
    variance += y.var(1, true) / 2;
  }
  const auto buffers = encoders[0]->named_buffers();
  EXPECT_TRUE(at::allclose(buffers["stage1.1.running_mean"], mean, 1e-4, 1e-6));
  EXPECT_TRUE(at::allclose(buffers["stage1.1.running_var"], variance, 1e-4, 1e-6));
  for (const auto& module : encoders[0]->modules()) {
    if (const auto* norm = module->as<torch::nn::BatchNorm2d>()) {
      EXPECT_EQ(norm->options.momentum(), 0.1);
    }
  }
}

TEST(Supervised, LearnsTheLabels) {
  data::Loader loader(std::make_shared<Rows>(300), std::make_shared<Halves>(), {.batch_size = 30});
  std::vector<double> losses;
  std::vector<encoders::Encoder> encoders = train_supervised(
      make(), loader,
      {.steps = 60, .classes = 3, .learning_rate = 5e-3, .progress = [&](double, double loss) {
         losses.push_back(loss);
       }});
  ASSERT_EQ(losses.size(), 60u);
  EXPECT_NEAR(losses.front(), std::log(3), 0.6);
  EXPECT_LT(losses.back(), 0.2);
}

TEST(Evaluate, FillsTheTableAndWhatIsShown) {
  const auto halves = std::make_shared<Halves>();
  const EvaluateInput input{.encoders = make(),
                            .make_fresh = make,
                            .train = std::make_shared<Rows>(240, 1),
                            .test = std::make_shared<Rows>(90, 2),
                            .evaluation_transform = halves,
                            .training_transform = halves,
                            .steps = 60,
                            .batch_size = 30};
  double last = 0;
  const Evaluation evaluation =
      evaluate(input, {.label_counts = {30, 0, 100000},
                       .seeds = 2,
                       .probe = {.penalties = {30, 3}},
                       .map = {.iterations = 50},
                       .map_samples = 40,
                       .neighbour_queries = 3,
                       .neighbours_found = 4,
                       .supervised_learning_rate = 5e-3,
                       .progress = [&](const std::string&, double share) { last = share; }});
  EXPECT_EQ(last, 1);
  EXPECT_EQ(evaluation.train_samples, 239);
  EXPECT_EQ(evaluation.test_samples, 89);
  ASSERT_EQ(evaluation.rows.size(), 4u * 3 * 2);  // kinds × (left, right, all) × label counts
  for (const EvaluationRow& row : evaluation.rows) {
    EXPECT_TRUE(row.labels == 30 || row.labels == 239);
    EXPECT_GT(row.probe_accuracy, 0.4) << row.features << ' ' << row.view;
    EXPECT_EQ(row.seeds, 2);
  }
  const EvaluationRow& supervised = evaluation.rows.back();
  EXPECT_EQ(supervised.features + supervised.view, "supervisedall");
  EXPECT_GT(supervised.probe_accuracy, 0.9);

  std::int64_t right = 0, count = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    right += evaluation.confusion[c][c];
    for (const std::int64_t n : evaluation.confusion[c]) count += n;
  }
  EXPECT_EQ(count, 89);
  EXPECT_GT(right, 40);
  EXPECT_EQ(evaluation.map.x.size(), 40u);
  ASSERT_EQ(evaluation.neighbours.size(), 6u);  // three from each half
  EXPECT_EQ(evaluation.neighbours[0].to, "right");
  EXPECT_EQ(evaluation.neighbours[3].to, "left");
  EXPECT_EQ(evaluation.neighbours[3].found.size(), 4u);

  // Sample 5 of each part has one name and one reason here.
  ASSERT_EQ(evaluation.unreadable.size(), 1u);
  EXPECT_EQ(evaluation.unreadable[0].name, "5");

  const nlohmann::json json = to_json(evaluation);
  EXPECT_EQ(json["unreadable"][0]["reason"], "sample 5 is damaged");
  EXPECT_EQ(to_json(evaluation_from_json(json)), json);
  EXPECT_EQ(json["rows"][0]["view"], "left");
  nlohmann::json broken = json;
  broken["rows"][0].erase("knn_accuracy");
  EXPECT_THROW(evaluation_from_json(broken), Error);
}

/// A run that holds nothing out.
EvaluateInput without_test_part(const std::shared_ptr<const data::Dataset>& train) {
  const auto halves = std::make_shared<Halves>();
  return {.encoders = make(),
          .make_fresh = make,
          .train = train,
          .test = std::make_shared<data::Subset>(train, std::vector<std::int64_t>{}),
          .evaluation_transform = halves,
          .training_transform = halves,
          .steps = 10,
          .batch_size = 30};
}

TEST(Evaluate, CrossValidatesWhereThereIsNoTestPart) {
  const auto train = std::make_shared<Rows>(121, 1);
  const Evaluation evaluation =
      evaluate(without_test_part(train), {.features = {"learned", "supervised"},
                                          .label_counts = {30, 0},
                                          .probe = {.penalties = {30, 3}},
                                          .map_samples = 0});
  // Rows of left, right and all with all labels; the supervised would have seen every label.
  ASSERT_EQ(evaluation.rows.size(), 3u);
  for (const EvaluationRow& row : evaluation.rows) {
    EXPECT_EQ(row.features, "learned");
    EXPECT_EQ(row.folds, 5);
    EXPECT_EQ(row.labels, 96);  // of 120, since one can't be read
    EXPECT_GT(row.probe_accuracy, 0.6);
    EXPECT_GT(row.probe_deviation, 0);
  }
  // Each sample is told once, by a probe that did not see it.
  const std::int64_t per_class[] = {41, 40, 39};  // of 121 by index % 3, without sample 5
  for (std::size_t c = 0; c < 3; ++c) {
    std::int64_t count = 0;
    for (const std::int64_t n : evaluation.confusion[c]) count += n;
    EXPECT_EQ(count, per_class[c]);
  }
}

/// Rows of which every second has no label.
class HalfLabelled : public Rows {
 public:
  using Rows::Rows;
  std::int64_t label(std::int64_t index) const override {
    return index % 2 == 0 ? data::no_label : Rows::label(index);
  }
  data::Sample get(std::int64_t index) const override {
    data::Sample sample = Rows::get(index);
    sample.label = label(index);
    return sample;
  }
};

TEST(Evaluate, NamesSamplesByTheirPlaceInTheWholePart) {
  const auto train = std::make_shared<HalfLabelled>(240, 1);
  const Evaluation evaluation =
      evaluate(without_test_part(train), {.features = {"learned"}, .probe = {.penalties = {30}}});
  EXPECT_TRUE(evaluation.cross_validated);
  EXPECT_TRUE(evaluation_from_json(to_json(evaluation)).cross_validated);
  ASSERT_FALSE(evaluation.map.rows.empty());
  for (std::size_t i = 0; i < evaluation.map.rows.size(); ++i)
    EXPECT_EQ(train->label(evaluation.map.rows[i]), evaluation.map.labels[i]);
  for (const CrossViewNeighbours& each : evaluation.neighbours)
    EXPECT_NE(train->label(each.query), data::no_label);
}

TEST(Evaluate, JudgesFewerSamplesThanABatchHas) {
  const auto halves = std::make_shared<Halves>();
  const Evaluation evaluation = evaluate({.encoders = make(),
                                          .make_fresh = make,
                                          .train = std::make_shared<HalfLabelled>(61, 1),
                                          .test = std::make_shared<Rows>(31, 2),
                                          .evaluation_transform = halves,
                                          .training_transform = halves,
                                          .steps = 2,
                                          .batch_size = 64},
                                         {.features = {"supervised"},
                                          .label_counts = {0},
                                          .probe = {.penalties = {30}},
                                          .map_samples = 0});
  ASSERT_EQ(evaluation.rows.size(), 3u);
  EXPECT_EQ(evaluation.rows[0].features, "supervised");
}

TEST(Evaluate, CountsSamplesWithoutLearnedFeatures) {
  const auto halves = std::make_shared<Halves>();
  const auto train = std::make_shared<Rows>(61, 1);
  const auto evaluated = [&](std::shared_ptr<const data::Dataset> test) {
    return evaluate({.encoders = make(),
                     .make_fresh = make,
                     .train = train,
                     .test = std::move(test),
                     .evaluation_transform = halves,
                     .training_transform = halves},
                    {.features = {"raw"}, .label_counts = {0}, .probe = {.penalties = {30}}});
  };
  const Evaluation folds =
      evaluated(std::make_shared<data::Subset>(train, std::vector<std::int64_t>{}));
  EXPECT_EQ(folds.test_samples, 60);  // told in turn; one can't be read
  EXPECT_EQ(folds.train_samples, 60);
  const Evaluation parts = evaluated(std::make_shared<Rows>(31, 2));
  EXPECT_EQ(parts.test_samples, 30);
  EXPECT_EQ(parts.train_samples, 60);
}

/// Rows whose labels are given, one for each in turn; sample 5 can't be read.
class Labelled : public Rows {
 public:
  Labelled(std::int64_t size, std::uint64_t seed, std::vector<std::int64_t> labels)
      : Rows(size, seed), labels_(std::move(labels)) {}
  std::int64_t label(std::int64_t index) const override {
    return labels_[static_cast<std::size_t>(index) % labels_.size()];
  }
  data::Sample get(std::int64_t index) const override {
    data::Sample sample = Rows::get(index);
    sample.label = label(index);
    return sample;
  }
  std::int64_t row(std::int64_t index) const override { return 1000 + index; }

 private:
  std::vector<std::int64_t> labels_;
};

EvaluateInput parts_of(std::shared_ptr<const data::Dataset> train,
                       std::shared_ptr<const data::Dataset> test) {
  const auto halves = std::make_shared<Halves>();
  return {.encoders = make(),
          .make_fresh = make,
          .train = std::move(train),
          .test = std::move(test),
          .evaluation_transform = halves,
          .training_transform = halves,
          .steps = 2,
          .batch_size = 16};
}

struct WithoutProbe {
  std::vector<std::int64_t> train, test;
  std::string why;
  bool class_told;  // among judged samples
};

TEST(Evaluate, GoesOnWithoutAProbeAndSaysWhy) {
  constexpr std::int64_t none = data::no_label;
  for (const WithoutProbe& each : std::vector<WithoutProbe>{
           {{none}, {none}, "No sample has a label", false},
           {{none},
            {0, 1, none},
            "No training sample has a label, 19 test samples have one: ",
            true},
           {{0, 1}, {none}, "No test sample has a label, 61 training samples have one: ", false},
           {{2, none}, {0, 1}, "Every label of the training part is \"bottom\"", true}}) {
    const Evaluation evaluation = evaluate(parts_of(std::make_shared<Labelled>(61, 1, each.train),
                                                    std::make_shared<Labelled>(28, 2, each.test)));
    ASSERT_EQ(evaluation.notes.size(), 1u) << each.why;
    EXPECT_EQ(evaluation.notes[0].substr(0, each.why.size()), each.why);
    EXPECT_TRUE(evaluation.rows.empty());
    ASSERT_EQ(evaluation.retrieval.size(), 2u);
    EXPECT_EQ(evaluation.retrieval[0].candidates, 27);  // all but the one that can't be read
    EXPECT_EQ(std::isfinite(evaluation.retrieval[0].class_at_1), each.class_told) << each.why;
    EXPECT_EQ(evaluation.map.x.empty(), !each.class_told);
    EXPECT_FALSE(evaluation.neighbours.empty());
    EXPECT_EQ(evaluation.test_samples, 27);
    const nlohmann::json json = to_json(evaluation);
    EXPECT_EQ(to_json(evaluation_from_json(nlohmann::json::parse(json.dump()))), json) << each.why;
  }
}

TEST(Evaluate, WithoutATestPartOneGroupIsNotJudged) {
  class OneGroup : public Rows {
   public:
    using Rows::Rows;
    std::string group(std::int64_t) const override { return "ann"; }
  };
  const Evaluation evaluation = evaluate(without_test_part(std::make_shared<OneGroup>(31, 1)));
  ASSERT_EQ(evaluation.notes.size(), 1u);
  EXPECT_NE(evaluation.notes[0].find("are of one group, \"ann\""), std::string::npos);
  EXPECT_EQ(evaluation.retrieval.size(), 2u);
}

TEST(Evaluate, CountsSamplesOfClassesThatWereNeverLearned) {
  const EvaluateOptions options{.features = {"learned", "raw"},
                                .label_counts = {0},
                                .probe = {.penalties = {30}},
                                .map_samples = 0};
  const Evaluation evaluation =
      evaluate(parts_of(std::make_shared<Labelled>(61, 1, std::vector<std::int64_t>{0, 1}),
                        std::make_shared<Labelled>(31, 2, std::vector<std::int64_t>{0, 1, 2})),
               options);
  ASSERT_EQ(evaluation.notes.size(), 1u);  // said once
  EXPECT_EQ(evaluation.notes[0],
            "9 of 30 samples are of classes without a training label (bottom): they "
            "count as errors.");
  ASSERT_EQ(evaluation.rows.size(), 6u);
  for (const EvaluationRow& row : evaluation.rows) EXPECT_LE(row.probe_accuracy, 21.0 / 30);
  // In folds a class of one sample is never among the others.
  std::vector<std::int64_t> labels(40);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = i == 7 ? 2 : static_cast<int>(i % 2);
  const Evaluation folds =
      evaluate(without_test_part(std::make_shared<Labelled>(40, 1, labels)), options);
  ASSERT_EQ(folds.notes.size(), 1u);
  EXPECT_EQ(folds.notes[0].substr(0, 40), "1 of 39 samples are of classes without a");
}

TEST(Evaluate, ProbesThoseWithALabelAndRetrievesAmongAll) {
  const Evaluation evaluation =
      evaluate(parts_of(std::make_shared<Labelled>(61, 1, std::vector<std::int64_t>{0, 1}),
                        std::make_shared<Labelled>(31, 2, std::vector<std::int64_t>{0, -1, 1})),
               {.features = {"learned"}, .label_counts = {0}, .probe = {.penalties = {30}}});
  EXPECT_EQ(evaluation.test_samples, 20);  // of 21, since one can't be read
  EXPECT_EQ(evaluation.retrieval[0].candidates, 30);
  EXPECT_EQ(evaluation.map.rows.size(), 20u);
  for (const std::int64_t row : evaluation.map.rows) EXPECT_NE((row - 1000) % 3, 1);
  for (const CrossViewNeighbours& each : evaluation.neighbours) {
    EXPECT_GE(each.query, 1000);  // rows of the input, no places in the part
    EXPECT_NE((each.query - 1000) % 3, 1) << "a query without a label";
  }
  for (const ShownSample& sample : evaluation.shown) {
    EXPECT_EQ(sample.name, std::to_string(sample.row - 1000));
    const char* const labels[] = {"top", "", "middle"};
    EXPECT_EQ(sample.label, labels[(sample.row - 1000) % 3]);
  }
}

/// Rows that are labelled by their brightness on average, of which every fourth has no label.
class Brightness : public Rows {
 public:
  using Rows::Rows;
  data::Sample get(std::int64_t index) const override {
    data::Sample sample = Rows::get(index);
    sample.label = data::no_label;
    sample.values[0] = sample.values[0] * 0.3 + cv::Scalar(shade(index));
    return sample;
  }
  std::int64_t label(std::int64_t) const override { return data::no_label; }
  bool has_targets() const override { return true; }
  double target(std::int64_t index) const override {
    return index % 4 == 3 ? std::nan("") : 1e6 + shade(index);
  }
  const std::vector<std::string>& classes() const override {
    static const std::vector<std::string> none;
    return none;
  }

 private:
  static double shade(std::int64_t index) { return static_cast<double>(index * 37 % 160); }
};

TEST(Evaluate, TellsNumbersByRidgeRegression) {
  const EvaluateOptions options{.features = {"raw", "untrained", "learned", "supervised"},
                                .label_counts = {20, 0},
                                .seeds = 2,
                                .supervised_learning_rate = 5e-3};
  const Evaluation evaluation = evaluate(
      parts_of(std::make_shared<Brightness>(121, 1), std::make_shared<Brightness>(61, 2)), options);
  EXPECT_TRUE(evaluation.numbers);
  EXPECT_TRUE(evaluation.notes.empty());
  EXPECT_EQ(evaluation.train_samples, 90);
  EXPECT_EQ(evaluation.test_samples, 45);
  ASSERT_EQ(evaluation.rows.size(), 4u * 3 * 2);
  for (const EvaluationRow& row : evaluation.rows) {
    if (row.features != "raw") continue;
    EXPECT_GT(row.r2, row.labels == 20 ? 0.9 : 0.98) << row.view << ' ' << row.labels;
    EXPECT_LT(row.mae, row.labels == 20 ? 15 : 6);
  }
  EXPECT_TRUE(evaluation.confusion.empty());
  EXPECT_TRUE(evaluation.map.x.empty());
  EXPECT_EQ(evaluation.retrieval[0].candidates, 60);
  EXPECT_TRUE(std::isnan(evaluation.retrieval[0].class_at_1));
  const nlohmann::json json = nlohmann::json::parse(to_json(evaluation).dump());
  EXPECT_FALSE(json["rows"][0].contains("probe_accuracy"));
  EXPECT_EQ(to_json(evaluation_from_json(json)), json);

  const Evaluation folds =
      evaluate(without_test_part(std::make_shared<Brightness>(121, 1)), {.features = {"raw"}});
  ASSERT_EQ(folds.rows.size(), 3u);
  EXPECT_EQ(folds.rows[0].folds, 5);
  EXPECT_GT(folds.rows[2].r2, 0.95);
  EXPECT_GT(folds.rows[2].mae_deviation, 0);
}

TEST(Evaluate, JudgesALayer) {
  const auto halves = std::make_shared<Halves>();
  const EvaluateInput input{.encoders = make(),
                            .make_fresh = make,
                            .train = std::make_shared<Rows>(90, 1),
                            .test = std::make_shared<Rows>(31, 2),
                            .evaluation_transform = halves,
                            .training_transform = halves};
  EvaluateOptions options{.features = {"learned", "raw"},
                          .label_counts = {0},
                          .probe = {.penalties = {30}},
                          .map_samples = 0};
  const Evaluation usual = evaluate(input, options);
  options.layer = "stage1";
  const Evaluation layer = evaluate(input, options);
  EXPECT_EQ(to_json(layer)["layer"], "stage1");
  EXPECT_EQ(evaluation_from_json(to_json(layer)).layer, "stage1");
  EXPECT_NE(to_json(layer)["rows"], to_json(usual)["rows"]);
  EXPECT_EQ(layer.rows[5].probe_accuracy, usual.rows[5].probe_accuracy);  // raw has no layers
  EXPECT_EQ(layer.retrieval[0].median_rank, usual.retrieval[0].median_rank);
  options.features = {"raw"};
  options.layer = "stage9";
  EXPECT_THROW(evaluate(input, options), UsageError);
}

/// Rows of three speakers, 40 in succession of each.
class Spoken : public Rows {
 public:
  using Rows::Rows;
  std::string group(std::int64_t index) const override { return std::to_string(index / 40); }
};

TEST(Evaluate, CrossValidatesByGroups) {
  const auto train = std::make_shared<Spoken>(120, 1);
  const Evaluation evaluation =
      evaluate(without_test_part(train),
               {.features = {"learned"}, .probe = {.penalties = {30, 3}}, .map_samples = 0});
  EXPECT_EQ(evaluation.unreadable.size(), 1u);
  ASSERT_EQ(evaluation.rows.size(), 3u);
  EXPECT_EQ(evaluation.rows[0].folds, 3);  // speakers, fewer than five folds
  // The speaker with the sample that can't be read is the smallest and dealt last: the first fold
  // is another's 40, told by the other two.
  EXPECT_EQ(evaluation.rows[0].labels, 79);
}

TEST(FineTune, GainsFromLabelsAndKeepsToThem) {
  const auto halves = std::make_shared<Halves>();
  const auto train = std::make_shared<Rows>(240, 1), test = std::make_shared<Rows>(90, 2);
  std::vector<encoders::Encoder> encoders = make();
  const at::Tensor before = encoders[0]->parameters()[0].clone();
  FineTuneOptions options{.labels = 60,
                          .steps = 80,
                          .batch_size = 20,
                          .learning_rate = 5e-3,
                          .encoder_factor = 0.5,
                          .probe = {.penalties = {30, 3}}};
  double last = 0;
  options.progress = [&](const std::string&, double share) { last = share; };
  const FineTuneResult result = fine_tune(encoders, train, test, halves, halves, options);
  EXPECT_EQ(last, 1);
  EXPECT_EQ(result.labels, 60);
  EXPECT_EQ(result.test_samples, 90);
  EXPECT_GT(result.accuracy_after, result.accuracy_before);
  EXPECT_GT(result.accuracy_after, 0.9);
  EXPECT_FALSE(at::equal(encoders[0]->parameters()[0], before));  // tuned in place
  options.labels = 10'000;
  EXPECT_THROW(fine_tune(encoders, train, test, halves, halves, options), Error);
}

TEST(Evaluate, RefusesUnknownFeatures) {
  const auto halves = std::make_shared<Halves>();
  const auto rows = std::make_shared<Rows>(12);
  EXPECT_THROW(evaluate({.encoders = make(),
                         .make_fresh = make,
                         .train = rows,
                         .test = rows,
                         .evaluation_transform = halves,
                         .training_transform = halves},
                        {.features = {"lerned"}}),
               Error);
}

}  // namespace
}  // namespace cmc::evaluation
