#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace cmc::kernels {

/// Throws Error, naming `name` and the row, unless `embeddings` are float32, bfloat16 or float64
/// [N, D] with at least one row and one column, every entry is finite, and no row is zero: the
/// cosine with such a row has no value. `read`: bool [N] on the CPU, the rows of which that is
/// asked; undefined: all. The entries are looked at on the CPU alone: another device would have to
/// be waited for. There a row that is zero or not finite gives NaN.
void check_embeddings(const at::Tensor& embeddings, std::string_view name,
                      const at::Tensor& read = {});

/// Throws Error, naming `name`, unless the tensor's numbers are float32, bfloat16 or float64: the
/// operators have no other.
void check_numbers(const at::Tensor& tensor, std::string_view name);

/// Throws Error unless the embeddings of two views, each [N, D], agree in shape, type and device.
void check_same(const at::Tensor& a, const at::Tensor& b, std::string_view a_name,
                std::string_view b_name);

/// Rows scaled to unit length, z / ‖z‖: [N, D] → [N, D], differentiable, on any device. Rows that
/// are zero or not finite give NaN.
at::Tensor scaled_rows(const at::Tensor& rows);

/// The same of embeddings that are checked first: throws as check_embeddings does.
at::Tensor unit_rows(const at::Tensor& embeddings, std::string_view name);

/// Lengths of rows [N, D]: [N, 1] of their type, differentiable. Summed in float64, since squares
/// of float32 can leave its range.
at::Tensor row_norms(const at::Tensor& rows);

/// Embeddings on the CPU, as the fused kernels take them.
struct UnitEmbeddings {
  /// [N, D], rows scaled to unit length, of the embeddings' type (float32 or bfloat16), contiguous.
  at::Tensor rows;
  /// float64 [N]: the norms before.
  at::Tensor norms;
};

/// Scales float32 or bfloat16 rows on the CPU, with `threads` threads. Throws as check_embeddings
/// does. Carries no gradient.
UnitEmbeddings unit_embeddings(const at::Tensor& embeddings, std::string_view name, int threads);

/// Gradient of embeddings from that of their unit rows: row i becomes (g − (g · u) u) / norm, where
/// g is `scale` times the row of `gradient` [N, D] (float32, overwritten) plus extra[i] times the
/// row of `other`, and cosine[i] = u · the row of `other`. Returns it in the embeddings' type.
at::Tensor embedding_gradient(const at::Tensor& gradient, double scale, const UnitEmbeddings& units,
                              const UnitEmbeddings& other, const double* extra,
                              const double* cosine, int threads);

/// Gradients of anchors' and of their own positives' embeddings, each in its embeddings' type.
struct OwnPairGradients {
  at::Tensor anchors, positives;
};

/// Those of a loss of anchors with a bank: of anchor i `scale` times the row of `on_anchors` [N, D]
/// (float32, overwritten), what the bank's rows pull, and on_own[i], ∂L/∂s⁺, times its positive; of
/// its positive on_own[i] times the anchor; both through the normalisation. `own`: s⁺ of each.
OwnPairGradients own_pair_gradients(const at::Tensor& on_anchors, double scale,
                                    const UnitEmbeddings& anchors, const UnitEmbeddings& positives,
                                    const double* on_own, const double* own, int threads);

/// Dot product of each row of `a` with that of `b`, [N], summed in float64. Rows as UnitEmbeddings
/// holds them.
void row_products(const at::Tensor& a, const at::Tensor& b, int threads, double* products);

/// Dot product of row i of `a` with row j of `b`, summed in float64. Rows as UnitEmbeddings holds
/// them.
double row_product(const at::Tensor& a, std::int64_t i, const at::Tensor& b, std::int64_t j);

/// Throws Error unless τ is finite and positive: τ = 0 divides by zero, and τ < 0 pulls negatives
/// closer and pushes positives apart.
void check_temperature(double temperature);

/// The same for a scalar tensor; on another device than the CPU its value is not looked at.
void check_temperature(const at::Tensor& temperature);

}  // namespace cmc::kernels
