#include "cmc/distributed/gather.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "cmc/distributed/process_group.h"

namespace cmc::distributed {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

ProcessGroup& group_of(const AutogradContext& context) {
  return *group_at(context.saved_data.at("group").toInt());
}

at::Tensor sum_of(ProcessGroup& group, const at::Tensor& part) {
  const at::Tensor sum = part.detach().clone(at::MemoryFormat::Contiguous);
  group.all_reduce(sum);
  return sum;
}

struct Gathered : torch::autograd::Function<Gathered> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& own, std::int64_t group) {
    context->saved_data["group"] = group;
    return group_of(*context).all_gather(own.contiguous()).flatten(0, 1);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    ProcessGroup& group = group_of(*context);
    const at::Tensor all = sum_of(group, gradients[0]);
    const std::int64_t rows = all.size(0) / group.size();
    return {all.narrow(0, group.rank() * rows, rows), at::Tensor()};
  }
};

struct SharedOut : torch::autograd::Function<SharedOut> {
  static variable_list forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& y,
                               const at::Tensor& z, std::int64_t group) {
    context->saved_data["group"] = group;
    context->save_for_backward({x, y, z});
    return {x.view_as(x), y.view_as(y), z.view_as(z)};
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto given = context->get_saved_variables();
    variable_list sums;
    for (std::size_t i = 0; i < given.size(); ++i)
      sums.push_back(given[i].requires_grad()
                         ? sum_of(group_of(*context),
                                  gradients[i].defined() ? gradients[i] : at::zeros_like(given[i]))
                         : at::Tensor());
    sums.emplace_back();
    return sums;
  }
};

struct Summed : torch::autograd::Function<Summed> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& part, std::int64_t group) {
    context->saved_data["group"] = group;
    return sum_of(group_of(*context), part);
  }
  static variable_list backward(AutogradContext* /*context*/, variable_list gradients) {
    return {gradients[0], at::Tensor()};
  }
};

struct LogSumExp : torch::autograd::Function<LogSumExp> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& part, std::int64_t group) {
    context->saved_data["group"] = group;
    const at::Tensor all = group_of(*context).all_gather(part.detach().contiguous());
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

struct JoinedColumns : torch::autograd::Function<JoinedColumns> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& columns,
                            std::int64_t group) {
    context->saved_data["group"] = group;
    ProcessGroup& processes = group_of(*context);
    const at::Tensor counts = processes.all_gather(at::full({}, columns.size(1), at::kLong));
    const at::Tensor room =
        at::zeros({columns.size(0), counts.max().item<std::int64_t>()}, columns.options());
    room.narrow(1, 0, columns.size(1)).copy_(columns.detach());
    const at::Tensor all = processes.all_gather(room);
    variable_list parts;
    std::int64_t before = 0;
    for (int rank = 0; rank < processes.size(); ++rank) {
      parts.push_back(all[rank].narrow(1, 0, counts[rank].item<std::int64_t>()));
      if (rank < processes.rank()) before += parts.back().size(1);
    }
    context->saved_data["first"] = before;
    context->saved_data["count"] = columns.size(1);
    return at::cat(parts, 1);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    return {gradients[0].narrow(1, context->saved_data["first"].toInt(),
                                context->saved_data["count"].toInt()),
            at::Tensor()};
  }
};

}  // namespace

at::Tensor gathered(ProcessGroup& group, const at::Tensor& own) {
  return Gathered::apply(own, address_of(&group));
}

std::array<at::Tensor, 3> shared_out(ProcessGroup& group, const at::Tensor& x, const at::Tensor& y,
                                     const at::Tensor& z) {
  const variable_list out = SharedOut::apply(x, y, z, address_of(&group));
  return {out[0], out[1], out[2]};
}

at::Tensor gathered_rows(ProcessGroup& group, const at::Tensor& own) {
  const at::Tensor counts = group.all_gather(at::full({}, own.size(0), at::kLong));
  std::vector<std::int64_t> shape = own.sizes().vec();
  shape[0] = counts.max().item<std::int64_t>();
  const bool alike = counts.min().item<std::int64_t>() == shape[0];
  if (alike) return group.all_gather(own.detach().contiguous()).flatten(0, 1);
  at::Tensor padded = at::zeros(shape, own.options().requires_grad(false));
  padded.narrow(0, 0, own.size(0)).copy_(own.detach());
  const at::Tensor all = group.all_gather(padded);
  std::vector<at::Tensor> rows;
  for (std::int64_t rank = 0; rank < group.size(); ++rank)
    rows.push_back(all[rank].narrow(0, 0, counts[rank].item<std::int64_t>()));
  return at::cat(rows);
}

at::Tensor joined_columns(ProcessGroup& group, const at::Tensor& columns) {
  return JoinedColumns::apply(columns, address_of(&group));
}

at::Tensor summed(ProcessGroup& group, const at::Tensor& part) {
  return Summed::apply(part, address_of(&group));
}

at::Tensor log_sum_exp(ProcessGroup& group, const at::Tensor& part) {
  return LogSumExp::apply(part, address_of(&group));
}

}  // namespace cmc::distributed
