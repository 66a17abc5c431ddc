#include "cmc/encoders/max_pool.h"

#include <ATen/ATen.h>

#include <ostream>

#include "cmc/kernels/max_pool.h"

namespace cmc::encoders {

at::Tensor MaxPoolImpl::forward(const at::Tensor& x) {
  const auto &size = options_.kernel_size(), &stride = options_.stride(),
             &padding = options_.padding();
  if (at::GradMode::is_enabled() && x.requires_grad() && kernels::has_max_pool(x))
    return kernels::max_pool(x, {.size = {size->at(0), size->at(1)},
                                 .stride = {stride->at(0), stride->at(1)},
                                 .padding = {padding->at(0), padding->at(1)}});
  return at::max_pool2d(x, *size, *stride, *padding);
}

void MaxPoolImpl::pretty_print(std::ostream& stream) const {
  stream << "cmc::encoders::MaxPool(" << options_.kernel_size() << ", stride=" << options_.stride()
         << ", padding=" << options_.padding() << ")";
}

}  // namespace cmc::encoders
