#include "cmc/training/checkpoint.h"

#include <ATen/ATen.h>

#include <charconv>
#include <cmath>

#include "cmc/error.h"
#include "cmc/training/safetensors.h"

namespace cmc::training {
namespace {

/// Above what any training comes to, and far from where counting on would overflow.
constexpr std::int64_t most = std::int64_t{1} << 60;

template <class Number>
Number number(const TensorFile& file, const std::string& key, const std::filesystem::path& path) {
  const auto found = file.metadata.find(key);
  check(found != file.metadata.end(), "{}: its metadata lacks \"{}\": not a checkpoint of a run",
        path.string(), key);
  Number value{};
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc() && end == text.data() + text.size(),
        "{}: its metadata has {} = \"{}\", which is no number", path.string(), key, text);
  return value;
}

std::int64_t counted(const TensorFile& file, const std::string& key,
                     const std::filesystem::path& path) {
  const auto value = number<std::int64_t>(file, key, path);
  check(value >= 0 && value <= most, "{}: its metadata has {} = {}; it must be 0 to {}",
        path.string(), key, value, most);
  return value;
}

/// A whole number alone in a tensor is a count: of steps, of vectors that went through a queue.
void check_count(const std::string& name, const at::Tensor& tensor,
                 const std::filesystem::path& path) {
  if (tensor.scalar_type() != at::kLong || tensor.dim() > 0) return;
  const auto value = tensor.item<std::int64_t>();
  check(value >= 0 && value <= most, "{}: tensor {} is {}; it must be 0 to {}", path.string(), name,
        value, most);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  TensorFile file;
  for (const auto& [name, tensor] : checkpoint.model) file.tensors["model/" + name] = tensor;
  for (const auto& [name, tensor] : checkpoint.optimizer)
    file.tensors["optimizer/" + name] = tensor;
  file.tensors["generator"] = checkpoint.generator;
  // fmt prints a double so that it reads back to the same bits.
  file.metadata = {{"step", fmt::format("{}", checkpoint.step)},
                   {"epoch", fmt::format("{}", checkpoint.epoch)},
                   {"batch", fmt::format("{}", checkpoint.batch)},
                   {"best_held_out", fmt::format("{}", checkpoint.best_held_out)}};
  save_safetensors(path, file);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  TensorFile file = load_safetensors(path);
  Checkpoint checkpoint;
  checkpoint.step = counted(file, "step", path);
  checkpoint.epoch = counted(file, "epoch", path);
  checkpoint.batch = counted(file, "batch", path);
  checkpoint.best_held_out = number<double>(file, "best_held_out", path);
  check(!std::isnan(checkpoint.best_held_out), "{}: its metadata has best_held_out = nan",
        path.string());
  for (auto& [name, tensor] : file.tensors) {
    check_count(name, tensor, path);
    if (name.starts_with("model/"))
      checkpoint.model[name.substr(6)] = tensor;
    else if (name.starts_with("optimizer/"))
      checkpoint.optimizer[name.substr(10)] = tensor;
    else if (name == "generator")
      checkpoint.generator = tensor;
  }
  check(checkpoint.generator.defined(), "{}: it lacks the tensor \"generator\"", path.string());
  return checkpoint;
}

}  // namespace cmc::training
