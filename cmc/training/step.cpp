#include "cmc/training/step.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "cmc/contrast/gradient_cache.h"
#include "cmc/contrast/negatives/momentum_encoder.h"
#include "cmc/device.h"
#include "cmc/libtorch.h"
#include "cmc/training/fetched.h"

namespace cmc::training {
namespace {

/// The rows of one of several passes over a batch.
struct PassRows {
  std::int64_t first, rows;

  PassRows(std::int64_t batch, std::int64_t pass, std::int64_t passes)
      : first(pass * batch / passes), rows((pass + 1) * batch / passes - first) {}
  at::Tensor of(const at::Tensor& x) const { return x.defined() ? x.narrow(0, first, rows) : x; }
};

/// The same of rows of several processes, `part` the one that a row's batch norms are computed in.
at::Tensor trainable_in_parts(const at::Tensor& present, const at::Tensor& part,
                              std::int64_t views) {
  at::Tensor has = present.defined() ? present.clone() : at::ones({part.size(0), views}, at::kBool);
  const std::int64_t parts = part.numel() > 0 ? part.max().item<std::int64_t>() + 1 : 0;
  for (std::int64_t p = 0; p < parts; ++p) {
    const at::Tensor rows = (part == p).unsqueeze(1);
    const at::Tensor few = has.logical_and(rows).sum(0, true) < 2;
    has = has.logical_and(rows.logical_and(few).logical_not());
  }
  return has.all().item<bool>() ? at::Tensor() : has;
}

/// A view that a single sample of a pass has can't be trained on: batch norms need two rows.
at::Tensor trainable(const at::Tensor& present, std::int64_t passes) {
  if (!present.defined()) return present;
  std::vector<at::Tensor> parts;
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    const at::Tensor part = PassRows(present.size(0), pass, passes).of(present);
    parts.push_back(part.logical_and(part.sum(0, true) > 1));
  }
  return at::cat(parts);
}

std::vector<at::Tensor> concatenated(const std::vector<const std::vector<at::Tensor>*>& parts) {
  std::vector<at::Tensor> views;
  for (std::size_t v = 0; v < parts.front()->size(); ++v) {
    std::vector<at::Tensor> rows;
    for (const std::vector<at::Tensor>* part : parts) rows.push_back(part->at(v));
    views.push_back(at::cat(rows));
  }
  return views;
}

}  // namespace

Step::Step(Model& model, Optimizer& optimizer, const TrainOptions& options, at::Device device,
           bool bfloat16, Team* team, Together* together)
    : model_(model),
      optimizer_(optimizer),
      options_(options),
      device_(device),
      bfloat16_(bfloat16),
      team_(team),
      together_(together) {
  optimizer_.zero_grad();
}

void Step::learn_from(data::Batch batch) {
  ++met_;
  if (together_ != nullptr) return learn_together(std::move(batch));
  if (!batch.left_out.empty()) model_->objective->leave_out(at::tensor(batch.left_out, at::kLong));
  // A batch that unreadable samples left without a negative teaches nothing.
  if (batch.size() < 2) return;
  const std::int64_t passes = std::min(options_.passes, batch.size() / 2);
  Contrasted seen;
  seen.extras.present = trainable(batch.present, passes);
  const std::int64_t anchors = batch.size() - batch.companions;
  if (batch.companions > 0) seen.extras.anchors = anchors;
  if (anchors == 0 || !model_->objective->has_negatives(
                          seen.extras.present, model_->objective->groups_of(batch.indices),
                          model_->objective->positives_of(batch.indices), seen.extras.anchors))
    return;
  seen.indices = batch.indices;
  const std::vector<at::Tensor> views = on_device(std::move(batch.views), device_);
  {
    const Autocast autocast(device_.type(), bfloat16_);
    seen.extras.keys = model_->embed_by_momentum(views, seen.extras.present, team_);
  }
  const contrast::ContrastResult result = differentiate(views, passes, seen);
  add(result, std::move(seen));
}

/// Keeps what a batch brought until the step moves.
void Step::add(const contrast::ContrastResult& result, Contrasted batch) {
  for (at::Tensor& embedding : batch.embeddings) embedding = embedding.detach();
  numbers_.push_back(result.numbers());
  contrasted_.push_back(of_anchors(std::move(batch)));
}

std::vector<at::Tensor> Step::embed(const std::vector<at::Tensor>& views,
                                    const at::Tensor& present) {
  const Autocast autocast(device_.type(), bfloat16_);
  std::vector<at::Tensor> embeddings = model_->embed(views, present, team_);
  note_finite(embeddings);
  return embeddings;
}

/// An embedding that is not finite ends the step when it moves; on the CPU, where nothing waits for
/// that, at once, before the objective names its row.
void Step::note_finite(const std::vector<at::Tensor>& embeddings) {
  for (const at::Tensor& embedding : embeddings) {
    finite_.push_back(embedding.detach().isfinite().all());
    if (embedding.is_cpu() && !finite_.back().item<bool>())
      throw NotFinite("an embedding is not finite");
  }
}

void Step::learn_together(data::Batch own) {
  const auto views = static_cast<std::int64_t>(own.views.size());
  const auto& [group, buckets, batch_size, passes] = *together_;
  const WholeBatch whole(group, own, batch_size, passes, views);
  if (!whole.left_out().empty())
    model_->objective->leave_out(at::tensor(whole.left_out(), at::kLong));
  if (whole.size() < 2) return;
  Contrasted seen;
  const bool local = options_.batch_norm == BatchNormScope::local;
  seen.extras.present = trainable_in_parts(
      whole.present(), local ? whole.passes() * group.size() + whole.owners() : whole.passes(),
      views);
  if (!model_->objective->has_negatives(seen.extras.present,
                                        model_->objective->groups_of(whole.indices()),
                                        model_->objective->positives_of(whole.indices())))
    return;
  seen.indices = whole.indices();
  const std::vector<at::Tensor> own_views = on_device(std::move(own.views), device_);
  const at::Tensor present = seen.extras.present.defined()
                                 ? seen.extras.present.index_select(0, whole.own())
                                 : at::Tensor();
  std::vector<at::Tensor> keys;
  {
    const Autocast autocast(device_.type(), bfloat16_);
    keys = model_->embed_by_momentum(own_views, present, team_);
  }
  for (const at::Tensor& key : keys) seen.extras.keys.push_back(whole.gather(key));
  const contrast::ContrastResult result = differentiate_together(own_views, present, whole, seen);
  add(result, std::move(seen));
}

/// The loss of the whole batch; the gradient that this process's rows give is in the parameters
/// then.
contrast::ContrastResult Step::differentiate_together(const std::vector<at::Tensor>& views,
                                                      const at::Tensor& present,
                                                      const WholeBatch& whole, Contrasted& batch) {
  const std::int64_t passes = together_->passes;
  const auto encode = [&](std::int64_t pass) {
    const auto [first, count] = whole.own_of_pass(pass);
    const auto of_pass = [first = first, count = count](const at::Tensor& x) {
      return x.defined() ? x.narrow(0, first, count) : x;
    };
    std::vector<at::Tensor> rows;
    for (const at::Tensor& view : views) rows.push_back(of_pass(view));
    const Autocast autocast(device_.type(), bfloat16_);
    return model_->embed(rows, of_pass(present), team_);
  };
  // With one pass its graph is kept; of several, each is encoded again.
  std::vector<at::Tensor> own;
  if (passes == 1) {
    own = encode(0);
  } else {
    const at::NoGradGuard no_grad;
    std::vector<std::vector<at::Tensor>> parts;
    for (std::int64_t pass = 0; pass < passes; ++pass) parts.push_back(encode(pass));
    std::vector<const std::vector<at::Tensor>*> all;
    for (const std::vector<at::Tensor>& part : parts) all.push_back(&part);
    own = concatenated(all);
  }
  for (const at::Tensor& embedding : own)
    batch.embeddings.push_back(whole.gather(embedding).requires_grad_());
  // All processes find the same here, and of the loss and the gradient, so that all stop.
  note_finite(batch.embeddings);
  contrast::ContrastResult result =
      model_->objective->forward(batch.embeddings, batch.indices, batch.extras);
  result.loss.backward();
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    if (passes > 1) own = encode(pass);
    const auto [first, count] = whole.own_of_pass(pass);
    const at::Tensor rows = sent_to(whole.own().narrow(0, first, count), device_);
    at::Tensor driven;
    for (std::size_t view = 0; view < own.size(); ++view) {
      const at::Tensor& gradient = batch.embeddings[view].grad();
      if (!gradient.defined() || !own[view].requires_grad()) continue;
      const at::Tensor part = (own[view] * gradient.index_select(0, rows)).sum();
      driven = driven.defined() ? driven + part : part;
    }
    if (met_ == options_.accumulate && pass + 1 == passes) together_->buckets.begin();
    if (driven.defined()) driven.backward();
  }
  return result;
}

/// What the objective keeps of a batch: its anchors, which no other batch of a step has.
Step::Contrasted Step::of_anchors(Contrasted batch) {
  if (!batch.extras.anchors) return batch;
  const auto first = [anchors = *batch.extras.anchors](at::Tensor& rows) {
    if (rows.defined()) rows = rows.narrow(0, 0, anchors);
  };
  first(batch.indices);
  first(batch.extras.present);
  for (auto* views : {&batch.embeddings, &batch.extras.keys})
    for (at::Tensor& view : *views) first(view);
  batch.extras.anchors.reset();
  return batch;
}

/// The loss of a batch, whose gradient is in the parameters then.
contrast::ContrastResult Step::differentiate(const std::vector<at::Tensor>& views,
                                             std::int64_t passes, Contrasted& batch) {
  if (passes == 1) {
    batch.embeddings = embed(views, batch.extras.present);
    contrast::ContrastResult result =
        model_->objective->forward(batch.embeddings, batch.indices, batch.extras);
    result.loss.backward();
    return result;
  }
  const auto encode = [&](std::int64_t pass) {
    const PassRows rows(batch.indices.size(0), pass, passes);
    std::vector<at::Tensor> own;
    for (const at::Tensor& view : views) own.push_back(rows.of(view));
    return embed(own, rows.of(batch.extras.present));
  };
  contrast::CachedContrast whole = contrast::contrast_with_gradient_cache(
      model_->objective, passes, encode, batch.indices, batch.extras);
  batch.embeddings = std::move(whole.embeddings);
  return std::move(whole.contrast);
}

/// What the step showed, means over its batches: all that is read of the device, at once. Throws
/// NotFinite.
StepFigures Step::figures() const {
  std::vector<at::Tensor> tensors = {at::stack(finite_).all(), optimizer_.gradient_norm()};
  tensors.insert(tensors.end(), numbers_.begin(), numbers_.end());
  const std::vector<double> read = fetched(tensors);
  if (read[0] == 0) throw NotFinite("an embedding is not finite");
  StepFigures figures;
  figures.gradient_norm = read[1];
  std::span<const double> rest = std::span(read).subspan(2);
  for (const at::Tensor& numbers : numbers_) {
    const auto count = static_cast<std::size_t>(numbers.numel());
    const contrast::ContrastFigures own = contrast::figures_of(rest.first(count));
    rest = rest.subspan(count);
    if (!std::isfinite(own.loss)) throw NotFinite(fmt::format("the loss is {}", own.loss));
    figures.loss += own.loss;
    figures.k += own.k;
    figures.training_estimate += own.training_estimate();
    figures.ceiling += own.ceiling();
    figures.positive_first += own.positive_first;
    figures.positive_similarity += own.positive_similarity;
    figures.negative_similarity += own.negative_similarity;
    figures.temperature = own.temperature;
    figures.log_z = own.log_z;
    figures.logit_bias = own.logit_bias;
  }
  if (!std::isfinite(figures.gradient_norm))
    throw NotFinite(fmt::format("the gradient's norm is {}", figures.gradient_norm));
  for (double* const sum :
       {&figures.loss, &figures.k, &figures.training_estimate, &figures.ceiling,
        &figures.positive_first, &figures.positive_similarity, &figures.negative_similarity})
    *sum *= 1.0 / static_cast<double>(numbers_.size());
  return figures;
}

StepFigures Step::move(std::int64_t done, std::int64_t steps) {
  if (together_ != nullptr) together_->buckets.finish();
  // The mean over the batches that taught something: which ones is known only now.
  if (contrasted_.size() > 1)
    optimizer_.scale_gradients(1.0 / static_cast<double>(contrasted_.size()));
  StepFigures figures = this->figures();
  optimizer_.clip_gradients(figures.gradient_norm, options_.clip_gradient);
  const double factor = schedule_factor(options_.schedule, done, steps);
  optimizer_.step(factor);
  const Contrasted whole = joined(std::move(contrasted_));
  model_->objective->update(whole.indices, whole.embeddings, whole.extras);
  model_->follow(contrast::momentum_at(options_.encoder_momentum, done));
  figures.learning_rate = factor * optimizer_.learning_rate();
  return figures;
}

/// The batches of a step as one: the objective moves once a step.
Step::Contrasted Step::joined(std::vector<Contrasted> batches) {
  if (batches.size() == 1) return std::move(batches.front());
  std::vector<at::Tensor> indices, present;
  std::vector<const std::vector<at::Tensor>*> embeddings, keys;
  bool complete = true;
  for (const Contrasted& batch : batches) {
    indices.push_back(batch.indices);
    embeddings.push_back(&batch.embeddings);
    keys.push_back(&batch.extras.keys);
    const at::Tensor& own = batch.extras.present;
    complete = complete && !own.defined();
    present.push_back(own.defined() ? own
                                    : at::ones({batch.indices.size(0),
                                                static_cast<std::int64_t>(batch.embeddings.size())},
                                               at::kBool));
  }
  Contrasted whole{.indices = at::cat(indices),
                   .embeddings = concatenated(embeddings),
                   .extras = {.present = {}, .keys = concatenated(keys)}};
  if (!complete) whole.extras.present = at::cat(present);
  return whole;
}

}  // namespace cmc::training
