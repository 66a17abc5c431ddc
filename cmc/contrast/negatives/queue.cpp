#include "cmc/contrast/negatives/queue.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "cmc/error.h"
#include "cmc/kernels/embeddings.h"

namespace cmc::contrast {

QueueImpl::QueueImpl(const QueueOptions& options, std::int64_t views) : recent_(options.recent) {
  check_negatives(options);
  vectors_ =
      register_buffer("vectors", at::zeros({views, options.length, options.dim}, at::kFloat));
  samples_ = register_buffer("samples", at::full({options.length}, -1, at::kLong));
  present_ = register_buffer("present", at::ones({views, options.length}, at::kBool));
  pushed_ = register_buffer("pushed", at::zeros({}, at::kLong));
}

std::int64_t QueueImpl::size() const {
  return std::min(pushed_.item<std::int64_t>(), samples_.size(0));
}

QueueImpl::Candidates QueueImpl::candidates(std::int64_t anchor_view, std::int64_t candidate_view,
                                            const at::Tensor& indices,
                                            const at::Tensor& keys) const {
  at::NoGradGuard no_grad;
  const std::int64_t length = samples_.size(0), own = std::min(indices.size(0), length);
  const std::int64_t skipped = indices.size(0) - own;
  const auto pushed = pushed_.item<std::int64_t>();
  const std::int64_t reach =
      std::min({size(), length - own, static_cast<std::int64_t>(recent_ * pushed)});
  const at::Tensor batch = indices.to(samples_.device());
  at::Tensor rows = at::remainder(at::arange(pushed - reach, pushed, samples_.options()), length);
  const at::Tensor chosen =
      present_[anchor_view]
          .logical_and(present_[candidate_view])
          .index_select(0, rows)
          .logical_and(at::isin(samples_.index_select(0, rows), batch).logical_not());
  rows = rows.index({chosen});
  const at::Tensor fresh =
      kernels::unit_rows(keys.detach().to(at::kFloat).narrow(0, skipped, own), "keys");
  return {at::cat({fresh, vectors_[candidate_view].index_select(0, rows)}),
          at::cat({batch.narrow(0, skipped, own), samples_.index_select(0, rows)})};
}

void QueueImpl::push(const at::Tensor& indices, const std::vector<at::Tensor>& keys,
                     const at::Tensor& present) {
  at::NoGradGuard no_grad;
  const std::int64_t length = samples_.size(0), kept = std::min(indices.size(0), length);
  const std::int64_t skipped = indices.size(0) - kept;
  const auto pushed = pushed_.item<std::int64_t>() + skipped;
  const at::Tensor places =
      at::remainder(at::arange(pushed, pushed + kept, samples_.options()), length);
  samples_.index_copy_(0, places, indices.narrow(0, skipped, kept).to(samples_.device()));
  for (std::int64_t view = 0; view < vectors_.size(0); ++view) {
    at::Tensor rows = places, fresh = keys[view].detach().to(at::kFloat).narrow(0, skipped, kept);
    if (present.defined()) {
      const at::Tensor has = present.select(1, view).narrow(0, skipped, kept).to(places.device());
      present_[view].index_copy_(0, places, has);
      rows = places.index({has});
      fresh = fresh.index({has});
    } else {
      present_[view].index_fill_(0, places, true);
    }
    if (rows.numel() == 0) continue;
    vectors_[view].index_copy_(0, rows, kernels::unit_rows(fresh, fmt::format("view {}", view)));
  }
  pushed_.fill_(pushed + kept);
}

}  // namespace cmc::contrast
