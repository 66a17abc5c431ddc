#pragma once

#include <cstdint>

namespace cmc::kernels {

/// A bank of vectors [n, dim] in memory: float32, or bfloat16 as its bits.
struct BankRows {
  const void* values = nullptr;
  bool bfloat16 = false;
  std::int64_t dim = 0;
};

/// How far the length of a row may lie from 1: what rounding to bfloat16 and renormalising leave is
/// far less.
constexpr float length_tolerance(bool bfloat16) {
  return bfloat16 ? 0.02f : 0.01f;
}

/// scores[j] = anchor · bank[picks[j]] for j < count; `anchor` [dim].
void gathered_scores(const float* anchor, const BankRows& bank, const std::int64_t* picks,
                     std::int64_t count, float* scores);

/// out[dim] += Σ_j weights[j] · bank[picks[j]] for j < count.
void add_gathered(const BankRows& bank, const std::int64_t* picks, const float* weights,
                  std::int64_t count, float* out);

/// lengths[j] = ‖bank[picks[j]]‖ for j < count; picks undefined (nullptr): bank[j].
void gathered_lengths(const BankRows& bank, const std::int64_t* picks, std::int64_t count,
                      float* lengths);

/// rows[j] = bank[picks[j]] as float32, [count, dim]; picks undefined (nullptr): bank[first + j].
void copy_rows(const BankRows& bank, const std::int64_t* picks, std::int64_t first,
               std::int64_t count, float* rows);

}  // namespace cmc::kernels
