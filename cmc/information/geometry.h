#pragma once

#include <ATen/core/Tensor.h>

// How embeddings lie. Rows are raw embeddings [N, D] of N samples and are scaled to unit length
// inside (but for effective_rank); row i of `a` and `b` is one sample seen in two views. Each
// throws Error on other shapes, fewer than 2 rows, a row that is zero or not finite.

namespace cmc::information {

/// Mean ‖a_i − b_i‖^power of positives (Wang and Isola 2020, arXiv 2005.10242, eq. 4); with power
/// 2, 2 − 2 cos. 0: views meet.
double alignment(const at::Tensor& a, const at::Tensor& b, double power = 2);

/// log mean_{i≠j} exp(−t ‖z_i − z_j‖²) (eq. 5). 0: all in one point; least where the embeddings
/// are uniform on the sphere: about −2t for large D. Distances are made in blocks, so that memory
/// is O(N · 512).
double uniformity(const at::Tensor& z, double t = 2);

/// exp of the entropy of σ/Σσ, σ the singular values of the centred rows as they are, not
/// normalised (Roy and Vetterli 2007, "The effective rank"): between 1 and min(N − 1, D). How many
/// directions the rows use, about evenly. Rows that are all equal have 1 by definition.
double effective_rank(const at::Tensor& rows);

/// Mean cosine of a_i with b_i, and of a_i with b_j over all i ≠ j.
struct MeanSimilarities {
  double positive = 0;
  double negative = 0;
};
MeanSimilarities mean_similarities(const at::Tensor& a, const at::Tensor& b);

/// ‖mean_i a_i − mean_i b_i‖: how far two views' embeddings lie apart as clouds (Liang et al. 2022,
/// "Mind the gap", arXiv 2203.02053, section 2). 0 … 2.
double modality_gap(const at::Tensor& a, const at::Tensor& b);

}  // namespace cmc::information
