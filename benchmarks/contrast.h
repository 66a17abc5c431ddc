#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

namespace cmc::benchmarks {

struct ContrastBenchmark {
  /// Batch sizes of the symmetric contrast that the plain formula runs beside.
  std::vector<std::int64_t> symmetric = {256, 1024, 4096, 8192};
  /// Batch size where only the fused kernel fits in memory; 0: left out.
  std::int64_t large = 65536;
  /// Batch sizes of the multilinear loss of three views with permuted tuples, and the one with all;
  /// 0: left out.
  std::vector<std::int64_t> multilinear = {1024, 4096};
  std::int64_t multilinear_all = 256;
  /// Batch sizes of the contrast with several positives that the plain formula runs beside, and
  /// one where only the fused kernel fits in memory; 0: left out.
  std::vector<std::int64_t> multi_positive = {256, 1024, 4096, 8192};
  std::int64_t multi_positive_large = 65536;
  /// Samples in the bank; 0: no bank.
  std::int64_t bank = 50000;
  /// Alternated runs of each pair, after one to warm up.
  int runs = 5;
};

/// Times the fused contrast kernels beside the formula written plainly with libtorch, forward and
/// backward, D = 128, τ = 0.07, alternated in one process, and prints a table. Returns
/// rows of
///
///   case, n, k, dtype, fused_ms, plain_ms, ratio, fused_bytes, plain_bytes, gflops, roof,
///   difference
///
/// Times are medians. `bytes` are what the process's resident memory rose by at its peak. `gflops`
/// counts 8N²D (symmetric, also with several positives), 6N²D (sigmoid), 8N²D (decoupled), 18N²D
/// (hard negatives), 10N²D (the chunked reference) or 4NkD (bank) operations a second of the fused
/// kernel, and for the multilinear loss 8ND a tuple and view as anchor, since its scores are
/// computed twice; `difference` is that of both losses, relatively; `roof` is what libtorch's sgemm
/// of two 2,048 × 2,048 matrices reaches beside it. What is plain: for the symmetric contrast S =
/// Z₁Z₂ᵀ/τ, cross-entropy on S and Sᵀ and autograd; for several positives, of 10 classes, the mask
/// of positives and the log-softmax of S and Sᵀ; for the multilinear loss the A × tuples scores and
/// cross-entropy on them; for other losses see loss_work.h; for bfloat16 the fused float32 kernel;
/// for the bank index_select and bmm of 16,384 rows an anchor, as the paper's authors have it. Both
/// run under glibc's allocator as it is for any program. Fields that were not measured are null.
nlohmann::json contrast(const ContrastBenchmark& options = {});

}  // namespace cmc::benchmarks
