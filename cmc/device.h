#pragma once

#include <c10/core/Device.h>

#include <string>

namespace cmc {

/// The device of a name: "auto" (CUDA where libtorch has it and finds a device, else the CPU),
/// "cpu", "cuda" or "cuda:N". Throws Error where there is no such device.
at::Device find_device(const std::string& name);

/// Whether encoders compute in bfloat16 on `device`. `precision`: "fp32"; "bf16"; "auto", which is
/// bf16 on CUDA and on processors with AVX-512 BF16.
bool uses_bfloat16(const std::string& precision, at::Device device);

}  // namespace cmc
