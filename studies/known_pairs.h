#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cmc::studies {

/// Two variables whose information is known.
struct KnownPairs {
  struct Samples {
    at::Tensor x, y;  ///< float64 [N, d_x], [N, d_y]
  };
  enum class Kind { one_dimension, normal, long_tails, transformed };

  std::string name;  ///< as the paper calls it
  Kind kind;
  std::int64_t x_dim, y_dim;
  double information;  ///< nats
  /// n samples, by the global generator.
  std::function<Samples(std::int64_t n)> draw;
};

std::string name(KnownPairs::Kind kind);

/// The 40 tasks of Czyż et al. 2023, "Beyond Normal: On the Evaluation of Mutual Information
/// Estimators" (arXiv 2306.11078, section 3; the package benchmark-mi): normal, uniform and
/// Student's variables of 1 to 50 dimensions, and what invertible functions of each side, which
/// change no information, make of them.
const std::vector<KnownPairs>& known_pairs();

}  // namespace cmc::studies
