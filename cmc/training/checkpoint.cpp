#include "cmc/training/checkpoint.h"

#include <ATen/ATen.h>

#include <charconv>
#include <cmath>

#include "cmc/error.h"
#include "cmc/files/safetensors.h"

namespace cmc::training {
namespace {

/// The most steps, epochs, batches or vectors: sums and products of counts stay inside 64 bits.
constexpr std::int64_t most_counted = 1'000'000'000'000;

template <class Number>
Number number(const files::TensorFile& file, const std::string& key,
              const std::filesystem::path& path) {
  const auto found = file.metadata.find(key);
  check(found != file.metadata.end(), "{}: its metadata lacks \"{}\": not a checkpoint of a run",
        path.string(), key);
  Number value{};
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc() && end == text.data() + text.size(),
        "{}: its metadata has {} = \"{}\", which is not a number", path.string(), key, text);
  return value;
}

/// A count of steps, epochs or batches.
std::int64_t count(const files::TensorFile& file, const std::string& key,
                   const std::filesystem::path& path) {
  const auto value = number<std::int64_t>(file, key, path);
  check(value >= 0 && value <= most_counted, "{}: its metadata has {} = {}; it must be 0 to {}",
        path.string(), key, value, most_counted);
  return value;
}

Position position_of(const files::TensorFile& file, const std::filesystem::path& path) {
  const Position position{.step = count(file, "step", path),
                          .epoch = count(file, "epoch", path),
                          .batch = count(file, "batch", path),
                          .best_held_out = number<double>(file, "best_held_out", path)};
  check(!std::isnan(position.best_held_out), "{}: its metadata has best_held_out = nan",
        path.string());
  return position;
}

/// Throws where an encoder holds a NaN or an infinity, which would pass into all it encodes.
void check_weight(const std::string& name, const at::Tensor& tensor,
                  const std::filesystem::path& path) {
  if (!tensor.is_floating_point()) return;
  const auto odd = at::isfinite(tensor).logical_not().sum().item<std::int64_t>();
  check(odd == 0,
        "{}: {} of {} numbers of {} are NaN or infinite: these weights encode nothing; training "
        "diverged (a lower train.learning_rate may help), or the file was changed",
        path.string(), odd, tensor.numel(), name);
}

/// A whole number alone in a tensor is a count: of steps, of vectors that went through a queue.
void check_count(const std::string& name, const at::Tensor& tensor,
                 const std::filesystem::path& path) {
  if (tensor.scalar_type() != at::kLong || tensor.dim() > 0) return;
  const auto value = tensor.item<std::int64_t>();
  check(value >= 0 && value <= most_counted, "{}: tensor {} is {}; it must be 0 to {}",
        path.string(), name, value, most_counted);
}

}  // namespace

at::Tensor generator_state() {
  return at::globalContext().defaultGenerator(at::kCPU).get_state();
}

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  files::TensorFile file;
  for (const auto& [name, tensor] : checkpoint.model) file.tensors["model/" + name] = tensor;
  for (const auto& [name, tensor] : checkpoint.optimizer)
    file.tensors["optimizer/" + name] = tensor;
  file.tensors["generator"] = checkpoint.generator;
  // fmt prints a double so that it reads back to the same bits.
  const Position& position = checkpoint.position;
  file.metadata = {{"step", fmt::format("{}", position.step)},
                   {"epoch", fmt::format("{}", position.epoch)},
                   {"batch", fmt::format("{}", position.batch)},
                   {"best_held_out", fmt::format("{}", position.best_held_out)}};
  files::save_safetensors(path, file);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  files::TensorFile file = files::load_safetensors(path);
  Checkpoint checkpoint{.position = position_of(file, path), .generator = {}};
  for (auto& [name, tensor] : file.tensors) {
    if (name.starts_with("model/encoder_") || name.starts_with("model/momentum_encoder_"))
      check_weight(name.substr(6), tensor, path);
    check_count(name, tensor, path);
    if (name.starts_with("model/"))
      checkpoint.model[name.substr(6)] = tensor;
    else if (name.starts_with("optimizer/"))
      checkpoint.optimizer[name.substr(10)] = tensor;
    else if (name == "generator")
      checkpoint.generator = tensor;
    else
      fail("{}: it holds the tensor {}, which no checkpoint of a run has", path.string(), name);
  }
  check(checkpoint.generator.defined(), "{}: it lacks the tensor \"generator\"", path.string());
  return checkpoint;
}

}  // namespace cmc::training
