#pragma once

#include <cstdint>

namespace cmc::kernels {

// Matrices as AMX's products read them, with AVX-512; only where may_use_amx(). bfloat16 are its 16
// bits. A stride is that of a row, in numbers.

/// to[n, width] = from[n, width], rounded to the nearest, ties to even.
void round_rows(const float* from, std::int64_t from_stride, std::int64_t n, std::int64_t width,
                std::uint16_t* to, std::int64_t to_stride);

/// to[c / 32, r / 2, c mod 32, r mod 2] = from[r, c], a product's right factor: in panels of 32
/// columns, whose tiles are one stretch of memory each. (Tiles of a wide matrix would meet in few
/// lines of the cache.) n is even, width a multiple of 32; `to` has no gaps.
void pair_rows(const std::uint16_t* from, std::int64_t from_stride, std::int64_t n,
               std::int64_t width, std::uint16_t* to);

/// The same of the transposed matrix, from[c, r]; its stride is even, too.
void pair_columns(const std::uint16_t* from, std::int64_t from_stride, std::int64_t n,
                  std::int64_t width, std::uint16_t* to);

/// to[c, r] = from[r, c]. n and width are multiples of 32; `from` has no gaps.
void transpose_rows(const std::uint16_t* from, std::int64_t n, std::int64_t width,
                    std::uint16_t* to, std::int64_t to_stride);

/// The same of 32 bits, such as two bfloat16 or a float, for any n and width.
void transpose_words(const void* from, std::int64_t from_stride, std::int64_t n, std::int64_t width,
                     void* to, std::int64_t to_stride);

}  // namespace cmc::kernels
