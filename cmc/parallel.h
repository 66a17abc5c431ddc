#pragma once

#include <string>

namespace cmc {

/// Sets the threads of libtorch's operators (0: one for each available core). Debian's libtorch
/// starts with one where nothing else says otherwise.
void set_threads(int threads);

/// Gives the operators that the calling thread calls so many threads, for a scope.
class ThreadsScope {
 public:
  explicit ThreadsScope(int threads);
  ~ThreadsScope();
  ThreadsScope(const ThreadsScope&) = delete;
  ThreadsScope& operator=(const ThreadsScope&) = delete;

 private:
  int before_, now_;
};

/// The BLAS that the process has loaded, such as "OpenBLAS 0.3.21 (SkylakeX, pthreads)", or
/// "reference BLAS", under which libtorch's matrix products are some 20 times slower.
std::string blas_name();

/// One line of what makes that BLAS slow or wrong here, and what to do: the reference BLAS; kernels
/// of OpenBLAS below what the processor offers (better_openblas_core in cmc/openblas.h); wrong
/// products. Empty where all is well.
std::string blas_warning();

}  // namespace cmc
