#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/DeviceType.h>
#include <c10/core/ScalarType.h>

#include <map>
#include <string>

namespace torch::optim {
class Optimizer;
struct AdamWParamState;
}  // namespace torch::optim

namespace cmc {

// What differs between the versions of libtorch (1.13 and newer) stands in this file and its source
// alone.

/// Lower precision for a scope: while a guard lives, convolutions and matrix products on `device`
/// compute in bfloat16 and what needs the range or the precision (losses, sums) stays in float32;
/// parameters stay as they are. Their casts are cached for the life of the outermost guard, so that
/// one guard should span a whole forward pass and none an optimiser's step.
///
///     { Autocast autocast(at::kCPU, options.bfloat16); loss = forward(batch); }
///     loss.backward();
class Autocast {
 public:
  /// Turns autocast on for the CPU or CUDA, or, with `enabled` = false, off within an outer guard.
  explicit Autocast(at::DeviceType device, bool enabled = true);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

  /// Whether the calling thread is in the scope of a guard that is on.
  static bool is_on(at::DeviceType device);

 private:
  at::DeviceType device_;
  bool enabled_before_;
  at::ScalarType dtype_before_;
};

/// True where the processor multiplies bfloat16 in hardware (AVX-512 BF16 or AMX) and libtorch uses
/// it, so that bfloat16 is faster than float32. Elsewhere it is emulated and slower.
bool cpu_has_bfloat16();

/// libtorch's version, such as "1.13.1".
std::string libtorch_version();

/// What AdamW or SGD keeps of a parameter between steps, by the slot's name: "step" (int64 scalar),
/// "exp_avg" and "exp_avg_sq", or "momentum_buffer". Empty before the first step.
std::map<std::string, at::Tensor> optimizer_slots(const torch::optim::Optimizer& optimizer,
                                                  const at::Tensor& parameter);

/// AdamW's state of a parameter: with moments of 0 and no step where it has none yet.
torch::optim::AdamWParamState& adamw_state(torch::optim::Optimizer& optimizer,
                                           const at::Tensor& parameter);

/// Gives a parameter the slots that optimizer_slots returned.
void set_optimizer_slots(torch::optim::Optimizer& optimizer, const at::Tensor& parameter,
                         const std::map<std::string, at::Tensor>& slots);

}  // namespace cmc
