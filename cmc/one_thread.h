#pragma once

namespace cmc {

/// From here on the calling thread's operators, BLAS and OpenMP regions use this thread alone.
///
/// Threads that work side by side call it before each piece of work: OpenBLAS, built with OpenMP,
/// keeps one number of threads for all of a process's, adopts a caller's where it differs, and then
/// gives the thread what stands there (goto_set_num_threads in its blas_server_omp.c), which
/// another thread may have written meanwhile.
void use_one_thread();

}  // namespace cmc
