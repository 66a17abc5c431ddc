#include <ATen/ATen.h>

#include <limits>

#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/excluded_pairs.h"
#include "cmc/kernels/multi_positive_contrast.h"
#include "cmc/kernels/positive_groups.h"
#include "cmc/kernels/reference/masked_contrast.h"
#include "cmc/kernels/softplus.h"

namespace cmc::kernels {
namespace {

/// Anchors as rows: `own` [N] and `scores` [N, K] over τ not yet; `meets` and `shared`, bool [N,
/// K]: which candidates an anchor meets, and which share a group with it.
MultiPositiveLosses losses_of(const at::Tensor& own, const at::Tensor& scores,
                              const at::Tensor& meets, const at::Tensor& shared,
                              const at::Tensor& temperature, PositiveMean mean) {
  const at::Tensor positives = meets.logical_and(shared),
                   negatives = meets.logical_and(shared.logical_not());
  const at::Tensor o = own / temperature, s = scores / temperature;
  const auto log_sum = [&](const at::Tensor& mask) {
    return at::logsumexp(only_negatives(scores, mask.logical_not()) / temperature, 1);
  };
  const at::Tensor others = positives.sum(1), count = (1 + others).to(scores.scalar_type());
  const at::Tensor log_negative = log_sum(negatives);
  at::Tensor loss;
  if (mean == PositiveMean::inside) {
    const at::Tensor log_positive = at::logaddexp(o, log_sum(positives));
    loss = kernels::softplus(log_negative - log_positive) + at::log(count);
  } else {
    const at::Tensor spread = (o.unsqueeze(1) - s).masked_fill(positives.logical_not(), 0).sum(1);
    loss = kernels::softplus(log_sum(meets) - o) + spread / count;
  }
  const at::Tensor counts = negatives.sum(1);
  const at::Tensor hardest = only_negatives(scores.detach(), negatives.logical_not()).amax(1);
  return {.loss = loss.masked_fill(counts == 0, 0),
          .k_pair = kernels::softplus(log_negative - o).detach(),
          .hardest = hardest.masked_fill(counts == 0, -std::numeric_limits<double>::infinity()),
          .negatives = counts};
}

at::Tensor mean_of(const at::Tensor& scores, const at::Tensor& meets, const at::Tensor& shared) {
  const at::Tensor negatives = meets.logical_and(shared.logical_not());
  return scores.detach().masked_fill(negatives.logical_not(), 0).sum() / negatives.sum();
}

at::Tensor met(const at::Tensor& scores, const at::Tensor& excluded) {
  const at::Tensor meets =
      excluded.defined()
          ? excluded_mask(excluded, scores.size(0), scores.size(1), scores.device()).logical_not()
          : at::ones_like(scores, scores.options().dtype(at::kBool));
  check_some_meet(meets.sum().item<std::int64_t>());
  return meets;
}

}  // namespace

MultiPositiveContrast multi_positive_contrast_reference(const at::Tensor& a, const at::Tensor& b,
                                                        const at::Tensor& groups,
                                                        const at::Tensor& temperature,
                                                        const at::Tensor& excluded,
                                                        PositiveMean mean) {
  check_temperature(temperature);
  check_same(a, b, "a", "b");
  const at::Tensor scores = unit_rows(a, "a").matmul(unit_rows(b, "b").t());
  check_two_samples(a);
  check_positive_groups(groups, a.size(0), "the groups");
  const at::Tensor own = scores.diagonal();
  const at::Tensor apart = at::eye(scores.size(0), scores.options().dtype(at::kBool)).logical_not();
  const at::Tensor meets = met(scores, excluded).logical_and(apart);
  check_some_meet(meets.sum().item<std::int64_t>());
  const at::Tensor held = groups.to(a.device()), shared = positive_mask(held, held);
  return {.rows = losses_of(own, scores, meets, shared, temperature, mean),
          .columns = losses_of(own, scores.t(), meets.t(), shared.t(), temperature, mean),
          .positive = own.detach(),
          .negative = mean_of(scores, meets, shared)};
}

MultiPositiveBankContrast multi_positive_bank_contrast_reference(
    const at::Tensor& anchors, const at::Tensor& positives, const at::Tensor& bank,
    const at::Tensor& groups, const at::Tensor& bank_groups, const at::Tensor& temperature,
    const at::Tensor& picks, const at::Tensor& excluded, PositiveMean mean) {
  check_temperature(temperature);
  check_same(anchors, positives, "anchors", "positives");
  const at::Tensor unit = unit_rows(anchors, "anchors");
  const at::Tensor own = (unit * unit_rows(positives, "positives")).sum(1);
  check_bank(anchors, bank, picks);
  check_bank_lengths(bank, picks);
  check_positive_groups(groups, anchors.size(0), "the anchors' groups");
  check_positive_groups(bank_groups, bank.size(0), "the bank's groups");
  const at::Tensor scores = bank_similarities(unit, bank, picks);
  const at::Tensor meets = met(scores, excluded);
  at::Tensor shared = positive_mask(groups.to(anchors.device()), bank_groups.to(anchors.device()));
  if (picks.defined())
    shared = picks.dim() == 1 ? shared.index_select(1, picks) : shared.gather(1, picks);
  return {.anchors = losses_of(own, scores, meets, shared, temperature, mean),
          .positive = own.detach(),
          .negative = mean_of(scores, meets, shared)};
}

}  // namespace cmc::kernels
