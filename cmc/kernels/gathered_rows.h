#pragma once

#include <cstdint>

namespace cmc::kernels {

/// A bank of vectors [n, dim] in memory: float32, or bfloat16 as its bits.
struct BankRows {
  const void* values = nullptr;
  bool bfloat16 = false;
  std::int64_t dim = 0;
};

/// scores[j] = anchor · bank[picks[j]] for j < count; `anchor` [dim].
void gathered_scores(const float* anchor, const BankRows& bank, const std::int64_t* picks,
                     std::int64_t count, float* scores);

/// out[dim] += Σ_j weights[j] · bank[picks[j]] for j < count.
void add_gathered(const BankRows& bank, const std::int64_t* picks, const float* weights,
                  std::int64_t count, float* out);

/// rows[j] = bank[picks[j]] as float32, [count, dim]; picks undefined (nullptr): bank[first + j].
void copy_rows(const BankRows& bank, const std::int64_t* picks, std::int64_t first,
               std::int64_t count, float* rows);

}  // namespace cmc::kernels
