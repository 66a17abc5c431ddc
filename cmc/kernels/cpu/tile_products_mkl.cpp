#include "cmc/kernels/cpu/tile_products.h"

// The products of tile_products.h by the MKL inside libtorch, for a libtorch that has one. It has a
// oneDNN of its own too, whose symbols meet those of another oneDNN in the process.

extern "C" {
// Column by column, as Fortran has it.
void sgemm_(const char* a_transposed, const char* b_transposed, const int* m, const int* n,
            const int* k, const float* alpha, const float* a, const int* a_stride, const float* b,
            const int* b_stride, const float* beta, float* c, const int* c_stride);
void cblas_gemm_bf16bf16f32(int layout, int a_transposed, int b_transposed, int m, int n, int k,
                            float alpha, const std::uint16_t* a, int a_stride,
                            const std::uint16_t* b, int b_stride, float beta, float* c,
                            int c_stride);
}

namespace cmc::kernels {
namespace {

/// A row-major matrix, perhaps to be read transposed.
template <class Element>
struct Factor {
  const Element* values;
  std::int64_t stride;
  bool transposed = false;
};

/// c[m, n] = a · b + beta c, where a is [m, k] and b [k, n] as read. Row by row is the product of
/// the transposed column by column.
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, Factor<float> a, Factor<float> b,
              float beta, float* c, std::int64_t c_stride) {
  const int rows = static_cast<int>(m), columns = static_cast<int>(n), depth = static_cast<int>(k);
  const int a_stride = static_cast<int>(a.stride), b_stride = static_cast<int>(b.stride);
  const int stride = static_cast<int>(c_stride);
  const float one = 1;
  sgemm_(b.transposed ? "T" : "N", a.transposed ? "T" : "N", &columns, &rows, &depth, &one,
         b.values, &b_stride, a.values, &a_stride, &beta, c, &stride);
}

void multiply(std::int64_t m, std::int64_t n, std::int64_t k, Factor<std::uint16_t> a,
              Factor<std::uint16_t> b, float beta, float* c, std::int64_t c_stride) {
  constexpr int row_major = 101, plain = 111, transposed = 112;
  cblas_gemm_bf16bf16f32(row_major, a.transposed ? transposed : plain,
                         b.transposed ? transposed : plain, static_cast<int>(m),
                         static_cast<int>(n), static_cast<int>(k), 1, a.values,
                         static_cast<int>(a.stride), b.values, static_cast<int>(b.stride), beta, c,
                         static_cast<int>(c_stride));
}

}  // namespace

void TileProducts<float>::scores(const float* a, std::int64_t m, const float* b,
                                 std::int64_t columns, std::int64_t dim, float* scores,
                                 std::int64_t n) {
  multiply(m, columns, dim, Factor<float>{a, dim}, Factor<float>{b, dim, true}, 0, scores, n);
}

void TileProducts<float>::add_to_rows(const float* b, std::int64_t dim, float* out) {
  multiply(m_, dim, columns_, Factor<float>{weights_, n_}, Factor<float>{b, dim}, 1, out, dim);
}

void TileProducts<float>::add_to_columns(const float* a, std::int64_t dim, float* out) {
  multiply(columns_, dim, m_, Factor<float>{weights_, n_, true}, Factor<float>{a, dim}, 1, out,
           dim);
}

struct TileProducts<std::uint16_t>::Primitives {};
TileProducts<std::uint16_t>::TileProducts() = default;
TileProducts<std::uint16_t>::~TileProducts() = default;

void TileProducts<std::uint16_t>::scores(const std::uint16_t* a, std::int64_t m,
                                         const std::uint16_t* b, std::int64_t columns,
                                         std::int64_t dim, float* scores, std::int64_t n) {
  multiply(m, columns, dim, Factor<std::uint16_t>{a, dim}, Factor<std::uint16_t>{b, dim, true}, 0,
           scores, n);
}

void TileProducts<std::uint16_t>::add_to_rows(const std::uint16_t* b, std::int64_t dim,
                                              float* out) {
  multiply(m_, dim, columns_, Factor<std::uint16_t>{weights_.data(), n_},
           Factor<std::uint16_t>{b, dim}, 1, out, dim);
}

void TileProducts<std::uint16_t>::add_to_columns(const std::uint16_t* a, std::int64_t dim,
                                                 float* out) {
  multiply(columns_, dim, m_, Factor<std::uint16_t>{weights_.data(), n_, true},
           Factor<std::uint16_t>{a, dim}, 1, out, dim);
}

}  // namespace cmc::kernels
