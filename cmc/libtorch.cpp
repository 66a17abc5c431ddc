#include "cmc/libtorch.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <torch/optim/adamw.h>
#include <torch/optim/optimizer.h>
#include <torch/optim/sgd.h>
#include <torch/version.h>

#include "cmc/error.h"

namespace cmc {
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
  enabled_before_ = cmc::enabled(device);
  dtype_before_ = dtype(device);
  set(device, enabled, enabled ? at::kBFloat16 : dtype_before_);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  set(device_, enabled_before_, dtype_before_);
}

bool Autocast::is_on(at::DeviceType device) {
  return enabled(device);
}

bool cpu_has_bfloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0 && at::globalContext().hasMKLDNN();
#else
  return false;
#endif
}

std::string libtorch_version() {
  return TORCH_VERSION;
}

namespace {

#if TORCH_VERSION_MAJOR >= 2

void* state_key(const at::Tensor& parameter) {
  return parameter.unsafeGetTensorImpl();
}

#else

std::string state_key(const at::Tensor& parameter) {
  return c10::guts::to_string(parameter.unsafeGetTensorImpl());
}

#endif

}  // namespace

std::map<std::string, at::Tensor> optimizer_slots(const torch::optim::Optimizer& optimizer,
                                                  const at::Tensor& parameter) {
  const auto found = optimizer.state().find(state_key(parameter));
  if (found == optimizer.state().end()) return {};
  if (const auto* adamw = dynamic_cast<torch::optim::AdamWParamState*>(found->second.get()))
    return {{"step", at::scalar_tensor(adamw->step(), at::kLong)},
            {"exp_avg", adamw->exp_avg()},
            {"exp_avg_sq", adamw->exp_avg_sq()}};
  if (const auto* sgd = dynamic_cast<torch::optim::SGDParamState*>(found->second.get()))
    return {{"momentum_buffer", sgd->momentum_buffer()}};
  fail("this optimiser keeps a state that a checkpoint does not know");
}

torch::optim::AdamWParamState& adamw_state(torch::optim::Optimizer& optimizer,
                                           const at::Tensor& parameter) {
  auto& kept = optimizer.state()[state_key(parameter)];
  if (kept == nullptr) {
    auto state = std::make_unique<torch::optim::AdamWParamState>();
    state->step(0);
    state->exp_avg(at::zeros_like(parameter));
    state->exp_avg_sq(at::zeros_like(parameter));
    kept = std::move(state);
  }
  return static_cast<torch::optim::AdamWParamState&>(*kept);
}

void set_optimizer_slots(torch::optim::Optimizer& optimizer, const at::Tensor& parameter,
                         const std::map<std::string, at::Tensor>& slots) {
  const auto slot = [&](const char* name) {
    const auto found = slots.find(name);
    check(found != slots.end(), "the optimizer's state lacks the slot {}", name);
    return found->second;
  };
  const auto like = [&](const char* name) { return slot(name).to(parameter.device()).clone(); };
  if (dynamic_cast<torch::optim::AdamW*>(&optimizer) != nullptr) {
    auto state = std::make_unique<torch::optim::AdamWParamState>();
    state->step(slot("step").item<std::int64_t>());
    state->exp_avg(like("exp_avg"));
    state->exp_avg_sq(like("exp_avg_sq"));
    optimizer.state()[state_key(parameter)] = std::move(state);
  } else {
    auto state = std::make_unique<torch::optim::SGDParamState>();
    state->momentum_buffer(like("momentum_buffer"));
    optimizer.state()[state_key(parameter)] = std::move(state);
  }
}

}  // namespace cmc
