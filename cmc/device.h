#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <string>

namespace cmc {

/// The device of a name: "auto" (CUDA where libtorch has it and finds a device, else the CPU),
/// "cpu", "cuda" or "cuda:N". Throws Error where there is no such device.
at::Device find_device(const std::string& name);

/// The tensor on `device`, differentiable. A copy to another device than the CPU is queued there:
/// nothing waits for what that has still to do.
inline at::Tensor sent_to(const at::Tensor& tensor, at::Device device) {
  return tensor.to(device, tensor.scalar_type(), /*non_blocking=*/!device.is_cpu());
}

/// What encoders compute in.
enum class Precision {
  /// bf16 on CUDA and on processors with AVX-512 BF16, else fp32.
  automatic,
  bf16,
  fp32,
};

/// Whether encoders compute in bfloat16 on `device`.
bool uses_bfloat16(Precision precision, at::Device device);

}  // namespace cmc
