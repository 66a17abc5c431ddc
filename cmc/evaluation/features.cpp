#include "cmc/evaluation/features.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/encoders/batch_norm.h"
#include "cmc/encoders/encode_views.h"
#include "cmc/error.h"
#include "cmc/evaluation/shared_features.h"
#include "cmc/libtorch.h"
#include "cmc/parallel.h"

namespace cmc::evaluation {
namespace {

/// Sets the mode of the encoders for a scope.
class Mode {
 public:
  Mode(std::span<encoders::Encoder> encoders, bool train) : encoders_(encoders) {
    for (encoders::Encoder& encoder : encoders_) {
      before_.push_back(encoder->is_training());
      encoder->train(train);
    }
  }
  ~Mode() {
    for (std::size_t v = 0; v < before_.size(); ++v) encoders_[v]->train(before_[v]);
  }
  Mode(const Mode&) = delete;
  Mode& operator=(const Mode&) = delete;

 private:
  std::span<encoders::Encoder> encoders_;
  std::vector<bool> before_;
};

void check_views(std::span<encoders::Encoder> encoders, const data::Batch& batch) {
  check(encoders.size() == batch.views.size(), "{} encoders were given {} views: one is for each",
        encoders.size(), batch.views.size());
}

/// Collects what `of` makes of view v of each batch.
Features collect(data::Loader& loader, const FeatureOptions& options,
                 const std::function<encoders::Encoding(std::size_t, const at::Tensor&,
                                                        const at::Tensor&)>& of) {
  std::vector<std::vector<at::Tensor>> representations, embeddings;
  std::vector<at::Tensor> labels, indices, present;
  bool complete = true;
  loader.start(0);
  const double batches = static_cast<double>(std::max<std::int64_t>(1, loader.batches_per_epoch()));
  for (double done = 1; std::optional<data::Batch> batch = loader.next(); ++done) {
    if (batch->size() > 0) {
      representations.resize(batch->views.size());
      embeddings.resize(batch->views.size());
      for (std::size_t v = 0; v < batch->views.size(); ++v) {
        const encoders::Encoding encoding =
            of(v, batch->views[v].to(options.device), data::present_in(batch->present, v));
        representations[v].push_back(encoding.representation.to(at::kCPU));
        if (encoding.embedding.defined()) embeddings[v].push_back(encoding.embedding.to(at::kCPU));
      }
      labels.push_back(batch->labels.clone());
      indices.push_back(batch->indices.clone());
      complete = complete && !batch->present.defined();
      present.push_back(
          batch->present.defined()
              ? batch->present.clone()
              : at::ones({batch->size(), static_cast<std::int64_t>(batch->views.size())},
                         at::kBool));
    }
    if (options.progress) options.progress(done / batches);
  }
  if (labels.empty() && options.group != nullptr)
    return joined(*options.group, {{}, {}, at::empty({0}, at::kLong), at::empty({0}, at::kLong)});
  check(!labels.empty(), "there is no sample to take features of");
  Features features{{}, {}, at::cat(labels), at::cat(indices)};
  if (!complete) features.present = at::cat(present);
  for (std::size_t v = 0; v < representations.size(); ++v) {
    features.representations.push_back(at::cat(representations[v]));
    representations[v].clear();
    if (!embeddings[v].empty()) features.embeddings.push_back(at::cat(embeddings[v]));
  }
  return options.group == nullptr ? features : joined(*options.group, features);
}

constexpr std::int64_t most_values = 4096;
constexpr std::int64_t raw_side = 32;
constexpr std::int64_t layer_side = 2;

/// Maps of more than most_values are averaged down to `side` places a side.
at::Tensor flattened(const at::Tensor& x, std::int64_t side) {
  if (x.dim() != 4 || x[0].numel() <= most_values) return x.flatten(1).clone();
  return at::adaptive_avg_pool2d(x, {std::min(side, x.size(2)), std::min(side, x.size(3))})
      .flatten(1);
}

/// Rows of missing views are 0, as encode_present has them. In evaluation mode no row depends on
/// the others, so that all may run.
at::Tensor at_layer(encoders::Encoder& encoder, const at::Tensor& view, const at::Tensor& own,
                    const std::string& layer) {
  at::Tensor values = flattened(encoder->layer(view, layer).to(at::kFloat), layer_side);
  if (!own.defined()) return values;
  return values.masked_fill(own.logical_not().unsqueeze(1).to(values.device()), 0);
}

}  // namespace

at::Tensor Features::all(const std::vector<at::Tensor>& means) const {
  if (!present.defined()) return at::cat(representations, 1);
  std::vector<at::Tensor> filled;
  for (std::size_t v = 0; v < representations.size(); ++v) {
    const at::Tensor own = present.select(1, static_cast<std::int64_t>(v));
    filled.push_back(at::where(own.unsqueeze(1), representations[v], means[v]));
  }
  return at::cat(filled, 1);
}

std::vector<at::Tensor> Features::means() const {
  std::vector<at::Tensor> means;
  for (std::size_t v = 0; v < representations.size(); ++v) {
    const at::Tensor rows = rows_having(*this, {v});
    means.push_back(rows.size(0) > 0 ? representations[v].index_select(0, rows).mean(0)
                                     : at::zeros({representations[v].size(1)}));
  }
  return means;
}

Features select(const Features& features, const at::Tensor& rows) {
  const auto chosen = [&](const at::Tensor& x) { return x.index_select(0, rows); };
  Features some{{}, {}, chosen(features.labels), chosen(features.indices)};
  for (const at::Tensor& x : features.representations) some.representations.push_back(chosen(x));
  for (const at::Tensor& x : features.embeddings) some.embeddings.push_back(chosen(x));
  if (features.present.defined()) some.present = chosen(features.present);
  if (features.targets.defined()) some.targets = chosen(features.targets);
  return some;
}

at::Tensor rows_having(const Features& features, std::initializer_list<std::size_t> views) {
  at::Tensor having = at::ones({features.labels.size(0)}, at::kBool);
  for (const std::size_t view : views)
    if (const at::Tensor own = data::present_in(features.present, view); own.defined())
      having = having.logical_and(own);
  return having.nonzero().squeeze(1);
}

Features extract_features(std::span<encoders::Encoder> encoders, data::Loader& loader,
                          const FeatureOptions& options) {
  if (!options.layer.empty()) check_layer(encoders, options.layer);
  const at::NoGradGuard no_grad;
  const Mode mode(encoders, false);
  std::optional<ThreadsScope> own;
  if (options.group != nullptr) {
    broadcast(*options.group, encoders);
    own.emplace(own_threads(*options.group));
  }
  const std::unique_ptr<Team> team = encoders::encoding_team(options.device);
  return collect(loader, options,
                 [&](std::size_t v, const at::Tensor& view, const at::Tensor& own) {
                   check(v < encoders.size(), "{} encoders were given more views: one is for each",
                         encoders.size());
                   const Autocast autocast(options.device.type(), options.bfloat16);
                   encoders::Encoding encoding =
                       std::move(encoders::encode_views(team.get(), encoders.subspan(v, 1), {view},
                                                        own.defined() ? own.unsqueeze(1) : own)
                                     .front());
                   if (!options.layer.empty())
                     encoding.representation = at_layer(encoders[v], view, own, options.layer);
                   return encoding;
                 });
}

void check_layer(std::span<const encoders::Encoder> encoders, const std::string& layer) {
  for (const encoders::Encoder& encoder : encoders) {
    const std::vector<std::string> layers = encoder->layers();
    if (std::ranges::count(layers, layer) > 0) continue;
    throw UsageError(fmt::format(
        "the encoder of view '{}' has no layer \"{}\"; it has {}; the nearest is \"{}\"",
        encoder->shape().name, layer, fmt::join(layers, ", "), nearest_name(layer, layers)));
  }
}

Features raw_features(data::Loader& loader, const FeatureOptions& options) {
  const at::NoGradGuard no_grad;
  return collect(loader, options, [](std::size_t, const at::Tensor& view, const at::Tensor&) {
    return encoders::Encoding{flattened(view, raw_side), {}};
  });
}

void calibrate_batch_norms(std::span<encoders::Encoder> encoders, data::Loader& loader,
                           std::int64_t batches, const FeatureOptions& options) {
  const at::NoGradGuard no_grad;
  const Mode mode(encoders, true);
  std::vector<std::pair<torch::nn::BatchNormOptions*, std::optional<double>>> momenta;
  const auto cumulative = [&](auto* norm) {
    if (norm == nullptr || !norm->is_training()) return false;  // a frozen network keeps its own
    norm->reset_running_stats();
    momenta.emplace_back(&norm->options, norm->options.momentum().has_value()
                                             ? std::optional<double>(*norm->options.momentum())
                                             : std::nullopt);
    norm->options.momentum(c10::nullopt);  // the mean over all batches so far
    return true;
  };
  for (std::size_t v = 0; v < encoders.size(); ++v) {
    const bool seen = std::ranges::any_of(encoders.first(v), [&](const encoders::Encoder& other) {
      return other.get() == encoders[v].get();
    });
    if (seen) continue;  // shared
    for (const auto& module : encoders[v]->modules()) {
      cumulative(module->as<encoders::BatchNorm>());
    }
  }
  loader.start(0);
  for (std::int64_t i = 0; i < batches; ++i) {
    const std::optional<data::Batch> batch = loader.next();
    if (!batch) break;
    if (batch->size() < 2) continue;
    check_views(encoders, *batch);
    for (std::size_t v = 0; v < encoders.size(); ++v) {
      const Autocast autocast(options.device.type(), options.bfloat16);
      const at::Tensor own = data::present_in(batch->present, v);
      if (own.defined() && own.sum().item<std::int64_t>() < 2) continue;
      encoders::encode_present(encoders[v], batch->views[v].to(options.device), own);
    }
  }
  for (const auto& [norm, momentum] : momenta) {
    if (momentum) norm->momentum(*momentum);
  }
}

}  // namespace cmc::evaluation
