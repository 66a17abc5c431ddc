#include "cmc/training/pretrained.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <map>
#include <string>
#include <vector>

#include "cmc/error.h"
#include "cmc/training/safetensors.h"

namespace cmc::training {
namespace {

std::string first_few(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  const std::vector<std::string> some(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(most, names.size())));
  return names.size() > most ? fmt::format("{}, … ({} in all)", fmt::join(some, ", "), names.size())
                             : fmt::format("{}", fmt::join(some, ", "));
}

}  // namespace

void load_pretrained(encoders::Encoder& encoder, const std::filesystem::path& path) {
  const at::NoGradGuard no_grad;
  TensorFile file = load_safetensors(path);
  std::map<std::string, at::Tensor> own;
  for (const auto& entry : encoder->named_parameters()) own[entry.key()] = entry.value();
  for (const auto& entry : encoder->named_buffers()) own[entry.key()] = entry.value();
  std::vector<std::string> missing, unexpected;
  for (const auto& [name, tensor] : own) {
    if (name.starts_with("head.")) continue;
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) {
      if (!name.ends_with("num_batches_tracked")) missing.push_back(name);
      continue;
    }
    check(found->second.sizes() == tensor.sizes(),
          "{}: {} is [{}] in the file, but [{}] in the encoder of view '{}'", path.string(), name,
          fmt::join(found->second.sizes(), ", "), fmt::join(tensor.sizes(), ", "),
          encoder->shape().name);
  }
  for (const auto& [name, tensor] : file.tensors)
    if (!own.contains(name) && !name.starts_with("fc.")) unexpected.push_back(name);
  check(missing.empty() && unexpected.empty(),
        "{}: not the weights of the encoder of view '{}': it lacks {}; it holds {}", path.string(),
        encoder->shape().name, missing.empty() ? "nothing" : first_few(missing),
        unexpected.empty() ? "nothing unexpected" : "unexpected " + first_few(unexpected));
  for (auto& [name, tensor] : own)
    if (const auto found = file.tensors.find(name);
        found != file.tensors.end() && !name.starts_with("head."))
      tensor.copy_(found->second);
}

}  // namespace cmc::training
