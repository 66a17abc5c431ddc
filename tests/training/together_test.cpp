#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <mutex>

#include "cmc/distributed/process_group.h"
#include "cmc/encoders/encoder.h"
#include "cmc/error.h"
#include "cmc/training/checkpoint.h"
#include "cmc/training/trainer.h"
#include "tests/distributed/processes.h"
#include "tests/temporary_folder.h"

namespace cmc::training::together_test {
namespace {

constexpr std::int64_t samples = 60, views = 3, side = 6;

/// Three small arrays a sample that share a number and have noise of their own. `gaps`: some
/// samples lack some of them. Sample 7 can't be read where `torn`.
class Arrays : public data::Dataset {
 public:
  Arrays(bool gaps, bool torn) : gaps_(gaps), torn_(torn) {}
  std::int64_t size() const override { return samples; }
  data::Sample get(std::int64_t index) const override {
    if (torn_ && index == 7) throw UnreadableError("sample 7 is torn");
    data::Sample sample{.index = index, .label = index % 4, .values = {}};
    RandomStream stream(RandomPurpose::made_data, 3, 0, static_cast<std::uint64_t>(index));
    const double shared = static_cast<double>(stream.below(1000)) / 500 - 1;
    for (std::int64_t view = 0; view < views; ++view) {
      cv::Mat value(side, side, CV_32F);
      for (int i = 0; i < side * side; ++i)
        value.at<float>(i / side, i % side) =
            static_cast<float>(std::sin(static_cast<double>(i + view) * (1.3 + shared)) +
                               static_cast<double>(stream.below(1000)) / 1500);
      // Of the second view all but a few are missing: a process may have none in a batch.
      const bool missing =
          gaps_ && ((view == 1 && index % 4 != 0) || (view == 2 && index % 7 == 1));
      sample.values.push_back(missing ? cv::Mat() : value);
    }
    return sample;
  }
  std::int64_t label(std::int64_t index) const override { return index % 4; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<data::Source>& sources() const override {
    static const std::vector<data::Source> sources(views, {.shape = {1, side, side}});
    return sources;
  }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

 private:
  bool gaps_, torn_;
  std::vector<std::string> classes_ = std::vector<std::string>(4, "class");
};

/// The first views, each scaled by a number drawn for the sample.
class Scaled : public data::Transform {
 public:
  explicit Scaled(std::int64_t count) {
    for (std::int64_t v = 0; v < count; ++v)
      views_.push_back({.name = "view" + std::to_string(v),
                        .channels = 1,
                        .height = side,
                        .width = side,
                        .source = static_cast<std::size_t>(v)});
  }
  const std::vector<data::ViewShape>& views() const override { return views_; }
  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    for (std::size_t v = 0; v < views_.size(); ++v) {
      if (sample.values[v].empty()) continue;
      RandomStream stream = key.stream(static_cast<std::uint32_t>(v));
      const float scale = 0.5F + static_cast<float>(stream.below(1000)) / 1000;
      for (int i = 0; i < side * side; ++i)
        rows[v][i] = scale * sample.values[v].at<float>(i / side, i % side);
    }
  }

 private:
  std::vector<data::ViewShape> views_;
};

/// What is trained.
struct Case {
  std::string name;
  contrast::Loss loss = contrast::KPairOptions{.temperature = contrast::LearnedTemperature{}};
  contrast::Negatives negatives = contrast::BatchOptions{};
  std::int64_t views = 2;
  bool gaps = false, torn = false, duplicates = false;
  std::int64_t accumulate = 1, passes = 1, threads = 1, batch = 16;
  BatchNormScope batch_norm = BatchNormScope::synchronised;
};

void PrintTo(const Case& it, std::ostream* out) {
  *out << it.name;
}

Model model(const Case& it, std::uint64_t seed = 11) {
  at::manual_seed(seed);
  encoders::EncoderOptions encoder;
  encoder.channels = {4, 8};
  encoder.convolutions = 1;
  encoder.embedding_dim = 8;
  const auto make = [&] { return encoders::make_encoders(encoder, Scaled(it.views).views()); };
  contrast::ObjectiveOptions objective;
  objective.loss = it.loss;
  objective.graph = contrast::ViewGraph::full(it.views);
  objective.negatives = it.negatives;
  objective.seed = 5;
  if (it.duplicates) objective.groups = at::arange(samples, at::kLong).floor_divide(2);
  if (contrast::takes_positives(it.loss))
    objective.positives = at::remainder(at::arange(samples, at::kLong), 4);
  const bool queue = std::holds_alternative<contrast::QueueOptions>(it.negatives);
  std::vector<encoders::Encoder> encoders = make();
  return Model(std::move(encoders), contrast::Objective(objective),
               queue ? make() : std::vector<encoders::Encoder>{});
}

TrainOptions options(const Case& it, std::int64_t steps) {
  TrainOptions options;
  options.steps = steps;
  options.batch_size = it.batch;
  options.accumulate = it.accumulate;
  options.passes = it.passes;
  options.threads = it.threads;
  options.workers = 1;
  options.batch_norm = it.batch_norm;
  options.precision = Precision::fp32;
  options.optimizer.kind = OptimizerKind::sgd;
  options.optimizer.learning_rate = 0.001;
  options.schedule.kind = ScheduleKind::constant;
  options.schedule.warmup_steps = 0;
  return options;
}

struct Trained {
  std::vector<StepFigures> steps;
  std::map<std::string, at::Tensor> state;
};

class Figures : public Observer {
 public:
  explicit Figures(std::vector<StepFigures>& steps) : steps_(steps) {}
  void on_step(const StepFigures& figures) override { steps_.push_back(figures); }

 private:
  std::vector<StepFigures>& steps_;
};

TrainingData data_of(const Case& it) {
  return {.train = std::make_shared<Arrays>(it.gaps, it.torn),
          .held_out = std::make_shared<Arrays>(false, false),
          .train_transform = std::make_shared<Scaled>(it.views),
          .evaluate_transform = std::make_shared<Scaled>(it.views)};
}

Trained train(const Case& it, Model model, std::int64_t steps, const CheckpointFiles& files,
              bool resume, distributed::ProcessGroup* group) {
  Trained trained;
  Trainer trainer(model, data_of(it), options(it, steps), 9, files, group);
  trainer.add(std::make_shared<Figures>(trained.steps));
  if (resume) trainer.resume();
  const std::atomic<bool> stop = false;
  EXPECT_TRUE(trainer.run(stop));
  for (const auto& [name, tensor] : model->state()) trained.state[name] = tensor.clone();
  return trained;
}

/// One a process. Rank 0 alone keeps files, and the others begin with weights of their own.
std::vector<Trained> train_together(int processes, const Case& it, std::int64_t steps,
                                    const CheckpointFiles& files = {}, bool resume = false) {
  std::vector<Model> models;
  for (int rank = 0; rank < processes; ++rank) models.push_back(model(it, 11 + rank));
  std::vector<Trained> trained(static_cast<std::size_t>(processes));
  distributed::run_processes(processes, [&](distributed::ProcessGroup& group) {
    const int rank = group.rank();
    trained[rank] =
        train(it, models[rank], steps, rank == 0 ? files : CheckpointFiles{}, resume, &group);
  });
  return trained;
}

/// To 1e-5 of the numbers that a figure is the difference of, which are about 1.
void expect_near(double a, double b, const std::string& what) {
  if (std::isnan(a) && std::isnan(b)) return;
  EXPECT_NEAR(a, b, 1e-5 * std::max(1.0, std::abs(a))) << what;
}

void expect_same(const Trained& one, const Trained& other) {
  ASSERT_EQ(one.steps.size(), other.steps.size());
  for (std::size_t i = 0; i < one.steps.size(); ++i) {
    const StepFigures &a = one.steps[i], &b = other.steps[i];
    const std::string at = " of step " + std::to_string(i + 1);
    EXPECT_EQ(a.step, b.step);
    expect_near(a.loss, b.loss, "loss" + at);
    expect_near(a.k, b.k, "k" + at);
    EXPECT_NEAR(a.gradient_norm, b.gradient_norm, 1e-5 * a.gradient_norm) << at;
    expect_near(a.training_estimate, b.training_estimate, "estimate" + at);
    expect_near(a.positive_first, b.positive_first, "first" + at);
    expect_near(a.positive_similarity, b.positive_similarity, "positives" + at);
    expect_near(a.negative_similarity, b.negative_similarity, "negatives" + at);
    expect_near(a.temperature, b.temperature, "temperature" + at);
    expect_near(a.log_z, b.log_z, "log Z" + at);
    expect_near(a.logit_bias, b.logit_bias, "bias" + at);
  }
  ASSERT_EQ(one.state.size(), other.state.size());
  for (const auto& [name, tensor] : one.state) {
    const at::Tensor a = tensor.to(at::kDouble), b = other.state.at(name).to(at::kDouble);
    EXPECT_TRUE(at::allclose(a, b, 1e-4, 1e-5, /*equal_nan=*/true))
        << name << ": " << (a - b).abs().max().item<double>();
  }
}

class Together : public testing::TestWithParam<Case> {};

TEST_P(Together, TrainsAsOneProcess) {
  const Case& it = GetParam();
  const Trained alone = train(it, model(it), 3, {}, false, nullptr);
  ASSERT_EQ(alone.steps.size(), 3U);
  for (const int processes : {2, 3}) {
    SCOPED_TRACE(std::to_string(processes) + " processes");
    const std::vector<Trained> all = train_together(processes, it, 3);
    for (const Trained& trained : all) expect_same(alone, trained);
    for (const auto& [name, tensor] : all[0].state)
      EXPECT_TRUE(at::allclose(tensor, all.back().state.at(name), 0, 0, true)) << name;
  }
}

using contrast::MemoryBankOptions;

MemoryBankOptions bank(std::int64_t k,
                       MemoryBankOptions::Draw draw = MemoryBankOptions::Draw::shared,
                       MemoryBankOptions::Positive positive = MemoryBankOptions::Positive::batch) {
  return {.samples = samples, .dim = 8, .k = k, .draw = draw, .positive = positive};
}

constexpr auto per_anchor = MemoryBankOptions::Draw::per_anchor;
constexpr auto stored = MemoryBankOptions::Positive::bank;
const contrast::QueueOptions queue{.length = 24, .dim = 8, .recent = 1};

INSTANTIATE_TEST_SUITE_P(
    Losses, Together,
    testing::Values(
        Case{.name = "k_pair"},
        Case{.name = "debiased", .loss = contrast::KPairOptions{.class_prior = 0.05}},
        Case{.name = "hard", .loss = contrast::KPairOptions{.hardness = 0.5}},
        Case{.name = "nt_xent", .loss = contrast::NtXentOptions{}},
        Case{.name = "logistic", .loss = contrast::LogisticOptions{}},
        Case{.name = "nce", .loss = contrast::NceOptions{}},
        Case{.name = "triplet", .loss = contrast::TripletOptions{}},
        Case{.name = "sigmoid", .loss = contrast::SigmoidOptions{}},
        Case{.name = "decoupled", .loss = contrast::DecoupledOptions{.weight_sigma = 0.5}},
        Case{.name = "multi_positive", .loss = contrast::MultiPositiveOptions{}},
        Case{.name = "multilinear", .loss = contrast::MultilinearOptions{.dim = 8}, .views = 3},
        Case{.name = "vicreg", .loss = contrast::VicRegOptions{}},
        Case{.name = "barlow_twins", .loss = contrast::BarlowTwinsOptions{}}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Banks, Together,
    testing::Values(
        Case{.name = "all", .negatives = bank(MemoryBankOptions::all)},
        Case{.name = "shared", .negatives = bank(20)},
        Case{.name = "per_anchor", .negatives = bank(20, per_anchor)},
        Case{.name = "stored_positive", .negatives = bank(20, per_anchor, stored)},
        Case{.name = "stored_positive_all",
             .negatives = bank(MemoryBankOptions::all, MemoryBankOptions::Draw::shared, stored)},
        Case{.name = "hard_all",
             .loss = contrast::KPairOptions{.class_prior = 0.05, .hardness = 0.5},
             .negatives = bank(MemoryBankOptions::all)},
        Case{.name = "nce_per_anchor",
             .loss = contrast::NceOptions{},
             .negatives = bank(20, per_anchor, stored)},
        Case{.name = "logistic_shared", .loss = contrast::LogisticOptions{}, .negatives = bank(20)},
        Case{.name = "triplet_all",
             .loss = contrast::TripletOptions{},
             .negatives = bank(MemoryBankOptions::all)},
        Case{.name = "sigmoid_all",
             .loss = contrast::SigmoidOptions{},
             .negatives = bank(MemoryBankOptions::all)},
        Case{.name = "decoupled_shared",
             .loss = contrast::DecoupledOptions{},
             .negatives = bank(20)},
        Case{.name = "multi_positive_all",
             .loss = contrast::MultiPositiveOptions{},
             .negatives = bank(MemoryBankOptions::all)},
        Case{.name = "multi_positive_per_anchor",
             .loss = contrast::MultiPositiveOptions{},
             .negatives = bank(20, per_anchor)},
        Case{.name = "gaps_and_duplicates",
             .negatives = bank(MemoryBankOptions::all),
             .views = 3,
             .gaps = true,
             .torn = true,
             .duplicates = true},
        Case{.name = "gaps_and_duplicates_per_anchor",
             .negatives = bank(20, per_anchor),
             .views = 3,
             .gaps = true,
             .torn = true,
             .duplicates = true}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Queues, Together,
    testing::Values(Case{.name = "k_pair", .negatives = queue},
                    Case{.name = "sigmoid", .loss = contrast::SigmoidOptions{}, .negatives = queue},
                    Case{.name = "gaps",
                         .negatives = queue,
                         .views = 3,
                         .gaps = true,
                         .torn = true,
                         .duplicates = true}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Batches, Together,
    testing::Values(Case{.name = "gaps", .views = 3, .gaps = true},
                    Case{.name = "duplicates", .duplicates = true},
                    Case{.name = "torn", .torn = true},
                    Case{.name = "accumulated", .torn = true, .accumulate = 2, .batch = 10},
                    Case{.name = "passes", .passes = 3},
                    Case{.name = "passes_with_gaps", .views = 3, .gaps = true, .passes = 2},
                    Case{.name = "threads", .threads = 2, .batch = 48},
                    Case{.name = "small", .batch = 4}),
    [](const auto& info) { return info.param.name; });

TEST(TogetherSmall, AProcessMayHaveNoRowOfABatch) {
  const Case it{.name = "small", .batch = 4};
  expect_same(train(it, model(it), 3, {}, false, nullptr), train_together(5, it, 3).back());
}

/// A group that loses another process just before all meet.
class LostAtTheBarrier : public distributed::ProcessGroup {
 public:
  explicit LostAtTheBarrier(distributed::ProcessGroup& group) : group_(group) {}
  int rank() const override { return group_.rank(); }
  int size() const override { return group_.size(); }
  int local_size() const override { return group_.local_size(); }
  void all_reduce(const at::Tensor& tensor) override { group_.all_reduce(tensor); }
  std::unique_ptr<distributed::Pending> start_all_reduce(const at::Tensor& tensor) override {
    return group_.start_all_reduce(tensor);
  }
  at::Tensor all_gather(const at::Tensor& own) override { return group_.all_gather(own); }
  void broadcast(const at::Tensor& tensor) override { group_.broadcast(tensor); }
  void barrier() override { throw distributed::Lost("rank 1 ended"); }
  void fail(const std::string& why) override { group_.fail(why); }
  distributed::Traffic traffic() const override { return group_.traffic(); }

 private:
  distributed::ProcessGroup& group_;
};

TEST(TogetherLost, TellsTheCheckpointThatItWroteBeforeTheOthersHeardOfIt) {
  const TemporaryFolder folder;
  const Case it;
  std::vector<std::string> told(2);
  distributed::run_processes(2, [&](distributed::ProcessGroup& real) {
    LostAtTheBarrier group(real);
    const int rank = real.rank();
    CheckpointFiles files;
    if (rank == 0)
      files = {.last = folder / "last.safetensors", .best = folder / "best.safetensors"};
    Trainer trainer(model(it), data_of(it), options(it, 12), 9, files, &group);
    const std::atomic<bool> stop = false;
    told[rank] = message_of<Error>([&] { trainer.run(stop); });
  });
  EXPECT_EQ(told[0], "rank 1 ended; the last step that is safe is 3");
  EXPECT_EQ(told[1], "rank 1 ended; the last step that is safe is 0");
  EXPECT_EQ(load_checkpoint(folder / "last.safetensors").position.step, 3);
}

TEST(TogetherResumed, GoesOnBitForBitWithAsManyProcesses) {
  const Case it{.name = "resumed", .negatives = bank(MemoryBankOptions::all), .torn = true};
  const TemporaryFolder folder;
  const CheckpointFiles files{.last = folder / "last", .best = folder / "best"};
  const std::vector<Trained> whole = train_together(2, it, 6);
  train_together(2, it, 3, files);
  const std::vector<Trained> rest = train_together(2, it, 6, files, /*resume=*/true);
  for (const auto& [name, tensor] : whole[0].state)
    EXPECT_TRUE(at::allclose(tensor, rest[1].state.at(name), 0, 0, true)) << name;
}

TEST(TogetherResumed, GoesOnWithAnotherNumberOfProcesses) {
  for (const contrast::Negatives& negatives :
       {contrast::Negatives(contrast::BatchOptions{}), contrast::Negatives(queue),
        contrast::Negatives(bank(MemoryBankOptions::all))}) {
    const Case it{.name = "resumed", .negatives = negatives};
    const TemporaryFolder folder;
    const CheckpointFiles files{.last = folder / "last", .best = folder / "best"};
    train_together(3, it, 3, files);
    const Trained alone = train(it, model(it), 5, files, true, nullptr);
    train_together(3, it, 3, files);
    expect_same(alone, train_together(2, it, 5, files, true)[1]);
  }
}

/// What each process gives to sums and gatherings in a step, as docs/distributed.md counts it.
TEST(TogetherTravel, IsWhatTheDocumentationSays) {
  const Case it{.name = "travel"};
  std::vector<Model> models{model(it), model(it)};
  std::vector<distributed::Traffic> step(2);
  distributed::run_processes(2, [&](distributed::ProcessGroup& group) {
    class Count : public Observer {
     public:
      Count(distributed::ProcessGroup& group, distributed::Traffic& step)
          : group_(group), step_(step) {}
      void on_step(const StepFigures& /*figures*/) override {
        const distributed::Traffic now = group_.traffic();
        step_ = {now.summed - before_.summed, now.gathered - before_.gathered};
        before_ = now;
      }

     private:
      distributed::ProcessGroup& group_;
      distributed::Traffic& step_;
      distributed::Traffic before_;
    };
    Trainer trainer(models[group.rank()], data_of(it), options(it, 3), 9, {}, &group);
    trainer.add(std::make_shared<Count>(group, step[group.rank()]));
    const std::atomic<bool> stop = false;
    trainer.run(stop);
  });
  std::int64_t numbers = 0, tensors = 0, channels = 0, norms = 0;
  for (const auto& entry : models[0]->named_parameters()) {
    numbers += entry.value().numel();
    ++tensors;
  }
  for (const auto& entry : models[0]->named_buffers()) {
    if (!entry.key().ends_with("running_mean")) continue;
    channels += entry.value().numel();
    ++norms;
  }
  const std::int64_t n = 8, batch = 16, padded = 16, dim = 8;
  EXPECT_EQ(step[1].summed, 4 * (numbers + tensors));
  EXPECT_EQ(step[1].gathered, 24 * n + 4 * n * dim * 2 + 24 * padded + 8 * batch * dim + 8 +
                                  8 * (norms + 2 * channels) + 16 * channels + /*stop*/ 4);
}

TEST(TogetherLocal, KeepsTheProcessesAlike) {
  const Case it{.name = "local", .views = 3, .gaps = true, .batch_norm = BatchNormScope::local};
  const std::vector<Trained> all = train_together(2, it, 3);
  for (const auto& [name, tensor] : all[0].state)
    EXPECT_TRUE(at::allclose(tensor, all[1].state.at(name), 0, 0, true)) << name;
}

TEST(TogetherStopped, StopsAllWhereOneIsAskedTo) {
  const Case it{.name = "stopped"};
  std::vector<Model> models{model(it), model(it)};
  std::vector<std::int64_t> steps(2);
  distributed::run_processes(2, [&](distributed::ProcessGroup& group) {
    Trainer trainer(models[group.rank()], data_of(it), options(it, 50), 9, {}, &group);
    const std::atomic<bool> stop = group.rank() == 1;
    EXPECT_FALSE(trainer.run(stop));
    steps[group.rank()] = trainer.step();
  });
  EXPECT_EQ(steps, (std::vector<std::int64_t>{1, 1}));
}

TEST(TogetherLost, NamesTheProcessAndTheStepThatIsSafe) {
  const Case it{.name = "lost"};
  std::vector<Model> models{model(it), model(it)};
  std::string error;
  try {
    distributed::run_processes(2, [&](distributed::ProcessGroup& group) {
      TrainOptions own = options(it, 50);
      own.checkpoint_steps = 2;
      Trainer trainer(models[group.rank()], data_of(it), own, 9, {}, &group);
      class FailAfter : public Observer {
        void on_step(const StepFigures& figures) override {
          if (figures.step == 5) fail("its disk is full");
        }
      };
      if (group.rank() == 1) trainer.add(std::make_shared<FailAfter>());
      const std::atomic<bool> stop = false;
      trainer.run(stop);
    });
  } catch (const Error& lost) {
    error = lost.what();
  }
  EXPECT_EQ(error, "rank 1 failed: its disk is full; the last step that is safe is 4");
}

}  // namespace
}  // namespace cmc::training::together_test
