#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/multi_positive_contrast.h"
#include "cmc/kernels/sigmoid_contrast.h"

namespace cmc::kernels {
namespace {

/// A field of /proc/self/status, in bytes.
std::int64_t memory_status(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(field, 0) == 0) return std::stoll(line.substr(field.size() + 1)) * 1024;
  return 0;
}

at::Tensor unit(const at::Tensor& z) {
  return z / z.norm(2, 1, true);
}

/// How far resident memory rises above where it stood while `work` runs; −1 where the system won't
/// say, and under the address sanitizer, which keeps what is freed.
template <class Work>
std::int64_t peak_bytes(const Work& work) {
#ifdef __SANITIZE_ADDRESS__
  return -1;
#endif
  malloc_trim(0);
  std::ofstream reset("/proc/self/clear_refs");
  reset << "5" << std::flush;
  if (!reset) return -1;
  const std::int64_t before = memory_status("VmRSS:");
  work();
  return memory_status("VmHWM:") - before;
}

constexpr std::int64_t mib = 1024 * 1024;
const at::Tensor tau = at::full({}, 0.07);

TEST(Memory, SymmetricContrastHoldsNoSquareOfScores) {
  constexpr std::int64_t n = 8192, dim = 64;
  at::Tensor a = at::randn({n, dim}).requires_grad_(), b = at::randn({n, dim}).requires_grad_();
  const std::int64_t bytes = peak_bytes([&] {
    const SymmetricContrast out = contrast(a, b, tau);
    (out.rows.mean() + out.columns.mean()).backward();
  });
  if (bytes < 0) GTEST_SKIP() << "what is resident can't be told here";
  // Unit rows and gradients of both views, 32 MiB for tiles and oneDNN; the scores would take 256
  // MiB.
  EXPECT_LE(bytes, 4 * n * dim * 4 + 32 * mib);
}

TEST(Memory, SeveralPositivesHoldNoSquareOfScores) {
  constexpr std::int64_t n = 8192, dim = 64;
  at::Tensor a = at::randn({n, dim}).requires_grad_(), b = at::randn({n, dim}).requires_grad_();
  const at::Tensor groups = at::arange(n, at::kLong).remainder(10);
  const std::int64_t bytes = peak_bytes([&] {
    const MultiPositiveContrast out = multi_positive_contrast(a, b, groups, tau);
    (out.rows.loss.mean() + out.columns.loss.mean()).backward();
  });
  if (bytes < 0) GTEST_SKIP() << "what is resident can't be told here";
  EXPECT_LE(bytes, 4 * n * dim * 4 + 32 * mib);
}

TEST(Memory, SeveralPositivesOfABankHoldNoScores) {
  constexpr std::int64_t n = 100000, dim = 32, count = 512;
  at::Tensor a = at::randn({count, dim}).requires_grad_();
  const at::Tensor p = at::randn({count, dim}), bank = unit(at::randn({n, dim}));
  const at::Tensor groups = at::arange(count, at::kLong).remainder(10),
                   bank_groups = at::arange(n, at::kLong).remainder(10);
  const std::int64_t bytes = peak_bytes([&] {
    multi_positive_bank_contrast(a, p, bank, groups, bank_groups, tau)
        .anchors.loss.mean()
        .backward();
  });
  if (bytes < 0) GTEST_SKIP() << "what is resident can't be told here";
  // The scores would take 195 MiB.
  EXPECT_LE(bytes, 32 * mib);
}

TEST(Memory, BankContrastHoldsNoScores) {
  constexpr std::int64_t n = 100000, dim = 32, count = 512;
  at::Tensor a = at::randn({count, dim}).requires_grad_();
  const at::Tensor p = at::randn({count, dim}), bank = unit(at::randn({n, dim}));
  const std::int64_t bytes =
      peak_bytes([&] { bank_contrast(a, p, bank, tau).loss.mean().backward(); });
  if (bytes < 0) GTEST_SKIP() << "what is resident can't be told here";
  // The scores would take 195 MiB.
  EXPECT_LE(bytes, 32 * mib);
}

TEST(Memory, OwnPicksHoldNeitherRowsNorScores) {
  constexpr std::int64_t n = 100000, dim = 32, count = 256, k = 16384;
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    at::Tensor a = at::randn({count, dim}).requires_grad_();
    const at::Tensor p = at::randn({count, dim}), bank = unit(at::randn({n, dim})).to(type);
    const at::Tensor picks = at::randint(n, {count, k}, at::kLong);
    const std::int64_t bytes =
        peak_bytes([&] { bank_contrast(a, p, bank, tau, picks).loss.mean().backward(); });
    if (bytes < 0) GTEST_SKIP() << "what is resident can't be told here";
    // The scores would take 16 MiB, the rows 512.
    EXPECT_LE(bytes, 8 * mib) << c10::toString(type);
  }
}

TEST(Memory, ABfloatBankIsNotCopied) {
  constexpr std::int64_t n = 400000, dim = 64, count = 64;
  at::Tensor a = at::randn({count, dim}).requires_grad_();
  const at::Tensor p = at::randn({count, dim});
  const at::Tensor bank = unit(at::randn({n, dim})).to(at::kBFloat16);
  const std::int64_t bytes =
      peak_bytes([&] { bank_contrast(a, p, bank, tau).loss.mean().backward(); });
  if (bytes < 0) GTEST_SKIP() << "what is resident can't be told here";
  // As float32 it would take 98 MiB, and so would the scores.
  EXPECT_LE(bytes, 32 * mib);
}

TEST(Memory, SigmoidContrastHoldsNoSquareOfScores) {
  constexpr std::int64_t n = 8192, dim = 64;
  at::Tensor a = at::randn({n, dim}).requires_grad_(), b = at::randn({n, dim}).requires_grad_();
  const std::int64_t bytes = peak_bytes([&] {
    const SigmoidContrast out = sigmoid_contrast(a, b, tau, at::full({}, -10.0));
    (out.rows.mean() + out.columns.mean()).backward();
  });
  if (bytes < 0) GTEST_SKIP() << "what is resident can't be told here";
  // Unit rows and gradients of both views, the latter twice; the scores would take 256 MiB.
  EXPECT_LE(bytes, 6 * n * dim * 4 + 32 * mib);
}

TEST(Memory, TheReferencesHoldAFewChunksOfScores) {
  constexpr std::int64_t n = 8000, dim = 16;
  const at::Tensor i = at::arange(n, at::kLong), own = at::stack({i, i});
  const std::vector<std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>> every = {
      [](const at::Tensor& a, const at::Tensor& b) {
        const SymmetricContrast out = contrast_reference(a, b, tau);
        return out.rows.mean() + out.columns.mean();
      },
      [](const at::Tensor& a, const at::Tensor& b) {
        return sigmoid_contrast_reference(a, b, tau, at::full({}, -10.0)).rows.mean();
      },
      [&](const at::Tensor& a, const at::Tensor& b) {
        const MultiPositiveContrast out =
            multi_positive_contrast_reference(a, b, at::remainder(i, 100), tau);
        return out.rows.loss.mean() + out.columns.loss.mean();
      },
      [&](const at::Tensor& a, const at::Tensor& b) {
        return multi_positive_contrast_reference(a, b, at::remainder(i, 100), tau, {},
                                                 PositiveMean::inside)
            .rows.loss.mean();
      },
      [&](const at::Tensor& a, const at::Tensor& b) {
        return bank_contrast_reference(a, b, unit(b).detach(), tau, {}, own).loss.mean();
      }};
  for (const auto& loss : every) {
    at::Tensor a = at::randn({n, dim}).requires_grad_(), b = at::randn({n, dim}).requires_grad_();
    const std::int64_t bytes = peak_bytes([&] { loss(a, b).backward(); });
    if (bytes < 0) GTEST_SKIP() << "what is resident can't be told here";
    // A dozen chunks of 2 million scores and some rows; all scores take 244 MiB, and autograd of
    // whole matrices would hold several of them.
    EXPECT_LE(bytes, 192 * mib);
  }
}

}  // namespace
}  // namespace cmc::kernels
