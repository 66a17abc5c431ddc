#include "cmc/contrast/negatives/candidates.h"

#include <ATen/ATen.h>

#include <utility>

#include "cmc/distributed/process_group.h"

namespace cmc::contrast {
namespace {

/// Candidates of each anchor, those included that it must not meet.
std::int64_t offered(const Candidates& candidates) {
  if (candidates.both_directions()) return candidates.positives.size(0) - 1;
  return candidates.picks.defined() ? candidates.picks.size(-1) : candidates.vectors.size(0);
}

}  // namespace

std::optional<Candidates> counted(Candidates candidates) {
  const at::Device device = candidates.anchors.device();
  const std::int64_t anchors = candidates.anchors.size(0);
  const at::Tensor left_out = candidates.excluded.defined()
                                  ? at::bincount(candidates.excluded[0], {}, anchors)
                                  : at::zeros({anchors}, at::kLong);
  candidates.counts = offered(candidates) - left_out;
  if (candidates.in_parts()) candidates.group->all_reduce(candidates.counts);
  candidates.counts = candidates.counts.to(device);
  const at::Tensor counted = candidates.counts.narrow(0, 0, candidates.anchoring.value_or(anchors));
  if (counted.sum().item<std::int64_t>() == 0) return std::nullopt;
  for (at::Tensor* places : {&candidates.picks, &candidates.excluded})
    if (places->defined()) *places = places->to(device);
  return candidates;
}

}  // namespace cmc::contrast
