#include "cmc/contrast/losses/score_each.h"

#include <ATen/ATen.h>

#include <utility>

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
    const at::Tensor negative =
        kernels::bank_similarities(anchors, candidates.vectors, candidates.picks);
    add({positive, negative, mask_of(candidates, negative.size(1))}, pair);
  }
  return directions;
}

}  // namespace cmc::contrast
