#include <ATen/ATen.h>

#include "cmc/device.h"
#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/multi_positive_contrast.h"
#include "cmc/kernels/positive_groups.h"
#include "cmc/kernels/reference/bank_pairs.h"
#include "cmc/kernels/reference/score_sums.h"
#include "cmc/kernels/softplus.h"

namespace cmc::kernels {
namespace {

/// Sums of anchors' scores over τ, of rows or of columns of a matrix of scores.
struct SideSums {
  /// log Σ exp over all that an anchor meets (where the mean is outside) and over its negatives.
  at::Tensor met, negatives;
  /// Over the positives beside its own: Σ s/τ, or log Σ exp where the mean is inside.
  at::Tensor positives;
  /// How many of those and of negatives there are; the largest score of a negative.
  at::Tensor positive_count, negative_count, hardest;
};

/// `own`: s⁺/τ of each anchor.
MultiPositiveLosses losses_of(const at::Tensor& own, const SideSums& sums, PositiveMean mean) {
  const at::Tensor count = (1 + sums.positive_count).to(own.scalar_type());
  const at::Tensor none = sums.negative_count == 0;
  at::Tensor loss;
  if (mean == PositiveMean::inside) {
    const at::Tensor log_positive = at::logaddexp(own, sums.positives);
    loss = kernels::softplus(sums.negatives - log_positive) + at::log(count);
  } else {
    const at::Tensor spread = sums.positive_count * own - sums.positives;
    loss = kernels::softplus(sums.met - own) + spread / count;
  }
  return {.loss = loss.masked_fill(none, 0),
          .k_pair = kernels::softplus(sums.negatives.detach() - own.detach()),
          .hardest = sums.hardest,
          .negatives = sums.negative_count};
}

struct BothSides {
  SideSums rows, columns;
  at::Tensor negative;
};

BothSides sums_of(ScorePairs pairs, const at::Tensor& anchor_groups,
                  const at::Tensor& candidate_groups, const at::Tensor& temperature,
                  PositiveMean mean) {
  const bool inside = mean == PositiveMean::inside;
  ScoreSums met;
  if (!inside) met = score_sums(ScoreSum::log_sum_exp, pairs, temperature);
  pairs.groups = {.anchors = anchor_groups, .candidates = candidate_groups, .shared = true};
  const ScoreSums positives =
      score_sums(inside ? ScoreSum::log_sum_exp : ScoreSum::plain, pairs, temperature);
  pairs.groups.shared = false;
  ScoreSums negatives;
  {  // Outside the logarithm they are a figure alone.
    const at::AutoGradMode differentiable(inside && at::GradMode::is_enabled());
    negatives = score_sums(ScoreSum::log_sum_exp, pairs, temperature);
  }
  return {.rows = {.met = met.rows,
                   .negatives = negatives.rows,
                   .positives = positives.rows,
                   .positive_count = positives.terms_rows,
                   .negative_count = negatives.terms_rows,
                   .hardest = negatives.hardest_rows},
          .columns = {.met = met.columns,
                      .negatives = negatives.columns,
                      .positives = positives.columns,
                      .positive_count = positives.terms_columns,
                      .negative_count = negatives.terms_columns,
                      .hardest = negatives.hardest_columns},
          .negative = negatives.negative};
}

}  // namespace

MultiPositiveContrast multi_positive_contrast_reference(const at::Tensor& a, const at::Tensor& b,
                                                        const at::Tensor& groups,
                                                        const at::Tensor& temperature,
                                                        const at::Tensor& excluded,
                                                        PositiveMean mean) {
  check_temperature(temperature);
  check_same(a, b, "a", "b");
  const ScorePairs pairs{.anchors = summed_rows(a, "a"),
                         .candidates = summed_rows(b, "b"),
                         .excluded = excluded,
                         .symmetric = true};
  check_two_samples(a);
  check_positive_groups(groups, a.size(0), "the groups");
  const at::Tensor positive = (pairs.anchors * pairs.candidates).sum(1);
  const at::Tensor own = positive / temperature, held = sent_to(groups, a.device());
  const BothSides sums = sums_of(pairs, held, held, temperature, mean);
  return {.rows = losses_of(own, sums.rows, mean),
          .columns = losses_of(own, sums.columns, mean),
          .positive = positive.detach(),
          .negative = sums.negative};
}

MultiPositiveBankContrast multi_positive_bank_contrast_reference(
    const at::Tensor& anchors, const at::Tensor& positives, const at::Tensor& bank,
    const at::Tensor& groups, const at::Tensor& bank_groups, const at::Tensor& temperature,
    const at::Tensor& picks, const at::Tensor& excluded, PositiveMean mean) {
  check_temperature(temperature);
  check_same(anchors, positives, "anchors", "positives");
  const at::Tensor unit = summed_rows(anchors, "anchors"),
                   matches = summed_rows(positives, "positives");
  const ScorePairs pairs = bank_pairs(unit, bank, picks, excluded);
  check_positive_groups(groups, anchors.size(0), "the anchors' groups");
  check_positive_groups(bank_groups, bank.size(0), "the bank's groups");
  const at::Tensor positive = (pairs.anchors * matches).sum(1);
  at::Tensor candidate_groups = sent_to(bank_groups, anchors.device());
  if (picks.defined() && picks.dim() == 1)
    candidate_groups = candidate_groups.index_select(0, sent_to(picks, anchors.device()));
  const BothSides sums =
      sums_of(pairs, sent_to(groups, anchors.device()), candidate_groups, temperature, mean);
  return {.anchors = losses_of(positive / temperature, sums.rows, mean),
          .positive = positive.detach(),
          .negative = sums.negative};
}

}  // namespace cmc::kernels
