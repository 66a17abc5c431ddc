#include "cmc/exchange/load.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/error.h"
#include "cmc/exchange/sha256.h"
#include "cmc/training/checkpoint.h"
#include "cmc/training/run_folder.h"

namespace cmc::exchange {
namespace {

/// Copies the encoders' part of a checkpoint's model into them.
void fill(std::vector<encoders::Encoder>& encoders, const std::map<std::string, at::Tensor>& state,
          const std::filesystem::path& file) {
  const at::NoGradGuard no_grad;
  for (std::size_t v = 0; v < encoders.size(); ++v) {
    if (v > 0 && encoders[v].get() == encoders[0].get()) break;  // shared
    const std::string prefix = "encoder_" + encoders[v]->shape().name + ".";
    const auto copy = [&](const std::string& name, at::Tensor& to) {
      const auto found = state.find(prefix + name);
      check(found != state.end(), "{}: lacks {}{}, which the run's recipe asks for", file.string(),
            prefix, name);
      check(found->second.sizes() == to.sizes(),
            "{}: {}{} is [{}], where the run's recipe asks for [{}]", file.string(), prefix, name,
            fmt::join(found->second.sizes(), ", "), fmt::join(to.sizes(), ", "));
      to.copy_(found->second);
    };
    for (auto& entry : encoders[v]->named_parameters()) copy(entry.key(), entry.value());
    for (auto& entry : encoders[v]->named_buffers()) copy(entry.key(), entry.value());
  }
}

}  // namespace

Output output(std::string_view name) {
  if (name == "representation") return Output::representation;
  if (name == "embedding") return Output::embedding;
  throw UsageError(
      fmt::format("output \"{}\" is unknown; it must be representation or embedding", name));
}

std::string_view name(Output output) {
  return output == Output::representation ? "representation" : "embedding";
}

at::Tensor chosen(const encoders::Encoding& encoding, Output output) {
  if (output == Output::representation) return encoding.representation;
  const at::Tensor& z = encoding.embedding;
  return z / (z * z).sum({1}, true).sqrt().clamp_min(1e-12);
}

std::size_t LoadedRun::view(const std::string& name) const {
  std::vector<std::string> names;
  for (const data::ViewShape& shape : split->views()) names.push_back(shape.name);
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    throw UsageError(fmt::format("{} has no view \"{}\"; it has {}; the nearest is \"{}\"",
                                 path.string(), name, fmt::join(names, ", "),
                                 nearest_name(name, names)));
  return static_cast<std::size_t>(found - names.begin());
}

std::int64_t LoadedRun::dimension(std::size_t view, Output output) const {
  return output == Output::representation ? encoders[view]->representation_dim()
                                          : encoders[view]->embedding_dim();
}

at::Tensor LoadedRun::prepare(std::size_t view, std::span<const cv::Mat> pictures) const {
  const std::vector<data::ViewShape>& shapes = split->views();
  std::vector<at::Tensor> views;
  for (const data::ViewShape& shape : shapes)
    views.push_back(at::empty(
        {static_cast<std::int64_t>(pictures.size()), shape.channels, shape.height, shape.width},
        at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast)));
  std::vector<float*> rows(views.size());
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    for (std::size_t v = 0; v < views.size(); ++v)
      rows[v] = views[v].data_ptr<float>() + static_cast<std::int64_t>(i) * shapes[v].numel();
    split->apply({.index = static_cast<std::int64_t>(i), .values = {pictures[i]}}, {}, rows);
  }
  return views[view];
}

at::Tensor LoadedRun::encode(std::size_t view, std::span<const cv::Mat> pictures,
                             Output output) const {
  encoders::Encoder encoder = encoders[view];
  const at::Tensor x = prepare(view, pictures).to(encoder->parameters().front().device());
  if (output == Output::representation) return encoder->represent(x);
  return chosen(encoder->forward(x), output);
}

std::string LoadedRun::recipe_sha256() const {
  return sha256(training::to_toml(recipe));
}

LoadedRun load(const std::filesystem::path& path, const LoadOptions& options) {
  const training::RunFolder run = training::RunFolder::open(path);
  LoadedRun loaded;
  loaded.path = path;
  loaded.recipe = run.recipe();
  loaded.checkpoint = options.checkpoint;
  check(loaded.recipe.view.empty(),
        "{}: its views come from a manifest; what is handed on are encoders of pictures",
        path.string());
  loaded.pictures = run.pictures();
  loaded.split = views::make_split(loaded.recipe.views, loaded.pictures, views::Mode::evaluate);
  loaded.encoders = encoders::make_encoders(loaded.recipe.encoder, loaded.split->views());
  const std::filesystem::path file = run.checkpoint(options.checkpoint);
  const training::Checkpoint checkpoint = training::load_checkpoint(file);
  loaded.steps = checkpoint.step;
  fill(loaded.encoders, checkpoint.model, file);
  for (encoders::Encoder& encoder : loaded.encoders) {
    encoder->to(options.device);
    encoder->eval();
    for (at::Tensor& parameter : encoder->parameters()) parameter.set_requires_grad(false);
  }
  return loaded;
}

}  // namespace cmc::exchange
