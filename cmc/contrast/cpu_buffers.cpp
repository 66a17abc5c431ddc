#include "cmc/contrast/cpu_buffers.h"

namespace cmc::contrast {

void CpuBuffers::to(at::Device device, bool non_blocking) {
  Module::to(device, non_blocking);
  bring_back();
}

void CpuBuffers::to(at::Device device, at::ScalarType dtype, bool non_blocking) {
  Module::to(device, dtype, non_blocking);
  bring_back();
}

at::Tensor CpuBuffers::register_cpu_buffer(const std::string& name, const at::Tensor& tensor) {
  on_cpu_.push_back(register_buffer(name, tensor));
  return on_cpu_.back();
}

void CpuBuffers::bring_back() {
  for (const at::Tensor& buffer : on_cpu_) buffer.set_data(buffer.cpu());
}

}  // namespace cmc::contrast
