#include "cmc/training/generator_turn.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cmc/device.h"
#include "cmc/encoders/encode_views.h"
#include "cmc/libtorch.h"
#include "cmc/training/fetched.h"
#include "cmc/training/step.h"

namespace cmc::training {
namespace {

/// The parameters that the turn moves, each once, or those that it leaves alone.
NamedParameters parameters_of(ModelImpl& model, bool own) {
  NamedParameters result;
  for (const auto& entry : model.named_parameters()) {
    const bool known = std::ranges::any_of(
        result, [&](const auto& other) { return other.second.is_same(entry.value()); });
    if (entry.value().requires_grad() && GeneratorTurn::moves(entry.key()) == own && !known)
      result.emplace_back(entry.key(), entry.value());
  }
  return result;
}

void set_learning(NamedParameters& parameters, bool on) {
  for (auto& [name, parameter] : parameters) parameter.set_requires_grad(on);
}

/// While it lives, `whose` learn and the others stand still; then the reverse.
class Turn {
 public:
  Turn(NamedParameters& whose, NamedParameters& others) : whose_(whose), others_(others) {
    set_learning(others_, false);
    set_learning(whose_, true);
  }
  ~Turn() {
    set_learning(whose_, false);
    set_learning(others_, true);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  NamedParameters &whose_, &others_;
};

}  // namespace

bool GeneratorTurn::moves(const std::string& parameter) {
  return parameter.find(".generator.") != std::string::npos ||
         parameter.starts_with(ModelImpl::classifier_prefix);
}

GeneratorTurn::GeneratorTurn(Model model, const GeneratorOptions& options)
    : model_(std::move(model)),
      options_(options),
      own_(parameters_of(*model_, true)),
      others_(parameters_of(*model_, false)),
      optimizer_(own_, {.learning_rate = options.learning_rate, .weight_decay = 0}) {
  set_learning(own_, false);  // but in its turn
}

bool GeneratorTurn::is_due(std::int64_t step, std::int64_t steps) const {
  const auto place = static_cast<double>(step), all = static_cast<double>(steps);
  return step % options_.every == 0 && place > options_.after * all &&
         place <= options_.until * all;
}

/// Σ_v CE(c_v(f_v(g(x)_v)), y), the mean over those whose labels are known; undefined where none
/// is.
at::Tensor GeneratorTurn::classification(const std::vector<encoders::Encoding>& views,
                                         const at::Tensor& indices) {
  if (!options_.labels.defined()) return {};
  const at::Tensor labels = options_.labels.index_select(0, indices);
  const at::Tensor known = at::nonzero(labels >= 0).squeeze(1);
  if (known.size(0) == 0) return {};
  const at::Device device = views[0].representation.device();
  const at::Tensor rows = sent_to(known, device),
                   due = sent_to(labels.index_select(0, known), device);
  std::vector<at::Tensor> losses;
  for (std::size_t v = 0; v < views.size(); ++v)
    losses.push_back(at::cross_entropy_loss(
        model_->classifiers[v]->forward(views[v].representation.index_select(0, rows)), due));
  return at::stack(losses).sum();
}

std::vector<encoders::Encoding> GeneratorTurn::encode(const data::Batch& batch, at::Device device,
                                                      bool bfloat16, Team* team) {
  const Autocast autocast(device.type(), bfloat16);
  return encoders::encode_views(team, model_->encoders, on_device(batch.views, device), {});
}

double GeneratorTurn::take(const data::Batch& batch, at::Device device, bool bfloat16, Team* team) {
  const Turn turn(own_, others_);
  optimizer_.zero_grad();
  const std::vector<encoders::Encoding> views = encode(batch, device, bfloat16, team);
  std::vector<at::Tensor> embeddings;
  for (const encoders::Encoding& view : views) embeddings.push_back(view.embedding);
  at::Tensor loss = -model_->objective->forward(embeddings, batch.indices).loss;
  const at::Tensor sum = classification(views, batch.indices);
  if (sum.defined()) loss = loss + options_.label_weight * sum;
  loss.backward();
  std::vector<at::Tensor> numbers = {loss, optimizer_.gradient_norm()};
  if (sum.defined()) numbers.push_back(sum);
  const std::vector<double> told = fetched(numbers);
  if (!std::isfinite(told[0])) throw NotFinite(fmt::format("the generator's loss is {}", told[0]));
  if (!std::isfinite(told[1]))
    throw NotFinite(fmt::format("the norm of the generator's gradient is {}", told[1]));
  optimizer_.step(1);
  return sum.defined() ? told[2] / static_cast<double>(views.size())
                       : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace cmc::training
