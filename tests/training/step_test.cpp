#include "cmc/training/step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>
#include <map>
#include <string>

#include "cmc/encoders/encoder.h"
#include "tests/float_reads.h"

namespace cmc::training {
namespace {

constexpr std::int64_t batch_size = 12, side = 8;

/// Two views of pictures of noise, those of the samples from `first` on.
data::Batch noise(std::int64_t first = 0) {
  data::Batch batch{.indices = at::arange(first, first + batch_size, at::kLong),
                    .labels = at::zeros({batch_size}, at::kLong),
                    .views = {}};
  for (int v = 0; v < 2; ++v) batch.views.push_back(at::randn({batch_size, 1, side, side}));
  return batch;
}

Model model(const contrast::Loss& loss, const contrast::Negatives& negatives) {
  at::manual_seed(7);
  encoders::EncoderOptions encoder;
  encoder.channels = {4, 8};
  encoder.convolutions = 1;
  encoder.embedding_dim = 8;
  std::vector<data::ViewShape> shapes;
  for (const char* const name : {"one", "other"})
    shapes.push_back({.name = name, .channels = 1, .height = side, .width = side});
  const auto make = [&] { return encoders::make_encoders(encoder, shapes); };
  const bool queue = std::holds_alternative<contrast::QueueOptions>(negatives);
  std::vector<encoders::Encoder> encoders = make();
  Model made(std::move(encoders),
             contrast::Objective(contrast::ObjectiveOptions{.loss = loss, .negatives = negatives}),
             queue ? make() : std::vector<encoders::Encoder>{});
  made->train();
  return made;
}

NamedParameters learned(Model& model) {
  NamedParameters result;
  for (const auto& entry : model->named_parameters())
    if (entry.value().requires_grad()) result.emplace_back(entry.key(), entry.value());
  return result;
}

const std::vector<contrast::Negatives> sources = {
    contrast::BatchOptions{}, contrast::MemoryBankOptions{.samples = 40, .dim = 8, .k = 10},
    contrast::QueueOptions{.length = 24, .dim = 8}};

// With losses of plain operators, which every device has.
TEST(Step, ReadsNoNumberOfItsDeviceButItsFigures) {
  const std::vector<contrast::Loss> losses = {
      contrast::LogisticOptions{.temperature = contrast::LearnedTemperature{}},
      contrast::NceOptions{}, contrast::TripletOptions{}};
  for (const contrast::Loss& loss : losses)
    for (const contrast::Negatives& negatives : sources)
      for (const OptimizerKind kind :
           {OptimizerKind::adamw, OptimizerKind::sgd, OptimizerKind::lars}) {
        SCOPED_TRACE(fmt::format("loss {}, source {}, optimizer {}", loss.index(),
                                 negatives.index(), static_cast<int>(kind)));
        Model trained = model(loss, negatives);
        Optimizer optimizer(learned(trained), {.kind = kind});
        TrainOptions options;
        options.accumulate = 2;
        options.clip_gradient = 1e-3;
        for (int done = 0; done < 2; ++done) {
          data::Batch first = noise(), second = noise(batch_size);
          second.present = at::ones({batch_size, 2}, at::kBool);
          second.present.select(1, 1).narrow(0, 0, 3).fill_(false);
          const FloatReads reads;
          Step step(trained, optimizer, options, at::kCPU, /*bfloat16=*/false);
          step.learn_from(std::move(first));
          step.learn_from(std::move(second));
          const StepFigures figures = step.move(done, 2);
          EXPECT_EQ(reads.count(), 0);
          EXPECT_GT(reads.all(), 0);
          EXPECT_GT(figures.gradient_norm, 1e-3);
        }
      }
}

/// What must not have moved: parameters, banks and queues. (A trainer restores batch norms.)
std::map<std::string, at::Tensor> kept(Model& model) {
  std::map<std::string, at::Tensor> result;
  for (const auto& [name, tensor] : model->state())
    if (name.find("running_") == std::string::npos && name.find("num_batches") == std::string::npos)
      result[name] = tensor.detach().clone();
  return result;
}

/// What a step throws that `spoil` has spoilt, having moved nothing.
template <class Spoil>
std::string thrown(const contrast::Loss& loss, const contrast::Negatives& negatives,
                   const Spoil& spoil) {
  Model trained = model(loss, negatives);
  Optimizer optimizer(learned(trained), {});
  const TrainOptions options;
  data::Batch batch = noise();
  spoil(trained, batch);
  const auto before = kept(trained);
  std::string message = "nothing was thrown";
  try {
    Step step(trained, optimizer, options, at::kCPU, /*bfloat16=*/false);
    step.learn_from(std::move(batch));
    step.move(0, 1);
  } catch (const NotFinite& error) {
    message = error.what();
  }
  for (const auto& [name, tensor] : kept(trained))
    EXPECT_TRUE(at::equal(tensor, before.at(name))) << name;
  EXPECT_TRUE(optimizer.state().empty());
  return message;
}

TEST(Step, TellsWhatIsNotFiniteBeforeAnythingMoves) {
  const auto spoil_gradient = [](Model& spoilt, const data::Batch&) {
    learned(spoilt).front().second.register_hook([](const at::Tensor& gradient) {
      return at::full_like(gradient, std::numeric_limits<double>::infinity());
    });
  };
  const auto spoil_all = [&](Model& spoilt, const data::Batch& batch) {
    spoil_gradient(spoilt, batch);
    const at::NoGradGuard no_grad;
    spoilt->named_parameters()["encoder_other.head.3.bias"][2] =
        std::numeric_limits<float>::infinity();
  };
  const auto spoil_nothing = [](Model&, const data::Batch&) {};
  for (const contrast::Negatives& negatives : sources) {
    SCOPED_TRACE(negatives.index());
    const contrast::Loss finite = contrast::LogisticOptions{},
                         infinite = contrast::LogisticOptions{.temperature = 1e-45};
    EXPECT_EQ(thrown(finite, negatives, spoil_all), "an embedding is not finite");
    EXPECT_EQ(thrown(contrast::KPairOptions{}, negatives, spoil_all), "an embedding is not finite");
    EXPECT_EQ(thrown(infinite, negatives, spoil_gradient), "the loss is inf");
    EXPECT_EQ(thrown(infinite, negatives, spoil_nothing), "the loss is inf");
    EXPECT_EQ(thrown(finite, negatives, spoil_gradient), "the gradient's norm is inf");
  }
}

}  // namespace
}  // namespace cmc::training
