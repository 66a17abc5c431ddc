#include "cmc/distributed/gather.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "cmc/distributed/process_group.h"

namespace cmc::distributed {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::int64_t address_of(ProcessGroup& group) {
  return reinterpret_cast<std::int64_t>(&group);
}

ProcessGroup& group_at(const AutogradContext& context) {
  return *reinterpret_cast<ProcessGroup*>(context.saved_data.at("group").toInt());
}

at::Tensor sum_of(ProcessGroup& group, const at::Tensor& part) {
  const at::Tensor sum = part.detach().clone(at::MemoryFormat::Contiguous);
  group.all_reduce(sum);
  return sum;
}

struct Gathered : torch::autograd::Function<Gathered> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& own, std::int64_t group) {
    context->saved_data["group"] = group;
    return group_at(*context).all_gather(own.contiguous()).flatten(0, 1);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    ProcessGroup& group = group_at(*context);
    const at::Tensor all = sum_of(group, gradients[0]);
    const std::int64_t rows = all.size(0) / group.size();
    return {all.narrow(0, group.rank() * rows, rows), at::Tensor()};
  }
};

struct SharedOut : torch::autograd::Function<SharedOut> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, std::int64_t group) {
    context->saved_data["group"] = group;
    return x.view_as(x);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    return {sum_of(group_at(*context), gradients[0]), at::Tensor()};
  }
};

struct Summed : torch::autograd::Function<Summed> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& part, std::int64_t group) {
    context->saved_data["group"] = group;
    return sum_of(group_at(*context), part);
  }
  static variable_list backward(AutogradContext* /*context*/, variable_list gradients) {
    return {gradients[0], at::Tensor()};
  }
};

struct LogSumExp : torch::autograd::Function<LogSumExp> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& part, std::int64_t group) {
    context->saved_data["group"] = group;
    const at::Tensor all = group_at(*context).all_gather(part.detach().contiguous());
    const at::Tensor sum = at::logsumexp(all, 0);
    context->save_for_backward({part, sum});
    return sum;
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor share = at::exp(saved[0] - saved[1]).masked_fill(saved[0].isinf(), 0);
    return {gradients[0] * share, at::Tensor()};
  }
};

}  // namespace

at::Tensor gathered(ProcessGroup& group, const at::Tensor& own) {
  return Gathered::apply(own, address_of(group));
}

at::Tensor shared_out(ProcessGroup& group, const at::Tensor& x) {
  return SharedOut::apply(x, address_of(group));
}

at::Tensor summed(ProcessGroup& group, const at::Tensor& part) {
  return Summed::apply(part, address_of(group));
}

at::Tensor log_sum_exp(ProcessGroup& group, const at::Tensor& part) {
  return LogSumExp::apply(part, address_of(group));
}

}  // namespace cmc::distributed
