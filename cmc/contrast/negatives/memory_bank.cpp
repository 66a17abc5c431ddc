#include "cmc/contrast/negatives/memory_bank.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/ranges.h>

#include <unordered_map>

#include "cmc/error.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/random.h"

namespace cmc::contrast {
namespace {

// What a stream of draws is for; keeps the bank's first vectors apart from its negatives.
constexpr std::uint64_t first_vectors = 0xf1f1f1f1f1f1f1f1u;
// The sample that a draw for the whole batch is keyed by.
constexpr std::uint64_t whole_batch = 0xffffffffffffffffu;

at::Tensor random_directions(const MemoryBankOptions& options, std::int64_t views,
                             std::uint64_t seed) {
  at::Tensor vectors = at::empty({views, options.samples, options.dim}, options.dtype);
  const std::int64_t dim = options.dim;
  for (std::int64_t view = 0; view < views; ++view) {
    at::Tensor drawn = at::empty({options.samples, dim}, at::kFloat);
    auto* out = drawn.data_ptr<float>();
    at::parallel_for(0, options.samples, 256, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t sample = first; sample < last; ++sample) {
        RandomStream stream(seed, first_vectors, sample, static_cast<std::uint32_t>(view));
        for (std::int64_t d = 0; d < dim; ++d)
          out[sample * dim + d] = static_cast<float>(stream()) * 0x1p-31f - 1.0f;
      }
    });
    vectors[view].copy_(drawn / at::linalg_vector_norm(drawn, 2, at::IntArrayRef{1}, true));
  }
  return vectors;
}

}  // namespace

MemoryBankImpl::MemoryBankImpl(const MemoryBankOptions& options, std::int64_t views,
                               std::uint64_t seed, const at::Tensor& present)
    : options_(options) {
  check_negatives(options);
  vectors_ = register_buffer("vectors", random_directions(options, views, seed));
  if (present.defined())
    check(present.scalar_type() == at::kBool && present.dim() == 2 &&
              present.size(0) == options.samples && present.size(1) == views,
          "the mask of views that the samples have is bool [{}, {}], not {} [{}]", options.samples,
          views, c10::toString(present.scalar_type()), fmt::join(present.sizes(), ", "));
  present_ =
      register_buffer("present", present.defined() ? present.t().contiguous()
                                                   : at::ones({views, options.samples}, at::kBool));
}

at::Tensor MemoryBankImpl::candidates(std::int64_t anchor_view, std::int64_t candidate_view) const {
  const at::Tensor both = present_[anchor_view].logical_and(present_[candidate_view]);
  return both.all().item<bool>() ? at::Tensor() : both.nonzero().squeeze(1);
}

void MemoryBankImpl::update(const at::Tensor& indices, const std::vector<at::Tensor>& embeddings,
                            const at::Tensor& present) {
  at::NoGradGuard no_grad;
  const at::Tensor samples = indices.to(vectors_.device());
  for (std::int64_t view = 0; view < vectors_.size(0); ++view) {
    at::Tensor rows = samples, fresh = embeddings[view].detach().to(at::kFloat);
    if (present.defined()) {
      const at::Tensor has = present.select(1, view).to(vectors_.device());
      present_[view].index_copy_(0, samples, has);
      rows = samples.index({has});
      fresh = fresh.index({has});
    }
    if (rows.numel() == 0) continue;
    fresh = kernels::unit_rows(fresh, fmt::format("view {}", view));
    at::Tensor mixed = options_.momentum * vectors_[view].index_select(0, rows).to(at::kFloat) +
                       (1 - options_.momentum) * fresh;
    // Opposite vectors can cancel; the new one then stands alone.
    const at::Tensor norm = at::linalg_vector_norm(mixed, 2, at::IntArrayRef{1}, true);
    mixed = at::where(norm > 1e-6, mixed / norm.clamp_min(1e-6), fresh);
    vectors_[view].index_copy_(0, rows, mixed.to(vectors_.scalar_type()));
  }
}

void MemoryBankImpl::leave_out(const at::Tensor& indices) {
  present_.index_fill_(1, indices.to(present_.device()), false);
}

Draws draw_per_anchor(const at::Tensor& indices, const at::Tensor& groups,
                      const at::Tensor& candidates, std::int64_t n, std::int64_t k,
                      std::uint64_t seed, std::int64_t step, std::uint32_t direction) {
  const std::int64_t anchors = indices.size(0);
  const std::int64_t bound = candidates.defined() ? candidates.size(0) : n;
  const auto* index = indices.data_ptr<std::int64_t>();
  const auto* candidate = candidates.defined() ? candidates.data_ptr<std::int64_t>() : nullptr;
  const auto* group = groups.defined() ? groups.data_ptr<std::int64_t>() : nullptr;
  const auto row = [=](std::int64_t place) { return candidate ? candidate[place] : place; };
  const auto group_of = [=](std::int64_t sample) { return group ? group[sample] : sample; };

  // An anchor has a negative as soon as two candidates differ in group, or the only group is not
  // its own.
  bool several = false;
  for (std::int64_t place = 1; place < bound && !several; ++place)
    several = group_of(row(place)) != group_of(row(0));
  const auto has_negative = [&](std::int64_t anchor) {
    return several || (bound > 0 && group_of(row(0)) != group_of(index[anchor]));
  };

  Draws draws{at::zeros({anchors, k}, at::kLong), {}};
  auto* out = draws.picks.data_ptr<std::int64_t>();
  at::parallel_for(0, anchors, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t anchor = first; anchor < last; ++anchor) {
      if (!has_negative(anchor)) continue;
      RandomStream stream(seed, step, index[anchor], direction);
      const std::int64_t own = group_of(index[anchor]);
      for (std::int64_t j = 0; j < k;) {
        const std::int64_t drawn = row(stream.below(bound));
        if (group_of(drawn) != own) out[anchor * k + j++] = drawn;
      }
    }
  });

  std::vector<at::Tensor> excluded;
  for (std::int64_t anchor = 0; anchor < anchors; ++anchor) {
    if (has_negative(anchor)) continue;
    const at::Tensor all = at::arange(k, at::kLong);
    excluded.push_back(at::stack({at::full_like(all, anchor), all}));
  }
  if (!excluded.empty()) draws.excluded = at::cat(excluded, 1);
  return draws;
}

at::Tensor draw_shared(const at::Tensor& candidates, std::int64_t n, std::int64_t k,
                       std::uint64_t seed, std::int64_t step, std::uint32_t direction) {
  RandomStream stream(seed, step, whole_batch, direction);
  const std::int64_t bound = candidates.defined() ? candidates.size(0) : n;
  at::Tensor picks = at::empty({k}, at::kLong);
  auto* out = picks.data_ptr<std::int64_t>();
  for (std::int64_t j = 0; j < k; ++j) out[j] = stream.below(bound);
  return candidates.defined() ? candidates.index_select(0, picks) : picks;
}

}  // namespace cmc::contrast
