#include <ATen/ATen.h>

#include <cmath>

#include "cmc/device.h"
#include "cmc/error.h"
#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/cpu/gathered_rows.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/reference/bank_pairs.h"
#include "cmc/kernels/softplus.h"

namespace cmc::kernels {
void check_bank_lengths(const at::Tensor& bank, const at::Tensor& picks) {
  if (!bank.is_cpu()) return;
  at::NoGradGuard no_grad;
  const at::Tensor lengths =
      at::linalg_vector_norm(bank.detach(), 2, at::IntArrayRef{1}, false, at::kDouble);
  const at::Tensor unit =
      (lengths - 1).abs() <= length_tolerance(bank.scalar_type() == at::kBFloat16);
  const at::Tensor odd = unit.logical_not().nonzero().squeeze(1);
  if (odd.numel() == 0) return;
  const at::Tensor met = picks.defined() ? odd.index({at::isin(odd, picks)}) : odd;
  if (met.numel() > 0) fail_bank_row(bank, met[0].item<std::int64_t>());
}

void fail_bank_row(const at::Tensor& bank, std::int64_t row) {
  const double length = bank[row].detach().to(at::kDouble).norm().item<double>();
  check(!std::isnan(length), "the bank: row {} holds a NaN; rows of a bank are unit vectors", row);
  fail("the bank: row {} has length {:.4g}; rows of a bank are unit vectors, within {:.0f} %", row,
       length, 100 * length_tolerance(bank.scalar_type() == at::kBFloat16));
}

void check_bank(const at::Tensor& anchors, const at::Tensor& bank, const at::Tensor& picks) {
  check(bank.defined() && bank.dim() == 2 && bank.size(1) == anchors.size(1),
        "the bank is {} and the anchors are [{}]; the bank must be [n, {}]",
        bank.defined() ? fmt::format("[{}]", fmt::join(bank.sizes(), ", ")) : "missing",
        fmt::join(anchors.sizes(), ", "), anchors.size(1));
  check(bank.device() == anchors.device(), "the bank is on {} and the anchors on {}",
        bank.device().str(), anchors.device().str());
  check_numbers(bank, "the bank");
  check(bank.size(0) > 0, "there is no candidate negative: the bank is empty");
  if (!picks.defined()) return;
  const bool shared = picks.dim() == 1, own = picks.dim() == 2 && picks.size(0) == anchors.size(0);
  check(picks.scalar_type() == at::kLong && (shared || own),
        "picks are int64 [k] or [N, k] with N = {}, not {} [{}]", anchors.size(0),
        c10::toString(picks.scalar_type()), fmt::join(picks.sizes(), ", "));
  check(picks.numel() > 0, "there is no candidate negative: the picks are empty");
  const auto [low, high] = at::aminmax(picks);
  const auto least = low.item<std::int64_t>(), most = high.item<std::int64_t>();
  check(least >= 0 && most < bank.size(0),
        "the picks name row {} of the bank, which has rows 0 … {}", least < 0 ? least : most,
        bank.size(0) - 1);
}

at::Tensor bank_similarities(const at::Tensor& anchors, const at::Tensor& bank,
                             const at::Tensor& picks) {
  const at::Tensor rows = bank.to(anchors.scalar_type());
  if (!picks.defined()) return anchors.matmul(rows.t());
  const at::Tensor chosen = sent_to(picks, rows.device());
  if (chosen.dim() == 1) return anchors.matmul(rows.index_select(0, chosen).t());
  // All n products cost less than gathering N × k rows of D numbers.
  return anchors.matmul(rows.t()).gather(1, chosen);
}

ScorePairs bank_pairs(const at::Tensor& anchors, const at::Tensor& bank, const at::Tensor& picks,
                      const at::Tensor& excluded) {
  check_bank(anchors, bank, picks);
  check_bank_lengths(bank, picks);
  const at::Tensor rows = bank.detach().to(anchors.scalar_type());
  const at::Tensor chosen = picks.defined() ? sent_to(picks, rows.device()) : picks;
  const bool shared = chosen.defined() && chosen.dim() == 1;
  return {.anchors = anchors,
          .candidates = shared ? rows.index_select(0, chosen) : rows,
          .picks = shared ? at::Tensor() : chosen,
          .excluded = excluded};
}

BankContrast bank_contrast_reference(const at::Tensor& anchors, const at::Tensor& positives,
                                     const at::Tensor& bank, const at::Tensor& temperature,
                                     const at::Tensor& picks, const at::Tensor& excluded) {
  check_temperature(temperature);
  check_same(anchors, positives, "anchors", "positives");
  const at::Tensor unit = summed_rows(anchors, "anchors"),
                   matches = summed_rows(positives, "positives");
  const ScorePairs pairs = bank_pairs(unit, bank, picks, excluded);
  const at::Tensor positive = (pairs.anchors * matches).sum(1);
  const ScoreSums sums = score_sums(ScoreSum::log_sum_exp, pairs, temperature);
  const at::Tensor log_odds = sums.rows - positive / temperature;
  return {.loss = kernels::softplus(log_odds),
          .positive = positive,
          .hardest = sums.hardest_rows,
          .negative = sums.negative,
          .log_odds = log_odds};
}

}  // namespace cmc::kernels
