#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace cmc::kernels {

/// The norms of the rows of `embeddings` [N, D], as float64 [N].
///
/// Throws Error, naming `name` and the row, unless the tensor is floating point with two
/// dimensions, has at least one row and one column, every entry is finite, and no row is zero: the
/// cosine with such a row has no value.
at::Tensor checked_norms(const at::Tensor& embeddings, std::string_view name);

/// Throws Error unless the embeddings of two views, each [N, D], agree in shape, type and device.
void check_same(const at::Tensor& a, const at::Tensor& b, std::string_view a_name,
                std::string_view b_name);

/// Rows scaled to unit length, z / ‖z‖: [N, D] → [N, D], differentiable, on any device. Throws as
/// checked_norms does.
at::Tensor unit_rows(const at::Tensor& embeddings, std::string_view name);

/// Throws Error unless τ is finite and positive: τ = 0 divides by zero, and τ < 0 pulls negatives
/// closer and pushes positives apart.
void check_temperature(double temperature);

}  // namespace cmc::kernels
