#include "cmc/kernels/softplus.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/contrast.h"

namespace cmc::kernels {
namespace {

long double slow(long double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

TEST(Softplus, IsExactToTheLastPlacesForAnyArgument) {
  for (const double x :
       {-1e4, -700.0, -300.0, -50.0, -20.1, -1.0, -1e-9, 0.0,   1e-9,  1.0,   19.9,
        20.1, 21.0,   25.0,   33.0,  39.9,  40.1, 100.0, 709.0, 710.0, 800.0, 1e5}) {
    const auto truth = static_cast<double>(slow(x));
    EXPECT_NEAR(softplus(x), truth, 4.5e-16 * truth) << x;
    at::Tensor argument = at::full({9}, x, at::kDouble).requires_grad_();  // its vectorised way too
    const at::Tensor value = kernels::softplus(argument);
    EXPECT_LE((value - truth).abs().max().item<double>(), 4.5e-16 * truth) << x;
    value.sum().backward();
    const auto slope = static_cast<double>(1 / (1 + std::exp(-static_cast<long double>(x))));
    EXPECT_LE((argument.grad() - slope).abs().max().item<double>(), 1e-15 * slope) << x;
    const at::Tensor single = kernels::softplus(at::full({9}, x, at::kFloat));
    EXPECT_LE((single.to(at::kDouble) - truth).abs().max().item<double>(), 1.5e-7 * truth + 1e-45)
        << x;
  }
}

TEST(Softplus, LeavesLossesExactInFloat64) {
  // The cosines are ±1, so that a loss is the softplus of ±2/τ.
  const at::Tensor a = torch::tensor({{1.0, 0.0}, {-1.0, 0.0}}, at::kDouble);
  for (const double odds : {-60.0, -25.0, 20.5, 22.0, 30.0, 38.0, 60.0}) {
    const at::Tensor tau = at::full({}, 2 / std::abs(odds), at::kDouble);
    const at::Tensor b = odds < 0 ? a : -a;
    const auto truth = static_cast<double>(slow(odds));
    const SymmetricContrast both = contrast_reference(a, b, tau);
    EXPECT_NEAR(both.rows[0].item<double>(), truth, 1e-13 * truth) << odds;
    EXPECT_NEAR(both.columns[1].item<double>(), truth, 1e-13 * truth) << odds;
    const BankContrast bank = bank_contrast_reference(a, b, b.flip(0).narrow(0, 0, 1), tau);
    EXPECT_NEAR(bank.loss[0].item<double>(), truth, 1e-13 * truth) << odds;
  }
}

}  // namespace
}  // namespace cmc::kernels
