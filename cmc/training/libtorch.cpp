#include "cmc/training/libtorch.h"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include "cmc/error.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace cmc::training {
namespace {

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)

bool enabled(at::DeviceType device) {
  return at::autocast::is_autocast_enabled(device);
}
at::ScalarType dtype(at::DeviceType device) {
  return at::autocast::get_autocast_dtype(device);
}
void set(at::DeviceType device, bool enabled, at::ScalarType dtype) {
  at::autocast::set_autocast_enabled(device, enabled);
  at::autocast::set_autocast_dtype(device, dtype);
}

#else

bool enabled(at::DeviceType device) {
  return device == at::kCPU ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
}
at::ScalarType dtype(at::DeviceType device) {
  return device == at::kCPU ? at::autocast::get_autocast_cpu_dtype()
                            : at::autocast::get_autocast_gpu_dtype();
}
void set(at::DeviceType device, bool enabled, at::ScalarType dtype) {
  if (device == at::kCPU) {
    at::autocast::set_cpu_enabled(enabled);
    at::autocast::set_autocast_cpu_dtype(dtype);
  } else {
    at::autocast::set_enabled(enabled);
    at::autocast::set_autocast_gpu_dtype(dtype);
  }
}

#endif

}  // namespace

Autocast::Autocast(at::DeviceType device, bool enabled) : device_(device) {
  check(device == at::kCPU || device == at::kCUDA, "autocast on {}: it is for cpu and cuda",
        at::DeviceTypeName(device, true));
  enabled_before_ = training::enabled(device);
  dtype_before_ = dtype(device);
  set(device, enabled, enabled ? at::kBFloat16 : dtype_before_);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  set(device_, enabled_before_, dtype_before_);
}

#if defined(__x86_64__)

namespace {

bool has_amx() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & (1u << 22)) != 0;  // AMX-BF16
}

}  // namespace

bool cpu_has_bfloat16() {
  return __builtin_cpu_supports("avx512bf16") != 0 && at::globalContext().hasMKLDNN();
}

std::string cpu_instruction_set() {
  if (__builtin_cpu_supports("avx512bf16"))
    return has_amx() ? "AVX-512 BF16 + AMX" : "AVX-512 BF16";
  if (__builtin_cpu_supports("avx512f")) return "AVX-512";
  return __builtin_cpu_supports("avx2") ? "AVX2" : "baseline";
}

#else

bool cpu_has_bfloat16() {
  return false;
}
std::string cpu_instruction_set() {
  return "baseline";
}

#endif

std::string libtorch_version() {
  return TORCH_VERSION;
}

}  // namespace cmc::training
