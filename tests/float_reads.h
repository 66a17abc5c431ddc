#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/record_function.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cmc {

/// Counts what this thread reads, one number at a time (`item()`), of tensors of floating point: on
/// another device each of them would wait for it. Numbers of samples lie on the CPU, and do not
/// count, nor do `known` values: τ and b, which are looked at where they lie on the CPU.
class FloatReads {
 public:
  explicit FloatReads(std::vector<double> known = {}) : known_(std::move(known)) {
    counting = this;
    handle_ = at::addThreadLocalCallback(
        at::RecordFunctionCallback(&started).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  }
  ~FloatReads() {
    at::removeCallback(handle_);
    counting = nullptr;
  }
  FloatReads(const FloatReads&) = delete;
  FloatReads& operator=(const FloatReads&) = delete;

  int count() const { return count_; }
  /// Of every number, to show that they are seen.
  int all() const { return all_; }

 private:
  static std::unique_ptr<at::ObserverContext> started(const at::RecordFunction& function) {
    if (std::strcmp(function.name(), "aten::_local_scalar_dense") == 0)
      counting->see(function.inputs()[0].toTensor());
    return nullptr;
  }

  void see(const at::Tensor& tensor) {
    ++all_;
    if (tensor.is_floating_point() && !is_known(tensor)) ++count_;
  }

  bool is_known(const at::Tensor& tensor) const {
    double value = 0;
    if (tensor.scalar_type() == at::kDouble)
      value = *tensor.data_ptr<double>();
    else if (tensor.scalar_type() == at::kFloat)
      value = *tensor.data_ptr<float>();
    for (const double known : known_)
      if (std::abs(value - known) < 1e-6) return true;
    return false;
  }

  static inline thread_local FloatReads* counting = nullptr;

  std::vector<double> known_;
  at::CallbackHandle handle_ = 0;
  int count_ = 0, all_ = 0;
};

}  // namespace cmc
