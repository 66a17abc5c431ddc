#include "cmc/contrast/losses/score_each.h"

#include <ATen/ATen.h>

#include <utility>

#include "cmc/distributed/gather.h"
#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/excluded_pairs.h"

namespace cmc::contrast {
namespace {

at::Tensor mask_of(const Candidates& candidates, std::int64_t columns) {
  if (!candidates.excluded.defined()) return {};
  return kernels::excluded_mask(candidates.excluded, candidates.anchors.size(0), columns,
                                candidates.anchors.device());
}

/// What a direction's anchors have of candidates that don't serve both.
Similarities negatives_of(const Candidates& candidates, const at::Tensor& anchors,
                          const at::Tensor& positive, const at::Tensor& temperature) {
  const at::Tensor &vectors = candidates.vectors, &picks = candidates.picks;
  if (!candidates.in_parts()) {
    const at::Tensor negative = kernels::bank_similarities(anchors, vectors, picks);
    return {positive, negative, mask_of(candidates, negative.size(1))};
  }
  // Everyone goes on with all columns.
  distributed::ProcessGroup& group = *candidates.group;
  const at::Tensor own_anchors = distributed::shared_out(group, anchors, positive, temperature)[0];
  const std::int64_t width = picks.defined() ? picks.size(-1) : vectors.size(0);
  const at::Tensor own = width > 0 ? kernels::bank_similarities(own_anchors, vectors, picks)
                                   : own_anchors.narrow(1, 0, 0);
  at::Tensor mask = mask_of(candidates, width);
  if (!mask.defined()) mask = at::zeros({anchors.size(0), width}, at::kBool);
  return {positive, distributed::joined_columns(group, own),
          distributed::joined_columns(group, mask.to(at::kByte)).to(at::kBool)};
}

DirectionScores with_statistics(DirectionScores scores, const Similarities& similarities,
                                const at::Tensor& temperature) {
  scores.statistics = statistics_of(similarities, temperature);
  return scores;
}

}  // namespace

std::vector<DirectionScores> score_each(const Candidates& candidates, const at::Tensor& temperature,
                                        const SimilarityLoss& loss) {
  std::vector<DirectionScores> directions;
  const auto add = [&](const Similarities& similarities, const ViewPair& pair) {
    directions.push_back(with_statistics(loss(similarities, pair), similarities, temperature));
  };
  const at::Tensor anchors = kernels::scaled_rows(candidates.anchors),
                   positives = kernels::scaled_rows(candidates.positives);
  const ViewPair& pair = candidates.pair;
  if (candidates.both_directions()) {
    const at::Tensor scores = anchors.matmul(positives.t()),
                     mask = mask_of(candidates, scores.size(1));
    add(batch_similarities(scores, mask), pair);
    add(batch_similarities(scores.t(), mask),
        {.anchor = pair.candidate, .candidate = pair.anchor, .weight = pair.weight});
  } else {
    const at::Tensor positive = (anchors * positives).sum(1);
    add(negatives_of(candidates, anchors, positive, temperature), pair);
  }
  return directions;
}

}  // namespace cmc::contrast
