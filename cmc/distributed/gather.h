#pragma once

#include <ATen/core/Tensor.h>

#include <array>

namespace cmc::distributed {

class ProcessGroup;

/// [W · n, …]: everyone's rows, by rank; `own` is [n, …], as many rows everywhere. Differentiable
/// where each process has a loss of its own of all rows, whose sum is what is minimised: the
/// backward pass sums the gradients over the processes and takes the own rows'. (Gloo has no
/// reduce-scatter: it is an all-reduce and a slice.)
at::Tensor gathered(ProcessGroup& group, const at::Tensor& own);

/// [Σ n, …]: everyone's rows [n, …], by rank, n of each process its own. Without gradient, and of
/// any type, bit for bit.
at::Tensor gathered_rows(ProcessGroup& group, const at::Tensor& own);

/// The tensors themselves, of which every process holds the same, where each does a part of what
/// follows: the backward pass sums the gradients over the processes, so that each has the whole
/// gradient. The other end of summed(). They are in one node of the graph, so that all processes
/// sum in one order.
std::array<at::Tensor, 3> shared_out(ProcessGroup& group, const at::Tensor& x, const at::Tensor& y,
                                     const at::Tensor& z);

/// Σ over the processes of their parts, each of which then goes on with the same: the gradient of a
/// part is that of the sum.
at::Tensor summed(ProcessGroup& group, const at::Tensor& part);

/// log Σ exp over the processes of their parts [n], −∞ where all are; the same everywhere, and the
/// gradient of a part is its share. A part of −∞ has none.
at::Tensor log_sum_exp(ProcessGroup& group, const at::Tensor& part);

/// [n, Σ k]: everyone's columns [n, k], by rank, k of each process its own; those who go on with
/// the same pass each its own columns' gradient.
at::Tensor joined_columns(ProcessGroup& group, const at::Tensor& columns);

}  // namespace cmc::distributed
