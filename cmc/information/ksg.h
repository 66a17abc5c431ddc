#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cmc::information {

/// How repeated values are treated, as in counts, codes and rounded numbers.
enum class TiedValues {
  refuse,  ///< an Error
  /// Uniform noise as wide as the column's least gap between two values. It says nothing of the
  /// other variable and keeps different values apart, so the information does not change.
  jitter,
};

struct KsgOptions {
  /// k, the neighbours that set a sample's scale: few for little bias, more for little variance.
  std::int64_t neighbours = 3;
  /// Of columns of which more than 1 % of the values are repeated. (A column of one value
  /// adds no distance and is left as it is.)
  TiedValues tied = TiedValues::refuse;
  std::uint64_t seed = 0;  ///< of the noise
};

/// The estimator of Kraskov, Stögbauer and Grassberger (2004, "Estimating mutual information",
/// arXiv cond-mat/0305641, eq. 8), nats:
///
///   I ≈ ψ(k) + ψ(N) − mean_i [ψ(n_x(i) + 1) + ψ(n_y(i) + 1)],
///
/// with n_x(i) the samples whose x is strictly nearer to x_i than the k-th neighbour of (x_i, y_i)
/// is in the max norm. x: float [N, d_x], y: float [N, d_y]. An estimate, not a bound; good for few
/// dimensions, since its bias grows with them.
///
/// Distances in the joint space take O(N²); counts in a marginal of one dimension are by sorting.
/// Runs on the CPU, on all threads. Equal values (of discrete or rounded data) break the
/// estimator's assumption that no two distances are equal: of independent variables of four values
/// it would give 7 to 10 nats. Throws Error on other shapes, values that are not finite, tied
/// values unless they are to be jittered, or k outside [1, N − 1].
double ksg_information(const at::Tensor& x, const at::Tensor& y, const KsgOptions& options = {});

}  // namespace cmc::information
