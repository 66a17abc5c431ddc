#pragma once

#include <string>

namespace cmc {

/// Cores that this process may run on (its affinity mask, not the machine's count).
int available_cores();

/// Sets the threads of libtorch's operators (0: one for each available core). Debian's libtorch
/// starts with one where nothing else says otherwise.
void set_threads(int threads);

/// The BLAS that the process has loaded, such as "OpenBLAS 0.3.21 (SkylakeX, pthreads)", or
/// "reference BLAS", under which libtorch's matrix products are some 20 times slower.
std::string blas_name();

}  // namespace cmc
