#include "cmc/training/trainer.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>
#include <tuple>

#include "cmc/encoders/encoder.h"
#include "cmc/error.h"
#include "cmc/files/safetensors.h"
#include "cmc/parallel.h"
#include "cmc/views/view_recipe.h"
#include "tests/temporary_folder.h"

namespace cmc::training {
namespace {

/// 96 grey pictures: a bright column whose place is the label, with noise of the sample's own.
class Columns : public data::Dataset {
 public:
  std::int64_t size() const override { return 96; }
  data::Sample get(std::int64_t index) const override {
    cv::Mat image(16, 16, CV_8UC1);
    RandomStream stream(RandomPurpose::made_data, 7, 0, static_cast<std::uint64_t>(index));
    for (int y = 0; y < 16; ++y)
      for (int x = 0; x < 16; ++x)
        image.at<std::uint8_t>(y, x) =
            static_cast<std::uint8_t>(stream.below(100) + (x % 8 == label(index) ? 150 : 0));
    return {.index = index, .label = label(index), .values = {image}};
  }
  std::int64_t label(std::int64_t index) const override { return index % 8; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<data::Source>& sources() const override {
    static const std::vector<data::Source> sources{{.shape = {1, 16, 16}}};
    return sources;
  }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

 private:
  std::vector<std::string> classes_ = std::vector<std::string>(8, "column");
};

views::ViewRecipe halves() {
  return {.split = views::HalvesOptions{},
          .augmentation =
              views::AugmentationOptions{
                  .crop = views::Crop::pad_and_shift, .padding = 1, .flip_probability = 0.5},
          .size = 0,
          .normalization = {}};
}

TrainingData data() {
  const auto columns = std::make_shared<Columns>();
  return {.train = columns,
          .held_out = columns,
          .train_transform =
              views::make_split(halves(), columns->sources()[0].shape, views::Mode::train),
          .evaluate_transform =
              views::make_split(halves(), columns->sources()[0].shape, views::Mode::evaluate)};
}

Model model(const contrast::Negatives& negatives = contrast::BatchOptions{}) {
  at::manual_seed(11);
  encoders::EncoderOptions encoder;
  encoder.channels = {8, 16};
  encoder.convolutions = 1;
  encoder.embedding_dim = 16;
  const auto make = [&] {
    return encoders::make_encoders(encoder, data().train_transform->views());
  };
  contrast::ObjectiveOptions objective;
  objective.loss = contrast::KPairOptions{.temperature = contrast::LearnedTemperature{}};
  objective.negatives = negatives;
  const bool queue = std::holds_alternative<contrast::QueueOptions>(negatives);
  std::vector<encoders::Encoder> encoders = make();
  return Model(std::move(encoders), contrast::Objective(objective),
               queue ? make() : std::vector<encoders::Encoder>{});
}

TrainOptions options() {
  TrainOptions options;
  options.epochs = 3;
  options.batch_size = 16;
  options.precision = Precision::fp32;
  options.checkpoint_steps = 4;
  options.schedule.warmup_steps = 2;
  return options;
}

CheckpointFiles files_in(const std::filesystem::path& folder) {
  return {.last = folder / "last.safetensors", .best = folder / "best.safetensors"};
}

std::filesystem::path folder(const std::string& name) {
  static const TemporaryFolder folders;  // of this process: tests run beside each other
  const auto path = folders / name;
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path;
}

/// Sets a flag after a step, as Ctrl-C would.
class StopAfter : public Observer {
 public:
  StopAfter(std::int64_t step, std::atomic<bool>& stop) : step_(step), stop_(stop) {}
  void on_step(const StepFigures& figures) override { stop_ = figures.step >= step_; }

 private:
  std::int64_t step_;
  std::atomic<bool>& stop_;
};

class Figures : public Observer {
 public:
  void on_step(const StepFigures& figures) override { steps.push_back(figures); }
  void on_held_out(const HeldOutFigures& figures) override { held_out.push_back(figures); }
  std::vector<StepFigures> steps;
  std::vector<HeldOutFigures> held_out;
};

std::map<std::string, at::Tensor> weights(const std::filesystem::path& folder) {
  return load_checkpoint(folder / "last.safetensors").model;
}

void expect_equal(const std::map<std::string, at::Tensor>& a,
                  const std::map<std::string, at::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) EXPECT_TRUE(at::equal(tensor, b.at(name))) << name;
}

struct Source {
  const char* name;
  contrast::Negatives negatives;
  void (*change)(TrainOptions&) = [](TrainOptions&) {};
};

void PrintTo(const Source& source, std::ostream* out) {
  *out << source.name;
}

class Resume : public testing::TestWithParam<Source> {};

TEST_P(Resume, EndsInTheSameWeightsAsARunThatWasNeverStopped) {
  std::atomic<bool> never = false;
  TrainOptions own = options();
  GetParam().change(own);
  const auto whole = folder(std::string("whole-") + GetParam().name);
  Trainer(model(GetParam().negatives), data(), own, 5, files_in(whole)).run(never);

  // Stopped in the middle of the second epoch; what came after the last checkpoint is done again.
  const auto parts = folder(std::string("parts-") + GetParam().name);
  std::atomic<bool> stop = false;
  Trainer first(model(GetParam().negatives), data(), own, 5, files_in(parts));
  first.add(std::make_shared<StopAfter>(first.steps() / 2, stop));
  EXPECT_FALSE(first.run(stop));
  at::manual_seed(99);
  Trainer second(model(GetParam().negatives), data(), own, 5, files_in(parts));
  second.resume();
  EXPECT_EQ(second.step(), second.steps() / 2);
  EXPECT_TRUE(second.run(never));
  expect_equal(weights(whole), weights(parts));
  const char* const last = "last.safetensors";
  EXPECT_TRUE(bytes_of(whole / last) == bytes_of(parts / last)) << "sha256sum tells them apart";
}

TEST(Trainer, AStopAtTheLastStepStillEndsTheEpoch) {
  const auto path = folder("stopped-last");
  std::atomic<bool> stop = false;
  Trainer trainer(model(contrast::BatchOptions{}), data(), options(), 5, files_in(path));
  const auto figures = std::make_shared<Figures>();
  trainer.add(figures);
  trainer.add(std::make_shared<StopAfter>(trainer.steps(), stop));
  EXPECT_TRUE(trainer.run(stop));
  EXPECT_EQ(figures->steps.back().step, trainer.steps());
  EXPECT_EQ(figures->held_out.size(), 3u);  // after each epoch
}

TEST(Trainer, MovesTheObjectiveOnceAStep) {
  TrainOptions accumulating = options();
  accumulating.accumulate = 2;
  Model learner = model();
  std::atomic<bool> never = false;
  Trainer trainer(learner, data(), accumulating, 5, files_in(folder("objective-steps")));
  trainer.run(never);
  EXPECT_EQ(learner->objective->named_buffers()["step"].item<std::int64_t>(), trainer.steps());
}

INSTANTIATE_TEST_SUITE_P(
    Trainings, Resume,
    testing::Values(Source{"batch", contrast::BatchOptions{}},
                    Source{"bank", contrast::MemoryBankOptions{.samples = 96, .dim = 16, .k = 20}},
                    Source{"queue", contrast::QueueOptions{.length = 48, .dim = 16}},
                    Source{"sgd", contrast::BatchOptions{},
                           [](TrainOptions& train) { train.optimizer.kind = OptimizerKind::sgd; }},
                    Source{"lars", contrast::BatchOptions{},
                           [](TrainOptions& train) { train.optimizer.kind = OptimizerKind::lars; }},
                    Source{"accumulated", contrast::QueueOptions{.length = 48, .dim = 16},
                           [](TrainOptions& train) { train.accumulate = 2; }},
                    Source{"passes", contrast::BatchOptions{},
                           [](TrainOptions& train) { train.passes = 2; }}),
    [](const auto& info) { return info.param.name; });

TEST(Trainer, GivesTheSameWeightsWithOneWorkerAndWithFour) {
  std::atomic<bool> never = false;
  TrainOptions one = options(), four = options();
  one.workers = 1;
  four.workers = 4;
  const auto a = folder("one"), b = folder("four");
  Trainer(model(), data(), one, 5, files_in(a)).run(never);
  Trainer(model(), data(), four, 5, files_in(b)).run(never);
  expect_equal(weights(a), weights(b));
  const char* const last = "last.safetensors";
  EXPECT_TRUE(bytes_of(a / last) == bytes_of(b / last)) << "sha256sum tells them apart";
}

TEST(Trainer, LearnsAndMeasuresHeldOutSamples) {
  std::atomic<bool> never = false;
  TrainOptions longer = options();
  longer.epochs = 20;
  longer.optimizer.learning_rate = 1e-2;
  const auto figures = std::make_shared<Figures>();
  Trainer trainer(model(), data(), longer, 5, files_in(folder("learns")));
  trainer.add(figures);
  trainer.run(never);
  ASSERT_EQ(figures->steps.size(), 120u);
  ASSERT_EQ(figures->held_out.size(), 20u);
  EXPECT_EQ(figures->steps.front().k, 15);
  EXPECT_NEAR(figures->steps.front().ceiling, std::log(16.0), 1e-9);
  EXPECT_LT(figures->held_out.back().loss, figures->held_out.front().loss - 0.5);
  const HeldOutFigures& last = figures->held_out.back();
  EXPECT_NEAR(last.bound, std::log(15.0) - last.loss, 1e-6);
  EXPECT_NEAR(last.tight_bound, std::log(16.0) - last.loss, 1e-6);
  EXPECT_EQ(figures->steps[59].epoch, 10.0);
}

TEST(Trainer, StopsBeforeAStepWhoseLossIsNotFiniteAndSavesTheStateBefore) {
  std::atomic<bool> never = false;
  const auto path = folder("not-finite");
  TrainOptions steep = options();
  steep.optimizer = {.kind = OptimizerKind::sgd, .learning_rate = 1e30, .momentum = 0};
  steep.schedule = {.kind = ScheduleKind::constant};
  Trainer trainer(model(), data(), steep, 5, files_in(path));
  try {
    trainer.run(never);
    FAIL() << "a learning rate of 1e30 went well";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("step 2"), std::string::npos) << error.what();
  }
  EXPECT_EQ(load_checkpoint(path / "last.safetensors").position.step, 1);
}

TEST(Trainer, StandsBeforeAllPartsOfAStepThatFailed) {
  std::atomic<bool> never = false;
  const auto path = folder("parts-of-a-step");
  TrainOptions steep = options();
  steep.accumulate = 2;
  steep.optimizer = {.kind = OptimizerKind::sgd, .learning_rate = 1e30, .momentum = 0};
  steep.schedule = {.kind = ScheduleKind::constant};
  Trainer trainer(model(), data(), steep, 5, files_in(path));
  EXPECT_THROW(trainer.run(never), Error);
  const Checkpoint left = load_checkpoint(path / "last.safetensors");
  EXPECT_EQ(left.position.step, 1);
  EXPECT_EQ(left.position.batch, 2);
}

/// Columns of which some can't be read.
class Damaged : public Columns {
 public:
  explicit Damaged(std::int64_t readable) : readable_(readable) {}
  data::Sample get(std::int64_t index) const override {
    if (index >= readable_) throw UnreadableError(name(index) + ": cut");
    return Columns::get(index);
  }

 private:
  std::int64_t readable_;
};

TEST(Trainer, CountsTheUnreadableOfBothPartsAndContrastsWithNone) {
  TrainingData damaged = data();
  damaged.train = std::make_shared<Damaged>(90);
  damaged.held_out = std::make_shared<Damaged>(92);
  Trainer trainer(model(contrast::MemoryBankOptions{
                      .samples = 96, .dim = 16, .k = contrast::MemoryBankOptions::all}),
                  damaged, options(), 1, files_in(folder("damaged")));
  const auto figures = std::make_shared<Figures>();
  trainer.add(figures);
  std::atomic<bool> never = false;
  trainer.run(never);
  EXPECT_EQ(trainer.unreadable().size(), 6u + 4u);
  EXPECT_EQ(figures->steps.back().k, 89);
}

/// Columns of which some, by their number, can't be read.
class Lost : public Columns {
 public:
  explicit Lost(std::set<std::int64_t> lost) : lost_(std::move(lost)) {}
  data::Sample get(std::int64_t index) const override {
    if (lost_.contains(index)) throw UnreadableError(name(index) + ": cut");
    return Columns::get(index);
  }

 private:
  std::set<std::int64_t> lost_;
};

TEST(Trainer, AveragesOverThosePartsOfAStepThatTaughtSomething) {
  constexpr std::uint64_t seed = 5;
  constexpr double rate = 0.5;
  TrainOptions accumulating = options();
  accumulating.accumulate = 2;
  accumulating.steps = 1;
  accumulating.optimizer = {
      .kind = OptimizerKind::sgd, .learning_rate = rate, .weight_decay = 0, .momentum = 0};
  accumulating.schedule = {.kind = ScheduleKind::constant};
  // The second of the two batches is lost as a whole.
  const auto order = permutation(96, RandomStream(RandomPurpose::order, seed));
  TrainingData halved = data();
  halved.train = std::make_shared<Lost>(std::set(order.begin() + 16, order.begin() + 32));

  Model by_hand = model();
  by_hand->train();
  data::Loader loader(halved.train, halved.train_transform,
                      {.batch_size = 16, .shuffle = true, .drop_last = true, .seed = seed});
  loader.start(0);
  const data::Batch batch = *loader.next();
  const contrast::ContrastResult result =
      by_hand->objective->forward(by_hand->embed(batch.views, batch.present), batch.indices, {});
  result.loss.backward();

  Model trained = model();
  Trainer trainer(trained, halved, accumulating, seed, files_in(folder("lost-part")));
  const auto figures = std::make_shared<Figures>();
  trainer.add(figures);
  std::atomic<bool> never = false;
  trainer.run(never);
  ASSERT_EQ(figures->steps.size(), 1u);
  EXPECT_NEAR(figures->steps[0].loss, result.loss.item<double>(), 1e-4);
  EXPECT_NEAR(figures->steps[0].k, result.figures().k, 1e-9);
  EXPECT_NEAR(figures->steps[0].ceiling, result.figures().ceiling(), 1e-9);
  const auto moved = trained->named_parameters();
  for (const auto& entry : by_hand->named_parameters()) {
    if (!entry.key().starts_with("encoder_") || !entry.value().grad().defined()) continue;
    const at::Tensor step = rate * entry.value().grad();
    const at::Tensor off = moved[entry.key()].detach() - (entry.value().detach() - step);
    EXPECT_LE(off.norm().item<double>(), 0.01 * step.norm().item<double>() + 1e-4) << entry.key();
  }
}

TEST(Trainer, RefusesAPositionThatNoTrainingComesTo) {
  const auto path = folder("position");
  std::atomic<bool> never = false;
  Trainer(model(), data(), options(), 1, files_in(path)).run(never);
  const auto file = path / "last.safetensors";
  const files::TensorFile whole = files::load_safetensors(file);
  for (const auto& [key, value, wrong] :
       {std::tuple("step", "-5", "step = -5; it must be 0 to"),
        {"step", "9223372036854775807", "step = 9223372036854775807; it must be 0 to"},
        {"step", "1000", "after step 1000, 6 batches into an epoch; the run has 18 steps"},
        {"epoch", "-1", "epoch = -1; it must be 0 to"},
        {"batch", "7", "after step 18, 7 batches into an epoch"},
        {"best_held_out", "nan", "best_held_out = nan"}}) {
    files::TensorFile changed = whole;
    changed.metadata.erase("checksum");
    changed.metadata[key] = value;
    files::save_safetensors(file, changed);
    Trainer trainer(model(), data(), options(), 1, files_in(path));
    EXPECT_THAT(message_of<Error>([&] { trainer.resume(); }), testing::HasSubstr(wrong)) << key;
  }
  files::TensorFile counting = whole;
  counting.metadata.erase("checksum");
  auto found = std::ranges::find_if(counting.tensors, [](const auto& entry) {
    return entry.second.scalar_type() == at::kLong && entry.second.dim() == 0;
  });
  ASSERT_NE(found, counting.tensors.end());
  found->second = at::full({}, -5, at::kLong);
  files::save_safetensors(file, counting);
  EXPECT_THAT(message_of<Error>([&] { load_checkpoint(file); }),
              testing::HasSubstr("tensor " + found->first + " is -5; it must be 0 to"));
  TrainOptions endless = options();
  endless.epochs = std::int64_t{1} << 62;
  EXPECT_THAT(message_of<Error>([&] { Trainer(model(), data(), endless, 1, files_in(path)); }),
              testing::HasSubstr("4611686018427387904 epochs of 6 steps each"));
}

TEST(Trainer, NamesTheFirstFileWhereNoneCanBeRead) {
  TrainingData damaged = data();
  damaged.train = std::make_shared<Damaged>(0);
  const auto path = folder("unreadable");
  Trainer trainer(model(), damaged, options(), 1, files_in(path));
  std::atomic<bool> never = false;
  try {
    trainer.run(never);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("96 of 96 samples can't be read; the first: 0: cut"),
              std::string::npos)
        << error.what();
  }
  EXPECT_FALSE(std::filesystem::exists(path / "last.safetensors"));
}

TEST(Trainer, KeepsNoStateWithoutAPlaceForIt) {
  TrainOptions steep = options();
  steep.optimizer = {.kind = OptimizerKind::sgd, .learning_rate = 1e30, .momentum = 0};
  steep.schedule = {.kind = ScheduleKind::constant};
  const auto figures = std::make_shared<Figures>();
  Trainer trainer(model(), data(), steep, 5);
  trainer.add(figures);
  std::atomic<bool> never = false;
  const std::string message = message_of<Error>([&] { trainer.run(never); });
  EXPECT_THAT(message, testing::HasSubstr("step 2: "));
  EXPECT_THAT(message, testing::Not(testing::HasSubstr("The state before this step")));
}

TEST(Trainer, TellsObserversWhereItBegins) {
  class Start : public Observer {
   public:
    void on_start(std::int64_t step) override { begun = step; }
    std::int64_t begun = -1;
  };
  std::atomic<bool> never = false;
  const auto path = folder("start");
  for (const std::int64_t steps : {3, 5}) {
    TrainOptions longer = options();
    longer.steps = steps;
    Trainer trainer(model(), data(), longer, 5, files_in(path));
    if (steps > 3) trainer.resume();
    const auto start = std::make_shared<Start>();
    trainer.add(start);
    trainer.run(never);
    EXPECT_EQ(start->begun, steps > 3 ? 3 : 0);
  }
}

TEST(Trainer, EncodesABatchInPassesAndContrastsItAsAWhole) {
  TrainOptions passes = options();
  passes.passes = 4;
  const auto figures = std::make_shared<Figures>();
  Trainer trainer(model(), data(), passes, 1, files_in(folder("passes")));
  trainer.add(figures);
  std::atomic<bool> never = false;
  trainer.run(never);
  EXPECT_EQ(figures->steps.front().k, 15);
  EXPECT_LT(figures->steps.back().loss, 0.8 * figures->steps.front().loss);
  passes.accumulate = 2;
  EXPECT_THROW(Trainer(model(), data(), passes, 1, files_in(folder("passes"))), Error);
}

TEST(Trainer, ShowsLogZOfThePapersNce) {
  at::manual_seed(11);
  encoders::EncoderOptions encoder;
  encoder.channels = {8};
  encoder.embedding_dim = 16;
  Model nce(encoders::make_encoders(encoder, data().train_transform->views()),
            contrast::Objective({.loss = contrast::NceOptions{}}),
            std::vector<encoders::Encoder>{});
  Trainer trainer(nce, data(), options(), 1);
  const auto figures = std::make_shared<Figures>();
  trainer.add(figures);
  std::atomic<bool> never = false;
  trainer.run(never);
  EXPECT_TRUE(std::isfinite(figures->steps.front().log_z));
}

TEST(Trainer, ResumesALossOfTuplesAndALossOfAPair) {
  TrainingData quarters = data();
  views::ViewRecipe recipe = halves();
  recipe.split = views::QuadrantsOptions{};
  for (const bool training : {true, false})
    (training ? quarters.train_transform : quarters.evaluate_transform) =
        views::make_split(recipe, quarters.train->sources()[0].shape,
                          training ? views::Mode::train : views::Mode::evaluate);
  const contrast::LearnedTemperature tau{.initial = 0.2};
  const auto with = [&](const contrast::ObjectiveOptions& objective) {
    at::manual_seed(11);
    encoders::EncoderOptions encoder;
    encoder.channels = {8};
    encoder.embedding_dim = 16;
    return Model(encoders::make_encoders(encoder, quarters.train_transform->views()),
                 contrast::Objective(objective), std::vector<encoders::Encoder>{});
  };
  const contrast::ViewGraph graph = contrast::ViewGraph::full(4);
  struct Named {
    std::string name;
    contrast::ObjectiveOptions objective;
  };
  const std::vector<Named> objectives = {
      {.name = "tuples",
       .objective = {.loss =
                         contrast::MultilinearOptions{.temperature = tau,
                                                      .missing = contrast::MissingViews::stand_in,
                                                      .dim = 16},
                     .graph = graph}},
      {.name = "pair",
       .objective = {
           .loss = contrast::BarlowTwinsOptions{},
           .graph = graph,
           .pair_losses = {
               {.first = 1, .second = 3, .loss = contrast::LogisticOptions{.temperature = tau}}}}}};
  TrainOptions own = options();
  own.passes = 2;
  for (const auto& [name, objective] : objectives) {
    std::atomic<bool> never = false, stop = false;
    const auto whole = folder("whole-" + name), parts = folder("parts-" + name);
    const auto figures = std::make_shared<Figures>();
    Trainer uninterrupted(with(objective), quarters, own, 5, files_in(whole));
    uninterrupted.add(figures);
    uninterrupted.run(never);
    Trainer first(with(objective), quarters, own, 5, files_in(parts));
    first.add(std::make_shared<StopAfter>(first.steps() / 2, stop));
    EXPECT_FALSE(first.run(stop));
    Trainer second(with(objective), quarters, own, 5, files_in(parts));
    second.resume();
    EXPECT_TRUE(second.run(never));
    expect_equal(weights(whole), weights(parts));
    EXPECT_TRUE(weights(whole).contains(
        name == "tuples" ? "objective.stand_in_3" : "objective.pair_1_3.log_inverse_temperature"));
    EXPECT_EQ(figures->steps.back().k, name == "tuples" ? 13 : 15);  // of batches of 16
    ASSERT_EQ(figures->held_out.size(), 3u);
    EXPECT_LE(figures->held_out.back().tight_bound, figures->held_out.back().ceiling);
  }
}

/// The steps of held-out measurements and of probes.
class Steps : public Observer {
 public:
  std::vector<std::int64_t> held_out, probes;
  void on_held_out(const HeldOutFigures& figures) override {
    held_out.push_back(figures.step);
    EXPECT_GE(figures.effective_rank, 1);
    EXPECT_LE(figures.effective_rank, figures.largest_rank * 1.000001);
    EXPECT_EQ(figures.largest_rank, 16);  // the embedding's dimension: there are 96 samples
  }
  void on_probe(const ProbeFigures& figures) override {
    probes.push_back(figures.step);
    EXPECT_EQ(figures.linear, 0.5);
  }
};

TEST(Trainer, MeasuresHeldOutSamplesAtSoManyEpochsAtMost) {
  TrainOptions many = options();
  many.epochs = 240;
  many.batch_size = 96;  // an epoch is a step
  many.checkpoint_steps = 1000;
  Trainer trainer(model(), data(), many, 3);
  const auto steps = std::make_shared<Steps>();
  trainer.add(steps);
  EXPECT_TRUE(trainer.run(false));
  EXPECT_EQ(steps->held_out.size(), 100u);
  EXPECT_EQ(steps->held_out.front(), 3);  // the first that is a hundredth of 240, 2.4
  EXPECT_EQ(steps->held_out.back(), 240);

  Trainer few(model(), data(), options(), 3);
  const auto each = std::make_shared<Steps>();
  few.add(each);
  EXPECT_TRUE(few.run(false));
  EXPECT_EQ(each->held_out, (std::vector<std::int64_t>{6, 12, 18}));
}

TEST(Trainer, AsksTheProbeBeforeEverySoManyStepsAndAfterTheLast) {
  TrainOptions probed = options();
  probed.probe_every = 5;
  Trainer trainer(model(), data(), probed, 3);
  const auto steps = std::make_shared<Steps>();
  trainer.add(steps);
  trainer.probe_with([] { return ProbeFigures{.linear = 0.5}; });
  EXPECT_TRUE(trainer.run(false));
  EXPECT_EQ(steps->probes, (std::vector<std::int64_t>{0, 5, 10, 15, 18}));

  probed.probe_every = 0;
  Trainer never(model(), data(), probed, 3);
  const auto none = std::make_shared<Steps>();
  never.add(none);
  never.probe_with([] { return ProbeFigures{.linear = 0.5}; });
  EXPECT_TRUE(never.run(false));
  EXPECT_TRUE(none->probes.empty());
}

}  // namespace
}  // namespace cmc::training
