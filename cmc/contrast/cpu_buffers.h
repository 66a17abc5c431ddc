#pragma once

#include <torch/nn/module.h>

#include <string>
#include <vector>

namespace cmc::contrast {

/// A module some of whose buffers stay on the CPU, whichever device it is moved to: those that tell
/// samples and steps by number. They are read at every step, and a device would have to be waited
/// for.
class CpuBuffers : public torch::nn::Module {
 public:
  using torch::nn::Module::to;
  void to(at::Device device, bool non_blocking = false) override;
  void to(at::Device device, at::ScalarType dtype, bool non_blocking = false) override;

 protected:
  at::Tensor register_cpu_buffer(const std::string& name, const at::Tensor& tensor);

 private:
  void bring_back();

  std::vector<at::Tensor> on_cpu_;
};

}  // namespace cmc::contrast
