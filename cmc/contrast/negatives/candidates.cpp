#include "cmc/contrast/negatives/candidates.h"

#include <ATen/ATen.h>

#include <utility>

#include "cmc/device.h"
#include "cmc/distributed/process_group.h"
#include "cmc/kernels/positive_groups.h"

namespace cmc::contrast {
namespace {

/// Candidates of each anchor, those included that it must not meet.
std::int64_t offered(const Candidates& candidates) {
  if (candidates.both_directions()) return candidates.positives.size(0) - 1;
  return candidates.picks.defined() ? candidates.picks.size(-1) : candidates.vectors.size(0);
}

/// Whether an anchor meets a candidate that shares no positive group with it. Anchor by anchor,
/// since nearly always the first one does.
bool meet_others(const Candidates& candidates, std::int64_t anchors) {
  const auto& [own, vectors] = candidates.shared;
  const at::Tensor& picks = candidates.picks;
  at::Tensor all = vectors.defined() ? vectors : own;
  if (picks.defined() && picks.dim() == 1) all = all.index_select(0, picks);
  for (std::int64_t i = 0; i < anchors; ++i) {
    const at::Tensor met =
        picks.defined() && picks.dim() == 2 ? all.index_select(0, picks[i]) : all;
    at::Tensor apart = kernels::positive_mask(own.narrow(0, i, 1), met)[0].logical_not();
    if (candidates.both_directions()) apart[i] = false;
    if (candidates.excluded.defined())
      apart.index_fill_(0, candidates.excluded[1].masked_select(candidates.excluded[0] == i),
                        false);
    if (apart.any().item<bool>()) return true;
  }
  return false;
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
  const std::int64_t anchoring = candidates.anchoring.value_or(anchors);
  if (candidates.counts.narrow(0, 0, anchoring).sum().item<std::int64_t>() == 0)
    return std::nullopt;
  if (candidates.shared.anchors.defined() && !meet_others(candidates, anchoring))
    return std::nullopt;
  candidates.counts = sent_to(candidates.counts, device);
  return candidates;
}

}  // namespace cmc::contrast
