// Loaded before everything else by launcher_test.cpp: an OpenBLAS that does not know the processor,
// and takes its oldest kernels unless it is told which.
#include <cstdlib>

extern "C" char* openblas_get_corename() {
  static char oldest[] = "Prescott";
  char* const told = std::getenv("OPENBLAS_CORETYPE");
  return told != nullptr ? told : oldest;
}
