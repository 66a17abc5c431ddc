#include "cmc/openblas.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace cmc {
namespace {

struct Core {
  std::string_view name;
  VectorUnit unit;
};

/// Those of x86-64 in OpenBLAS 0.3.21's dynamic build, in small letters.
constexpr std::array cores = {
    Core{"prescott", VectorUnit::baseline},
    Core{"core2", VectorUnit::baseline},
    Core{"penryn", VectorUnit::baseline},
    Core{"dunnington", VectorUnit::baseline},
    Core{"nehalem", VectorUnit::baseline},
    Core{"atom", VectorUnit::baseline},
    Core{"nano", VectorUnit::baseline},
    Core{"athlon", VectorUnit::baseline},
    Core{"opteron", VectorUnit::baseline},
    Core{"opteron_sse3", VectorUnit::baseline},
    Core{"barcelona", VectorUnit::baseline},
    Core{"bobcat", VectorUnit::baseline},
    Core{"sandybridge", VectorUnit::avx},
    Core{"bulldozer", VectorUnit::avx},
    Core{"piledriver", VectorUnit::avx},
    Core{"steamroller", VectorUnit::avx},
    Core{"excavator", VectorUnit::avx2},
    Core{"haswell", VectorUnit::avx2},
    Core{"zen", VectorUnit::avx2},
    Core{"skylakex", VectorUnit::avx512},
    Core{"cooperlake", VectorUnit::avx512_bf16},
};

template <class T>
T* loaded(const char* symbol) {
  // By name, since the system's alternatives choose the BLAS at run time.
  return reinterpret_cast<T*>(dlsym(RTLD_DEFAULT, symbol));
}

/// BLAS's C ⟵ A·B for column-major A [m, k], B [k, n], C [m, n].
template <class Real>
using Gemm = void(const char*, const char*, const int*, const int*, const int*, const Real*,
                  const Real*, const int*, const Real*, const int*, const Real*, Real*, const int*);

template <class Real>
double product_error(Gemm<Real>* gemm, int m, int n, int k) {
  // Any numbers with full mantissas; the same on each machine.
  std::uint32_t state = 12345;
  const auto number = [&state] {
    state = state * 1664525u + 1013904223u;
    return static_cast<Real>(static_cast<double>(state) / 4294967296.0 - 0.5);
  };
  // Where element (row, column) of a matrix of `rows` rows stands.
  const auto place = [](int row, int column, int rows) {
    return static_cast<std::size_t>(column) * static_cast<std::size_t>(rows) +
           static_cast<std::size_t>(row);
  };
  std::vector<Real> a(place(0, k, m)), b(place(0, n, k));
  std::vector<Real> c(place(0, n, m), std::numeric_limits<Real>::quiet_NaN());
  std::ranges::generate(a, number);
  std::ranges::generate(b, number);
  const Real one = 1, zero = 0;
  gemm("N", "N", &m, &n, &k, &one, a.data(), &m, b.data(), &k, &zero, c.data(), &m);
  double worst = 0;
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      double sum = 0, size = 0;
      for (int l = 0; l < k; ++l) {
        const double term =
            static_cast<double>(a[place(i, l, m)]) * static_cast<double>(b[place(l, j, k)]);
        sum += term;
        size += std::abs(term);
      }
      const double error = std::abs(static_cast<double>(c[place(i, j, m)]) - sum);
      const double unit = std::numeric_limits<Real>::epsilon() * size * k;
      // Written so that NaN counts as wrong.
      if (!(error <= worst * unit)) worst = std::isfinite(error) ? error / unit : HUGE_VAL;
    }
  }
  return worst;
}

}  // namespace

VectorUnit vector_unit() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx512 && __builtin_cpu_supports("avx512bf16")) return VectorUnit::avx512_bf16;
  if (avx512) return VectorUnit::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return VectorUnit::avx2;
  if (__builtin_cpu_supports("avx")) return VectorUnit::avx;
#endif
  return VectorUnit::baseline;
}

VectorUnit vector_unit_of_core(std::string_view core) {
  std::string small(core);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto* const found = std::ranges::find(cores, small, &Core::name);
  return found == cores.end() ? VectorUnit::avx512_bf16 : found->unit;
}

std::string_view best_core(VectorUnit unit) {
  constexpr std::array<std::string_view, 5> best = {"Prescott", "Sandybridge", "Haswell",
                                                    "SkylakeX", "Cooperlake"};
  return best[static_cast<std::size_t>(unit)];
}

std::string openblas_core() {
  const auto core = loaded<char*()>("openblas_get_corename");
  return core == nullptr ? "" : core();
}

std::string openblas_name() {
  const auto config = loaded<char*()>("openblas_get_config");
  if (config == nullptr) return "";
  const auto parallel = loaded<int()>("openblas_get_parallel");
  const char* const models[] = {"sequential", "pthreads", "OpenMP"};
  const std::string text = config();
  return text.substr(0, text.find(' ', text.find(' ') + 1)) + " (" + openblas_core() + ", " +
         models[parallel == nullptr ? 0 : std::clamp(parallel(), 0, 2)] + ")";
}

std::string better_openblas_core() {
  const std::string core = openblas_core();
  const VectorUnit unit = vector_unit();
  return core.empty() || vector_unit_of_core(core) >= unit ? "" : std::string(best_core(unit));
}

double blas_error() {
  const auto single = loaded<Gemm<float>>("sgemm_");
  const auto twice = loaded<Gemm<double>>("dgemm_");
  double worst = 0;
  // Around the edges of the tiles; the last is past a million products, where kernels pack.
  for (const auto& [m, n, k] :
       {std::array{1, 1, 1}, std::array{17, 9, 33}, std::array{130, 70, 129}}) {
    if (single != nullptr) worst = std::max(worst, product_error(single, m, n, k));
    if (twice != nullptr) worst = std::max(worst, product_error(twice, m, n, k));
  }
  return worst;
}

}  // namespace cmc
