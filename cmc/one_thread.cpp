#include "cmc/one_thread.h"

#include <ATen/Parallel.h>
#include <omp.h>

namespace cmc {

void use_one_thread() {
  at::get_num_threads();  // sets libtorch's number for the thread, once, which would undo this
                          // later
  omp_set_num_threads(1);
}

}  // namespace cmc
