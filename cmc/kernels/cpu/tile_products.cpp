#include "cmc/kernels/cpu/tile_products.h"

#include "cmc/kernels/cpu/tile_exponentials.h"

// What the products have in common, whichever library multiplies.

namespace cmc::kernels {

void TileProducts<float>::take_weights(const float* weights, std::int64_t m, std::int64_t columns,
                                       std::int64_t n) {
  weights_ = weights;
  m_ = m;
  columns_ = columns;
  n_ = n;
}

void TileProducts<std::uint16_t>::take_weights(const float* weights, std::int64_t m,
                                               std::int64_t columns, std::int64_t n) {
  weights_.resize(m * n);
  round_to_bfloat16(weights, m * n, weights_.data());
  m_ = m;
  columns_ = columns;
  n_ = n;
}

}  // namespace cmc::kernels
