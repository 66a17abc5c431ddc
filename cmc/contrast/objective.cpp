#include "cmc/contrast/objective.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "cmc/contrast/embedded_batch.h"
#include "cmc/contrast/negatives/negative_source.h"
#include "cmc/contrast/statistics.h"
#include "cmc/error.h"

namespace cmc::contrast {
namespace {

/// A batch whose views agree, its indices and masks on the CPU. `samples`: how many there are, 0:
/// not known.
EmbeddedBatch checked_batch(const std::vector<at::Tensor>& embeddings, const at::Tensor& indices,
                            const BatchExtras& extras, std::int64_t views, std::int64_t samples) {
  const auto on_cpu = [](const at::Tensor& tensor) {
    return tensor.defined() ? tensor.cpu() : tensor;
  };
  EmbeddedBatch batch{.embeddings = embeddings,
                      .indices = on_cpu(indices),
                      .present = on_cpu(extras.present),
                      .keys = extras.keys,
                      .anchors = 0};
  check_embeddings(embeddings, views);
  const std::int64_t rows = embeddings[0].size(0);
  batch.anchors = extras.anchors.value_or(rows);
  check(batch.anchors > 0 && batch.anchors <= rows,
        "the first {} of {} rows are anchors; they must be 1 to {}", batch.anchors, rows, rows);
  check_indices(batch.indices, rows, samples);
  check_present(batch.present, rows, views);
  return batch;
}

/// Whether a direction lies between the two views of a pair.
bool between(const ViewPair& direction, const PairLoss& pair) {
  return std::minmax(direction.anchor, direction.candidate) == std::minmax(pair.first, pair.second);
}

}  // namespace

ObjectiveImpl::ObjectiveImpl(const ObjectiveOptions& options) : options_(options) {
  check_view_graph(options_.graph);
  check_negatives(options_.negatives);
  check_loss(options_.loss);
  check_groups(options_.groups);
  if (options_.groups.defined()) options_.groups = options_.groups.cpu().contiguous();
  if (options_.positives.defined()) {
    check_positives(options_.positives);
    options_.positives = options_.positives.cpu().reshape({options_.positives.size(0), -1});
  }
  if (options_.hard_negatives.defined()) {
    options_.hard_negatives = options_.hard_negatives.cpu().contiguous();
    check_hard_negatives(options_.hard_negatives);
    check(std::holds_alternative<MemoryBankOptions>(options_.negatives),
          "ObjectiveOptions::hard_negatives are met in a memory bank; with other sources the batch "
          "brings them, as rows after its anchors (BatchExtras::anchors)");
  }
  constraints_ = {.groups = options_.groups,
                  .present = options_.present,
                  .positives = options_.positives,
                  .hard_negatives = options_.hard_negatives};
  step_ = register_cpu_buffer("step", at::zeros({}, at::kLong));
  add_terms();
  source_ =
      make_negative_source(options_.negatives, options_.graph.views, constraints_, options_.seed);
  register_module(source_->module_name(), source_);
}

void ObjectiveImpl::add_terms() {
  ViewGraph rest{.views = options_.graph.views, .pairs = {}};
  std::vector<ViewGraph> own(options_.pair_losses.size(), rest);
  for (const ViewPair& direction : options_.graph.pairs) {
    const auto pair = std::ranges::find_if(
        options_.pair_losses, [&](const PairLoss& each) { return between(direction, each); });
    ViewGraph& graph = pair == options_.pair_losses.end()
                           ? rest
                           : own[static_cast<std::size_t>(pair - options_.pair_losses.begin())];
    graph.pairs.push_back(direction);
  }
  bool batch_alone = false, several = false;
  const auto add = [&](const Loss& loss, const ViewGraph& graph, torch::nn::Module& owner) {
    terms_.emplace_back(loss, graph, options_.seed, owner);
    batch_alone = batch_alone || of_batch_alone(loss);
    several = several || takes_positives(loss);
  };
  if (!rest.pairs.empty()) add(options_.loss, rest, *this);
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto& [first, second, loss] = options_.pair_losses[i];
    check(!own[i].pairs.empty(),
          "the pair ({}, {}) has a loss of its own, but the view graph has no such pair, or it is "
          "given twice",
          first, second);
    const auto owner = std::make_shared<torch::nn::Module>();
    register_module(fmt::format("pair_{}_{}", first, second), owner);
    add(loss, own[i], *owner);
  }
  check(!several || options_.positives.defined(),
        "the loss has several positives an anchor: ObjectiveOptions::positives must tell them");
  check(several || !options_.positives.defined(),
        "there are positive groups, but the loss has one positive an anchor");
  check(!batch_alone || std::holds_alternative<BatchOptions>(options_.negatives),
        "a loss here is of the batch's own embeddings alone (NT-Xent, multilinear, VICReg, Barlow "
        "Twins): the negatives must be BatchOptions, not a memory bank or a queue");
}

EmbeddedBatch ObjectiveImpl::checked(const std::vector<at::Tensor>& embeddings,
                                     const at::Tensor& indices, const BatchExtras& extras) const {
  const std::int64_t samples = source_->samples();
  const at::Tensor& known = options_.groups.defined() ? options_.groups : options_.positives;
  EmbeddedBatch batch = checked_batch(embeddings, indices, extras, options_.graph.views,
                                      samples == 0 && known.defined() ? known.size(0) : samples);
  source_->check_dimension(embeddings[0].size(1));
  return batch;
}

ContrastResult ObjectiveImpl::forward(const std::vector<at::Tensor>& embeddings,
                                      const at::Tensor& indices, const BatchExtras& extras) {
  const EmbeddedBatch batch = checked(embeddings, indices, extras);
  const Meeting meeting{.batch = batch,
                        .source = *source_,
                        .groups = groups_of(batch.indices),
                        .seed = options_.seed,
                        .step = step_.item<std::int64_t>()};
  ContrastResult result;
  for (Term& term : terms_) term.contrast(meeting, result);
  count_empty(result);
  return result;
}

ContrastResult ObjectiveImpl::measure(const std::vector<at::Tensor>& embeddings,
                                      const at::Tensor& indices, const at::Tensor& present) {
  const at::NoGradGuard no_grad;
  const BatchExtras extras{.present = present};
  const EmbeddedBatch batch =
      checked_batch(embeddings, indices, extras, options_.graph.views, /*samples=*/0);
  const auto source = make_negative_source(BatchOptions{}, options_.graph.views, {}, options_.seed);
  const Meeting meeting{.batch = batch,
                        .source = *source,
                        .groups = batch.indices,
                        .seed = options_.seed,
                        .step = step_.item<std::int64_t>()};
  ContrastResult result;
  for (Term& term : terms_) term.measure(meeting, result);
  count_empty(result);
  return result;
}

bool ObjectiveImpl::has_negatives(const at::Tensor& present, const at::Tensor& groups,
                                  const at::Tensor& positives,
                                  std::optional<std::int64_t> anchors) const {
  return std::ranges::any_of(terms_, [&](const Term& term) {
    return term.has_negatives(present, groups, positives, anchors);
  });
}

void ObjectiveImpl::update(const at::Tensor& indices, const std::vector<at::Tensor>& embeddings,
                           const BatchExtras& extras) {
  at::NoGradGuard no_grad;
  source_->update(checked(embeddings, indices, extras));
  for (Term& term : terms_) term.update();
  step_.add_(1);
}

void ObjectiveImpl::leave_out(const at::Tensor& indices) {
  source_->leave_out(indices);
}

at::Tensor ObjectiveImpl::groups_of(const at::Tensor& indices) const {
  return constraints_.groups_of(indices);
}

at::Tensor ObjectiveImpl::positives_of(const at::Tensor& indices) const {
  return constraints_.positives_of(indices);
}

at::Tensor ObjectiveImpl::temperature() const {
  return terms_.front().temperature(step_.item<std::int64_t>());
}

at::Tensor ObjectiveImpl::temperature(std::int64_t first, std::int64_t second) const {
  const auto own =
      std::ranges::find_if(terms_, [&](const Term& term) { return term.contrasts(first, second); });
  return (own == terms_.end() ? terms_.front() : *own).temperature(step_.item<std::int64_t>());
}

}  // namespace cmc::contrast
