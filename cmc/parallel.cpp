#include "cmc/parallel.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <fmt/format.h>

#include "cmc/error.h"
#include "cmc/openblas.h"
#include "cmc/processor.h"

namespace cmc {

void set_threads(int threads) {
  check(threads >= 0, "threads = {}: it must be 0 (one for each core) or more", threads);
  at::set_num_threads(threads == 0 ? available_cores() : threads);
}

ThreadsScope::ThreadsScope(int threads) : before_(at::get_num_threads()), now_(threads) {
  if (before_ != now_) at::set_num_threads(now_);
}

ThreadsScope::~ThreadsScope() {
  if (before_ != now_) at::set_num_threads(before_);
}

std::string blas_name() {
  if (at::hasMKL()) return "MKL";
  const std::string openblas = openblas_name();
  return openblas.empty() ? "reference BLAS" : openblas;
}

std::string blas_warning() {
  const std::string name = blas_name();
  if (name == "MKL") return "";
  if (name == "reference BLAS")
    return "libtorch runs on the reference BLAS, some 20 times slower than OpenBLAS: install "
           "libopenblas0-openmp";
  if (blas_error() >= 1)
    return fmt::format(
        "{} computes wrong products on this processor: set OPENBLAS_CORETYPE=Haswell", name);
  const std::string better = better_openblas_core();
  if (better.empty()) return "";
  return fmt::format(
      "{} leaves this processor's {} unused, at a fraction of its speed: set "
      "OPENBLAS_CORETYPE={} before the program starts",
      name, instruction_set(), better);
}

}  // namespace cmc
