#include "cmc/device.h"

#include <torch/cuda.h>

#include "cmc/error.h"
#include "cmc/libtorch.h"

namespace cmc {

at::Device find_device(const std::string& name) {
  if (name == "auto") return torch::cuda::is_available() ? at::Device("cuda") : at::Device("cpu");
  if (name == "cpu") return at::Device("cpu");
  check(name == "cuda" || name.starts_with("cuda:"),
        "the device \"{}\" is not known; it is \"auto\", \"cpu\", \"cuda\" or \"cuda:N\"", name);
  check(torch::cuda::is_available(),
        "the device \"{}\" was asked for, but this libtorch has no CUDA or finds no device", name);
  return at::Device(name);
}

bool uses_bfloat16(Precision precision, at::Device device) {
  if (precision == Precision::automatic) return device.is_cuda() || cpu_has_bfloat16();
  return precision == Precision::bf16;
}

}  // namespace cmc
