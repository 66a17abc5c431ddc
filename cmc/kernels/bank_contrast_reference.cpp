#include <torch/torch.h>

#include "cmc/error.h"
#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/excluded_pairs.h"

namespace cmc::kernels {

void check_bank(const at::Tensor& anchors, const at::Tensor& bank, const at::Tensor& picks) {
  check(bank.defined() && bank.dim() == 2 && bank.size(1) == anchors.size(1),
        "the bank is {} and the anchors are [{}]; the bank must be [n, {}]",
        bank.defined() ? fmt::format("[{}]", fmt::join(bank.sizes(), ", ")) : "missing",
        fmt::join(anchors.sizes(), ", "), anchors.size(1));
  check(bank.device() == anchors.device(), "the bank is on {} and the anchors on {}",
        bank.device().str(), anchors.device().str());
  if (!picks.defined()) return;
  const bool shared = picks.dim() == 1, own = picks.dim() == 2 && picks.size(0) == anchors.size(0);
  check(picks.scalar_type() == at::kLong && (shared || own),
        "picks are int64 [k] or [N, k] with N = {}, not {} [{}]", anchors.size(0),
        c10::toString(picks.scalar_type()), fmt::join(picks.sizes(), ", "));
  if (picks.numel() == 0) return;
  const auto least = picks.min().item<std::int64_t>(), most = picks.max().item<std::int64_t>();
  check(least >= 0 && most < bank.size(0),
        "the picks name row {} of the bank, which has rows 0 … {}", least < 0 ? least : most,
        bank.size(0) - 1);
}

at::Tensor bank_similarities(const at::Tensor& anchors, const at::Tensor& bank,
                             const at::Tensor& picks) {
  const at::Tensor rows = bank.to(anchors.scalar_type());
  if (!picks.defined()) return anchors.matmul(rows.t());
  if (picks.dim() == 1) return anchors.matmul(rows.index_select(0, picks).t());
  // All n products cost less than gathering N × k rows of D numbers.
  return anchors.matmul(rows.t()).gather(1, picks);
}

BankContrast bank_contrast_reference(const at::Tensor& anchors, const at::Tensor& positives,
                                     const at::Tensor& bank, const at::Tensor& temperature,
                                     const at::Tensor& picks, const at::Tensor& excluded) {
  check_temperature(temperature);
  check_same(anchors, positives, "anchors", "positives");
  const at::Tensor unit = unit_rows(anchors, "anchors");
  const at::Tensor positive = (unit * unit_rows(positives, "positives")).sum(1);
  check_bank(anchors, bank, picks);
  const at::Tensor scores = bank_similarities(unit, bank, picks);
  at::Tensor mask = at::zeros_like(scores, scores.options().dtype(at::kBool));
  if (excluded.defined())
    mask = excluded_mask(excluded, scores.size(0), scores.size(1), scores.device());

  // A large finite number, not −∞, keeps the gradient of a row without negatives at zero.
  const at::Tensor negatives = scores.masked_fill(mask, -1e30);
  const at::Tensor loss =
      at::softplus(at::logsumexp(negatives / temperature, 1) - positive / temperature);
  const at::Tensor largest = negatives.detach().amax(1);
  return {loss, positive,
          largest.masked_fill(largest < -2, -std::numeric_limits<double>::infinity()),
          scores.detach().masked_fill(mask, 0).sum() / mask.logical_not().sum().clamp_min(1)};
}

}  // namespace cmc::kernels
