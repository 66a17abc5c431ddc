#include "cmc/contrast/negatives/queue.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/contrast/negatives/duplicates.h"
#include "cmc/contrast/negatives/negative_source.h"
#include "cmc/device.h"
#include "cmc/error.h"
#include "cmc/kernels/embeddings.h"

namespace cmc::contrast {
namespace {

/// Throws Error unless there are keys of every view, of the embeddings' shape.
void check_keys(const std::vector<at::Tensor>& embeddings, const std::vector<at::Tensor>& keys) {
  check(keys.size() == embeddings.size(),
        "a queue takes the momentum encoders' embeddings of {} views as keys; there are {}",
        embeddings.size(), keys.size());
  for (std::size_t view = 0; view < keys.size(); ++view)
    check(
        keys[view].defined() && keys[view].sizes() == embeddings[view].sizes(),
        "the keys of view {} are {}; they need the embeddings' shape, [{}]", view,
        keys[view].defined() ? fmt::format("[{}]", fmt::join(keys[view].sizes(), ", ")) : "missing",
        fmt::join(embeddings[view].sizes(), ", "));
}

class Queue : public NegativeSource {
 public:
  Queue(const QueueOptions& options, std::int64_t views, const SampleConstraints& constraints)
      : options_(options), constraints_(constraints) {
    vectors_ =
        register_buffer("vectors", at::zeros({views, options.length, options.dim}, at::kFloat));
    samples_ = register_cpu_buffer("samples", at::full({options.length}, -1, at::kLong));
    present_ = register_cpu_buffer("present", at::ones({views, options.length}, at::kBool));
    pushed_ = register_cpu_buffer("pushed", at::zeros({}, at::kLong));
  }

  const char* module_name() const override { return "queue"; }

  void check_dimension(std::int64_t dim) const override {
    check(options_.dim == dim, "the embeddings have dimension {}, but the queue's have {}", dim,
          options_.dim);
  }

  void check_batch(const EmbeddedBatch& batch, const ViewGraph& graph) const override {
    check_keys(batch.embeddings, batch.keys);
    check_rows(batch.embeddings, "view", graph, batch.present, {&ViewPair::anchor});
    check_rows(batch.keys, "the keys of view", graph, batch.present, {&ViewPair::candidate});
  }

  const std::vector<at::Tensor>& positives(const EmbeddedBatch& batch) const override {
    return batch.keys;
  }

  std::optional<Candidates> candidates(const PairBatch& batch,
                                       std::int64_t /*step*/) const override {
    const at::Tensor keys = batch.positives.detach();
    const Met met = newest(batch.pair, batch.samples, keys);
    // The vectors hold the keys of all rows; only anchors are scored.
    const at::Tensor samples = batch.samples.narrow(0, 0, batch.anchoring);
    return counted({.pair = batch.pair,
                    .anchors = batch.anchors.narrow(0, 0, batch.anchoring),
                    .positives = keys.narrow(0, 0, batch.anchoring).to(batch.anchors.scalar_type()),
                    .vectors = met.vectors,
                    .excluded = equal_places(constraints_.groups_of(samples),
                                             constraints_.groups_of(met.samples)),
                    .shared = {.anchors = constraints_.positives_of(samples),
                               .vectors = constraints_.positives_of(met.samples)}});
  }

  void update(const EmbeddedBatch& batch) override {
    check_keys(batch.embeddings, batch.keys);
    check_stored(batch.keys, "the keys of view", batch.present);
    push(batch.indices, batch.keys, batch.present);
  }

 private:
  /// Unit rows [K, D], and the sample of each, int64 [K] on the CPU.
  struct Met {
    at::Tensor vectors, samples;
  };

  /// Whom the samples `indices` [N] meet in the candidates' view, in which their keys are `keys`
  /// [N, D].
  Met newest(const ViewPair& pair, const at::Tensor& indices, const at::Tensor& keys) const {
    at::NoGradGuard no_grad;
    const std::int64_t length = samples_.size(0), own = std::min(indices.size(0), length);
    const std::int64_t skipped = indices.size(0) - own;
    const auto pushed = pushed_.item<std::int64_t>();
    const std::int64_t filled = std::min(pushed, length);
    const std::int64_t reach =
        std::min({filled, length - own, static_cast<std::int64_t>(options_.recent * pushed)});
    at::Tensor rows = at::remainder(at::arange(pushed - reach, pushed, samples_.options()), length);
    const at::Tensor chosen =
        present_[pair.anchor]
            .logical_and(present_[pair.candidate])
            .index_select(0, rows)
            .logical_and(at::isin(samples_.index_select(0, rows), indices).logical_not());
    rows = rows.index({chosen});
    const at::Tensor fresh =
        kernels::unit_rows(keys.to(at::kFloat).narrow(0, skipped, own), "keys");
    const at::Tensor vectors = vectors_[pair.candidate];
    return {at::cat({fresh, vectors.index_select(0, sent_to(rows, vectors.device()))}),
            at::cat({indices.narrow(0, skipped, own), samples_.index_select(0, rows)})};
  }

  void push(const at::Tensor& indices, const std::vector<at::Tensor>& keys,
            const at::Tensor& present) {
    const std::int64_t length = samples_.size(0), kept = std::min(indices.size(0), length);
    const std::int64_t skipped = indices.size(0) - kept;
    const auto pushed = pushed_.item<std::int64_t>() + skipped;
    const at::Tensor places =
        at::remainder(at::arange(pushed, pushed + kept, samples_.options()), length);
    samples_.index_copy_(0, places, indices.narrow(0, skipped, kept));
    for (std::int64_t view = 0; view < vectors_.size(0); ++view) {
      at::Tensor rows = places, fresh = keys[view].detach().to(at::kFloat).narrow(0, skipped, kept);
      if (present.defined()) {
        const at::Tensor has = present.select(1, view).narrow(0, skipped, kept),
                         having = has.nonzero().squeeze(1);
        present_[view].index_copy_(0, places, has);
        rows = places.index_select(0, having);
        fresh = fresh.index_select(0, sent_to(having, fresh.device()));
      } else {
        present_[view].index_fill_(0, places, true);
      }
      if (rows.numel() == 0) continue;
      vectors_[view].index_copy_(0, sent_to(rows, vectors_.device()),
                                 kernels::unit_rows(fresh, fmt::format("view {}", view)));
    }
    pushed_.fill_(pushed + kept);
  }

  QueueOptions options_;
  SampleConstraints constraints_;
  at::Tensor vectors_, samples_, present_, pushed_;
};

}  // namespace

void check_options(const QueueOptions& options) {
  check(options.length > 0, "the queue's length is {}; it must be positive", options.length);
  check(options.dim > 0, "the queue's vectors have dimension {}; it must be positive", options.dim);
  check(options.recent > 0 && options.recent <= 1,
        "the share of recent keys is {}; it lies in (0, 1]", options.recent);
}

std::int64_t bytes_per_view(const QueueOptions& options) {
  return options.length * options.dim * 4;
}

std::shared_ptr<NegativeSource> make_source(const QueueOptions& options, std::int64_t views,
                                            const SampleConstraints& constraints,
                                            std::uint64_t /*seed*/) {
  return std::make_shared<Queue>(options, views, constraints);
}

}  // namespace cmc::contrast
