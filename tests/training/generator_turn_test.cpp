#include "cmc/training/generator_turn.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "cmc/encoders/view_generator.h"
#include "cmc/training/trainer.h"
#include "cmc/views/view_recipe.h"
#include "tests/temporary_folder.h"

namespace cmc::training {
namespace {

/// 128 pictures. Red and green share a pattern that no other sample has, blue has one of its own,
/// in the left half for one class and in the right for the other.
class Patterns : public data::Dataset {
 public:
  std::int64_t size() const override { return 128; }
  data::Sample get(std::int64_t index) const override {
    cv::Mat image(8, 8, CV_8UC3);
    RandomStream stream(RandomPurpose::made_data, 5, 0, static_cast<std::uint64_t>(index));
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < 8; ++x) {
        const auto pattern = static_cast<std::uint8_t>(stream.below(256));
        const auto blue =
            static_cast<std::uint8_t>(x / 4 == label(index) ? stream.below(256) : stream.below(40));
        image.at<cv::Vec3b>(y, x) = {pattern, pattern, blue};
      }
    return {.index = index, .label = label(index), .values = {image}};
  }
  std::int64_t label(std::int64_t index) const override { return index % 2; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<data::Source>& sources() const override {
    static const std::vector<data::Source> sources{{.shape = {3, 8, 8}}};
    return sources;
  }
  std::string name(std::int64_t index) const override { return std::to_string(index); }

 private:
  std::vector<std::string> classes_ = {"left", "right"};
};

at::Tensor labels_of(const data::Dataset& samples, std::int64_t every) {
  at::Tensor labels = at::full({samples.size()}, -1, at::kLong);
  for (std::int64_t i = 0; i < samples.size(); i += every) labels[i] = samples.label(i);
  return labels;
}

TrainingData patterns(const GeneratorOptions& generator) {
  const auto samples = std::make_shared<Patterns>();
  const views::ViewRecipe recipe{.split = views::LearnedOptions{}};
  const auto split = [&](views::Mode mode) {
    return views::make_split(recipe, samples->sources()[0].shape, mode);
  };
  return {.train = samples,
          .held_out = nullptr,
          .train_transform = split(views::Mode::train),
          .evaluate_transform = split(views::Mode::evaluate),
          .generator = generator};
}

Model model(bool classifiers) {
  at::manual_seed(11);
  encoders::EncoderOptions first{.channels = {8}, .convolutions = 1, .pooled_grid = 8};
  first.embedding_dim = 16;
  first.generated = encoders::GeneratedChannels{.couplings = 2, .width = 4, .first = 0, .count = 1};
  encoders::EncoderOptions second = first;
  second.generated->first = 1;
  second.generated->count = 2;
  std::vector<encoders::Encoder> encoders =
      encoders::make_encoders({{first, second}}, patterns({}).train_transform->views());
  Model made(std::move(encoders), contrast::Objective(contrast::ObjectiveOptions{
                                      .loss = contrast::KPairOptions{.temperature = 0.1}}));
  if (classifiers) made->add_classifiers(2);
  return made;
}

TrainOptions options(std::int64_t steps) {
  TrainOptions options;
  options.steps = steps;
  options.batch_size = 64;
  options.optimizer.learning_rate = 3e-3;
  options.precision = Precision::fp32;
  options.threads = 1;
  options.workers = 1;
  options.checkpoint_steps = 1'000'000;
  return options;
}

class Recorder : public Observer {
 public:
  void on_step(const StepFigures& figures) override { all.push_back(figures); }
  std::vector<StepFigures> all;
};

struct Result {
  Model model = nullptr;
  std::vector<StepFigures> figures;
};

Result trained(const GeneratorOptions& generator, std::int64_t steps,
               const CheckpointFiles& files = {}) {
  Result result{.model = model(generator.labels.defined()), .figures = {}};
  Trainer trainer(result.model, patterns(generator), options(steps), 1, files);
  const auto recorder = std::make_shared<Recorder>();
  trainer.add(recorder);
  const std::atomic<bool> never = false;
  EXPECT_TRUE(trainer.run(never));
  result.figures = recorder->all;
  return result;
}

double last_estimate(const Result& result) {
  return result.figures.back().training_estimate;
}

TEST(GeneratorTurn, FindsViewsThatShareLessAndLosesNothing) {
  // Red tells green; a rotation of the colours leaves blue alone, which tells nothing of them.
  const Result at_rest = trained({.learning_rate = 1e-2, .until = 0}, 250);
  const Result moved = trained({.learning_rate = 1e-2, .after = 0, .until = 1, .every = 1}, 250);
  EXPECT_GT(last_estimate(at_rest), 3.5) << "of log 64 = 4.16";
  EXPECT_LT(last_estimate(moved), 0.5 * last_estimate(at_rest));
  const auto& generator = moved.model->encoders[0]->generator();
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::randn({4, 3, 8, 8}), y = generator->forward(x);
  EXPECT_GT((y - x).abs().max().item<double>(), 0.3);
  EXPECT_LT((generator->inverse(y) - x).abs().max().item<double>(), 1e-4);
}

TEST(GeneratorTurn, MovesTheGeneratorAloneAndRestsWhenItsShareIsOver) {
  const auto samples = std::make_shared<Patterns>();
  Model own = model(true);
  GeneratorTurn turn(own,
                     {.after = 0.1, .until = 0.5, .every = 2, .labels = labels_of(*samples, 2)});
  EXPECT_TRUE(turn.is_due(4, 20) && turn.is_due(10, 20));
  EXPECT_FALSE(turn.is_due(2, 20) || turn.is_due(5, 20) || turn.is_due(12, 20));
  std::map<std::string, at::Tensor> before;
  for (const auto& [name, tensor] : own->state()) before[name] = tensor.detach().clone();
  data::Loader loader(samples, patterns({}).train_transform, {.batch_size = 64, .workers = 1});
  loader.start(0);
  const double loss = turn.take(*loader.next(), at::kCPU, false, nullptr);
  EXPECT_GT(loss, 0.2);
  EXPECT_LT(loss, 3);
  for (const auto& [name, tensor] : own->state()) {
    const bool learns = own->named_parameters().find(name) != nullptr;
    if (!learns) continue;  // batch norms follow what they see
    EXPECT_EQ(at::equal(tensor, before[name]),
              !GeneratorTurn::moves(name) || name.find("hidden") != std::string::npos)
        << name << ": what a coupling's hidden layer makes is multiplied by 0 at first";
    EXPECT_EQ(tensor.requires_grad(), !GeneratorTurn::moves(name)) << name;
  }
}

TEST(GeneratorTurn, SeesThoseLabelsThatItIsGiven) {
  const auto samples = std::make_shared<Patterns>();
  const Result result = trained({.learning_rate = 1e-2,
                                 .after = 0,
                                 .until = 0.5,
                                 .every = 1,
                                 .label_weight = 10,
                                 .labels = labels_of(*samples, 2)},
                                200);
  EXPECT_FALSE(std::isnan(result.figures[99].label_loss));
  EXPECT_TRUE(std::isnan(result.figures[100].label_loss)) << "it rests";
  EXPECT_LT(result.figures[99].label_loss, 0.5 * result.figures[0].label_loss);
  const Result without = trained({.after = 0, .until = 0.5, .every = 1}, 4);
  EXPECT_TRUE(std::isnan(without.figures[0].label_loss));
}

TEST(GeneratorTurn, IsResumedBitForBit) {
  const TemporaryFolder folder;
  const auto samples = std::make_shared<Patterns>();
  const GeneratorOptions generator{
      .after = 0, .until = 0.8, .every = 2, .labels = labels_of(*samples, 4)};
  trained(generator, 12, {.last = folder / "whole", .best = {}});

  class StopAt : public Observer {
   public:
    explicit StopAt(std::atomic<bool>& stop) : stop_(stop) {}
    void on_step(const StepFigures& figures) override { stop_ = figures.step >= 5; }

   private:
    std::atomic<bool>& stop_;
  };
  std::atomic<bool> stop = false;
  Trainer first(model(true), patterns(generator), options(12), 1,
                {.last = folder / "parts", .best = {}});
  first.add(std::make_shared<StopAt>(stop));
  EXPECT_FALSE(first.run(stop));
  stop = false;
  Trainer second(model(true), patterns(generator), options(12), 1,
                 {.last = folder / "parts", .best = {}});
  second.resume();
  EXPECT_TRUE(second.run(stop));
  EXPECT_TRUE(bytes_of(folder / "whole") == bytes_of(folder / "parts"));
}

}  // namespace
}  // namespace cmc::training
