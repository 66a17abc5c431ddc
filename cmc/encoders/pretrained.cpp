#include "cmc/encoders/pretrained.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "cmc/encoders/network_file.h"
#include "cmc/encoders/weight_names.h"
#include "cmc/error.h"
#include "cmc/files/safetensors.h"

namespace cmc::encoders {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

std::string first_few(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  const std::vector<std::string> some(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(most, names.size())));
  return names.size() > most ? fmt::format("{}, … ({} in all)", fmt::join(some, ", "), names.size())
                             : fmt::format("{}", fmt::join(some, ", "));
}

bool counts_batches(const std::string& name) {
  return name.ends_with("num_batches_tracked");
}

/// The backbone's parameters and buffers.
Tensors backbone_of(const encoders::Encoder& encoder) {
  Tensors own;
  for (const auto& entry : encoder->named_parameters()) own[entry.key()] = entry.value();
  for (const auto& entry : encoder->named_buffers()) own[entry.key()] = entry.value();
  std::erase_if(own, [](const auto& entry) { return entry.first.starts_with("head."); });
  return own;
}

Shapes shapes_of(const Tensors& tensors) {
  Shapes shapes;
  for (const auto& [name, tensor] : tensors) shapes[name] = tensor.sizes().vec();
  return shapes;
}

std::vector<std::string> children_of(const encoders::Encoder& encoder) {
  std::vector<std::string> children;
  for (const auto& entry : encoder->named_children())
    if (entry.key() != "head") children.push_back(entry.key());
  return children;
}

/// "layer" of "layer4.0.conv1.weight".
std::string stem_of(const std::string& name) {
  const auto end = std::ranges::find_if_not(
      name, [](unsigned char letter) { return std::isalpha(letter) != 0 || letter == '_'; });
  return {name.begin(), end};
}

/// Whether a tensor is of a layer such as the backbone has, or of a further one of its row: a
/// "layer5". What is called otherwise is a head, or another network.
bool is_of_a_layer(const std::string& name, const std::vector<std::string>& children) {
  const std::string first = name.substr(0, name.find('.'));
  if (std::ranges::find(children, first) != children.end()) return true;
  if (first == "fc" || first == "fc8") return false;  // the last layer of ResNets and of AlexNet
  return std::ranges::any_of(children, [&](const std::string& child) {
    return !stem_of(child).empty() && stem_of(child) == stem_of(first);
  });
}

/// What of the encoder's options would take the file as it is; empty where that is not plain.
std::string hint(const encoders::Encoder& encoder, const Tensors& own,
                 const files::TensorFile& file, const WeightNames& names) {
  const auto has = [&](const char* name) {
    return names.of_own.contains(name) || names.more.contains(name);
  };
  if (own.contains("layer1.0.conv1.weight") && has("layer1.0.conv1.weight")) {
    const char* const bottleneck = "layer1.0.conv3.weight";
    if (has(bottleneck) != own.contains(bottleneck))
      return fmt::format("; the file's network has {}: encoder.name = \"{}\" may be it",
                         has(bottleneck) ? "bottlenecks" : "no bottlenecks",
                         has(bottleneck) ? "resnet50" : "resnet18");
  }
  const auto entry = names.of_own.find("conv1.weight");
  if (entry == names.of_own.end() || !own.contains("conv1.weight")) return "";
  const at::Tensor &theirs = file.tensors.at(entry->second), &ours = own.at("conv1.weight");
  if (theirs.dim() != 4) return "";
  if (theirs.size(2) != ours.size(2) && (theirs.size(2) == 3 || theirs.size(2) == 7))
    return fmt::format("; the file's entry is {0} × {0}: encoder.small_stem = {1} has that",
                       theirs.size(2), theirs.size(2) == 3);
  if (theirs.size(1) != ours.size(1))
    return fmt::format("; the file's network takes {} channels, view '{}' has {}", theirs.size(1),
                       encoder->shape().name, ours.size(1));
  return "";
}

/// Throws Error unless the file has what the backbone needs, in its shapes, and no layer beyond it.
void check_fits(const encoders::Encoder& encoder, const Tensors& own, const files::TensorFile& file,
                const WeightNames& names, const std::string& where) {
  const std::vector<std::string> children = children_of(encoder);
  std::vector<std::string> missing, unexpected, unlike;
  for (const auto& [name, tensor] : own) {
    const auto found = names.of_own.find(name);
    if (counts_batches(name)) continue;
    if (found == names.of_own.end())
      missing.push_back(name);
    else if (const at::Tensor& stored = file.tensors.at(found->second);
             stored.sizes() != tensor.sizes())
      unlike.push_back(fmt::format("{} is [{}] in the file, but [{}] in the encoder", found->second,
                                   fmt::join(stored.sizes(), ", "),
                                   fmt::join(tensor.sizes(), ", ")));
  }
  for (const auto& [name, stored] : names.more)
    if (is_of_a_layer(name, children)) unexpected.push_back(stored);
  if (missing.empty() && unexpected.empty() && unlike.empty()) return;
  std::string message = where + ": not the weights of this encoder";
  if (names.of_own.empty()) {
    std::vector<std::string> theirs, ours;
    for (const auto& [name, tensor] : file.tensors) theirs.push_back(name);
    for (const auto& [name, tensor] : own) ours.push_back(name);
    fail("{}: none of its tensors has a name of the encoder's; it holds {}; the encoder has {}",
         message, theirs.empty() ? "nothing" : first_few(theirs), first_few(ours));
  }
  if (!missing.empty() || !unexpected.empty())
    message += fmt::format(
        ": it lacks {}; it holds {}", missing.empty() ? "nothing" : first_few(missing),
        unexpected.empty() ? "nothing unexpected" : "unexpected " + first_few(unexpected));
  if (!unlike.empty()) message += ": " + first_few(unlike);
  fail("{}{}", message, hint(encoder, own, file, names));
}

/// A tensor of the file in the type of the encoder's. Throws Error where it is no weight.
at::Tensor converted(const at::Tensor& stored, const at::Tensor& own, const std::string& name,
                     const std::string& where) {
  check(stored.is_floating_point() == own.is_floating_point(),
        "{}: {} is of type {}, where {} was expected{}", where, name,
        at::toString(stored.scalar_type()), at::toString(own.scalar_type()),
        own.is_floating_point() ? "; quantised weights are not read" : "");
  const at::Tensor result = stored.to(own.scalar_type());
  if (!own.is_floating_point()) return result;
  const auto odd = at::isfinite(result).logical_not().sum().item<std::int64_t>();
  check(odd == 0, "{}: {} of {} numbers of {} are NaN or infinite{}", where, odd, stored.numel(),
        name, at::isfinite(stored).all().item<bool>() ? " in float32" : "");
  return result;
}

/// What load_pretrained returns, of what was done.
std::string line(const encoders::Encoder& encoder, const std::filesystem::path& path,
                 const Tensors& own, const files::TensorFile& file, const WeightNames& names) {
  std::int64_t numbers = 0;
  std::set<std::string> types, used;
  std::vector<std::string> missing, dropped;
  for (const auto& [name, tensor] : own) {
    const auto found = names.of_own.find(name);
    if (found == names.of_own.end()) {
      missing.push_back(name);
      continue;
    }
    used.insert(found->second);
    numbers += tensor.numel();
    if (const at::ScalarType type = file.tensors.at(found->second).scalar_type();
        type != tensor.scalar_type() && !counts_batches(name))
      types.insert(at::toString(type));
  }
  for (const auto& [name, tensor] : file.tensors)
    if (!used.contains(name)) dropped.push_back(name);
  std::string text = fmt::format("view {}: {}: loaded {} tensors, {} numbers",
                                 encoder->shape().name, path.string(), used.size(), numbers);
  if (!types.empty()) text += fmt::format(", converted from {} to Float", fmt::join(types, ", "));
  if (!names.prefix.empty()) text += fmt::format("; names without \"{}\"", names.prefix);
  if (!names.others.empty())
    text += fmt::format(" (the network is under {} as well)", fmt::join(names.others, ", "));
  if (!names.spelling.empty()) text += "; " + names.spelling;
  text += dropped.empty() ? "; dropped nothing" : "; dropped " + first_few(dropped);
  text += missing.empty() ? "; missing nothing"
                          : fmt::format("; missing {}: counts of batches, which stay as they are",
                                        first_few(missing));
  return text;
}

}  // namespace

std::string load_pretrained(encoders::Encoder& encoder, const std::filesystem::path& path) {
  const at::NoGradGuard no_grad;
  const std::string where =
      fmt::format("encoder.weights of view '{}': {}", encoder->shape().name, path.string());
  check(std::filesystem::is_regular_file(path), "{}: there is no such file", where);
  const encoders::NetworkFile kind = encoders::network_file(path);
  if (kind != encoders::NetworkFile::safetensors && kind != encoders::NetworkFile::unknown) {
    const std::string way = encoders::to_safetensors(kind, path);
    fail("{}: this is {}; weights are read from safetensors files{}", where,
         encoders::describe(kind), way.empty() ? "" : "; " + way);
  }
  files::TensorFile file = files::load_safetensors(path);
  const Tensors own = backbone_of(encoder);
  WeightNames names;
  try {
    names = match_names(shapes_of(file.tensors), shapes_of(own), children_of(encoder),
                        encoder->shape().name);
  } catch (const Error& error) {
    fail("{}: {}", where, error.what());
  }
  check_fits(encoder, own, file, names, where);
  Tensors weights;
  for (const auto& [name, stored] : names.of_own) {
    const at::Tensor& tensor = file.tensors.at(stored);
    if (!counts_batches(name))
      weights[name] = converted(tensor, own.at(name), stored, where);
    else if (tensor.numel() == 1)
      weights[name] = tensor.to(at::kLong).reshape({});
  }
  for (const auto& [name, tensor] : weights) own.at(name).copy_(tensor);
  return line(encoder, path, own, file, names);
}

}  // namespace cmc::encoders
