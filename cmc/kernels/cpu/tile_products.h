#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace cmc::kernels {

/// Rows of unit length that a kernel multiplies: [n, dim] float32, or bfloat16 as its bits.
template <class Element>
struct UnitRows {
  const Element* values = nullptr;
  std::int64_t dim = 0;

  const Element* row(std::int64_t i) const { return values + i * dim; }
};

/// Matrix products of one tile on the calling thread, by oneDNN (or, see tile_products_mkl.cpp, by
/// the MKL inside libtorch). A tile is [m, n] with n a
/// multiple of tile_column_multiple; only its first `columns` columns take part. All matrices are
/// row-major.
///
/// One object serves one thread. The element type is that of the rows; every sum is float32.
template <class Element>
class TileProducts;

/// float32 × float32: oneDNN's sgemm, which on one thread is faster than OpenBLAS's and, unlike
/// that of OpenBLAS's pthread build, has no threads of its own to wake inside a parallel region.
template <>
class TileProducts<float> {
 public:
  /// scores[m, n] = a[m, dim] · b[columns, dim]ᵀ.
  void scores(const float* a, std::int64_t m, const float* b, std::int64_t columns,
              std::int64_t dim, float* scores, std::int64_t n);

  /// Takes weights[m, n] for the two products that follow.
  void take_weights(const float* weights, std::int64_t m, std::int64_t columns, std::int64_t n);

  /// out[m, dim] += weights[m, columns] · b[columns, dim].
  void add_to_rows(const float* b, std::int64_t dim, float* out);

  /// out[columns, dim] += weights[m, columns]ᵀ · a[m, dim].
  void add_to_columns(const float* a, std::int64_t dim, float* out);

 private:
  const float* weights_ = nullptr;
  std::int64_t m_ = 0, columns_ = 0, n_ = 0;
};

/// bfloat16 × bfloat16 → float32: oneDNN's matrix product, on AVX-512 BF16 where the processor has
/// it; without AVX-512, which that product asks for, float32's of the same numbers. The weights are
/// rounded to bfloat16.
template <>
class TileProducts<std::uint16_t> {
 public:
  TileProducts();
  ~TileProducts();
  TileProducts(const TileProducts&) = delete;
  TileProducts& operator=(const TileProducts&) = delete;

  void scores(const std::uint16_t* a, std::int64_t m, const std::uint16_t* b, std::int64_t columns,
              std::int64_t dim, float* scores, std::int64_t n);
  void take_weights(const float* weights, std::int64_t m, std::int64_t columns, std::int64_t n);
  void add_to_rows(const std::uint16_t* b, std::int64_t dim, float* out);
  void add_to_columns(const std::uint16_t* a, std::int64_t dim, float* out);

 private:
  struct Primitives;

  std::unique_ptr<Primitives> primitives_;
  std::vector<std::uint16_t> weights_;
  std::int64_t m_ = 0, columns_ = 0, n_ = 0;
};

}  // namespace cmc::kernels
