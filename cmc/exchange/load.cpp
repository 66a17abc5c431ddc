#include "cmc/exchange/load.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <opencv2/core.hpp>

#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/error.h"
#include "cmc/exchange/one_view.h"
#include "cmc/files/sha256.h"
#include "cmc/runs/learned_views.h"
#include "cmc/runs/recipe_views.h"
#include "cmc/runs/run_folder.h"
#include "cmc/views/sheet.h"

namespace cmc::exchange {
namespace {

/// Copies the encoders' part of a checkpoint's model into them.
void fill(std::vector<encoders::Encoder>& encoders, const std::map<std::string, at::Tensor>& state,
          const std::filesystem::path& file) {
  const at::NoGradGuard no_grad;
  for (std::size_t v = 0; v < encoders.size(); ++v) {
    if (encoders::is_repeated(encoders, v)) continue;
    const std::string prefix = "encoder_" + encoders[v]->shape().name + ".";
    const auto copy = [&](const std::string& name, at::Tensor& to) {
      const auto found = state.find(prefix + name);
      check(found != state.end(), "{}: lacks {}{}, which the run's recipe asks for", file.string(),
            prefix, name);
      check(found->second.sizes() == to.sizes(),
            "{}: {}{} is [{}], where the run's recipe asks for [{}]", file.string(), prefix, name,
            fmt::join(found->second.sizes(), ", "), fmt::join(to.sizes(), ", "));
      check(found->second.scalar_type() == to.scalar_type(),
            "{}: {}{} is {}, where {} was expected", file.string(), prefix, name,
            at::toString(found->second.scalar_type()), at::toString(to.scalar_type()));
      to.copy_(found->second);
    };
    for (auto& entry : encoders[v]->named_parameters()) copy(entry.key(), entry.value());
    for (auto& entry : encoders[v]->named_buffers()) copy(entry.key(), entry.value());
  }
}

/// Throws Error where a value is missing, or has fewer or more numbers than its source's.
void check_value(const data::Source& source, const cv::Mat& value, std::size_t place) {
  check(!value.empty(), "value {} of \"{}\" is missing: there is nothing to encode", place,
        source.name);
  const data::SourceShape& shape = source.shape;
  const auto due = static_cast<std::size_t>(shape.channels * shape.height * shape.width);
  if (!data::holds_numbers(source)) return;
  check((value.type() == CV_32FC1 || value.type() == CV_64FC1) && value.isContinuous() &&
            value.total() == due,
        "value {} of \"{}\" holds {} numbers; the run learned from {} × {} × {} of float32 or "
        "float64",
        place, source.name, value.total(), shape.channels, shape.height, shape.width);
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
  for (const data::ViewShape& shape : transform->views()) names.push_back(shape.name);
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

cv::Mat LoadedRun::read(std::size_t view, const std::filesystem::path& file) const {
  return data::read_value(file, sources.at(source(view)));
}

at::Tensor LoadedRun::prepare(std::size_t view, std::span<const cv::Mat> values) const {
  const OneView one(transform, view);
  const data::ViewShape& shape = one.views()[0];
  at::Tensor rows = at::empty(
      {static_cast<std::int64_t>(values.size()), shape.channels, shape.height, shape.width},
      at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
  data::Sample sample;
  sample.values.resize(statistics.sources.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    check_value(statistics.sources[shape.source], values[i], i);
    sample.index = static_cast<std::int64_t>(i);
    sample.values[shape.source] = values[i];
    float* const row = rows.data_ptr<float>() + sample.index * shape.numel();
    one.apply(sample, {}, {&row, 1});
  }
  return rows;
}

at::Tensor LoadedRun::encode(std::size_t view, std::span<const cv::Mat> values,
                             Output output) const {
  const at::NoGradGuard no_grad;
  encoders::Encoder encoder = encoders.at(view);
  const at::Tensor x = prepare(view, values).to(encoder->parameters().front().device());
  if (output == Output::representation) return encoder->represent(x);
  return chosen(encoder->forward(x), output);
}

cv::Mat LoadedRun::show(std::size_t view, const cv::Mat& value) const {
  data::Sample sample;
  sample.values.resize(statistics.sources.size());
  sample.values[source(view)] = value;
  return views::view_of(*runs::as_generated(transform, encoders), sample, view);
}

std::string LoadedRun::recipe_sha256() const {
  return files::sha256(recipe::to_toml(recipe));
}

LoadedRun load(const std::filesystem::path& path, const LoadOptions& options) {
  const runs::RunFolder run = runs::RunFolder::open(path);
  LoadedRun loaded;
  loaded.path = path;
  loaded.recipe = run.recipe();
  loaded.data = options.data;
  loaded.classes = run.info().value("classes", std::vector<std::string>{});
  loaded.checkpoint =
      options.checkpoint == runs::judged_checkpoint ? run.judged_checkpoint() : options.checkpoint;
  loaded.statistics = run.statistics();
  loaded.sources = runs::source_options(loaded.recipe, loaded.statistics);
  loaded.transform = runs::make_transform(loaded.recipe, loaded.statistics, views::Mode::evaluate);
  const auto trained = runs::make_transform(loaded.recipe, loaded.statistics, views::Mode::train);
  const std::vector<data::ViewShape>& shapes = trained->views();
  loaded.encoders =
      encoders::make_encoders(runs::encoder_options(run.with_encoder_files(), shapes), shapes);
  const training::Checkpoint checkpoint = run.checkpoint(loaded.checkpoint);
  loaded.steps = checkpoint.position.step;
  fill(loaded.encoders, checkpoint.model, run.checkpoint_file(loaded.checkpoint));
  for (encoders::Encoder& encoder : loaded.encoders) {
    encoder->to(options.device);
    encoder->eval();
    for (at::Tensor& parameter : encoder->parameters()) parameter.set_requires_grad(false);
  }
  return loaded;
}

}  // namespace cmc::exchange
