#include "cmc/kernels/cpu/narrow_products.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace cmc::kernels {
namespace {

struct Case {
  std::int64_t n, width, columns;
};

// Fewer and more than a vector, a block of rows, a block of columns, and none of something.
const std::vector<Case> cases = {{1, 1, 1},   {3, 5, 2},     {4, 16, 5},  {7, 37, 10},
                                 {5, 130, 7}, {33, 100, 23}, {2, 0, 3},   {0, 20, 4},
                                 {6, 12, 0},  {9, 64, 12},   {64, 47, 26}};

std::vector<float> normal(std::int64_t n, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> draw;
  std::vector<float> values(static_cast<std::size_t>(n));
  for (float& value : values) value = draw(random);
  return values;
}

TEST(NarrowProducts, OfRowsAreFloat64s) {
  for (const auto& [n, width, columns] : cases) {
    SCOPED_TRACE(testing::Message() << n << " × " << width << ", " << columns);
    const std::vector<float> x = normal(n * width, 1), c = normal(columns * width, 2);
    std::vector<float> y(static_cast<std::size_t>(n * columns), std::nanf(""));
    multiply_narrow({x.data(), n, width}, c.data(), columns, y.data());
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t k = 0; k < columns; ++k) {
        double sum = 0;
        for (std::int64_t j = 0; j < width; ++j)
          sum += static_cast<double>(x[i * width + j]) * static_cast<double>(c[k * width + j]);
        EXPECT_NEAR(y[i * columns + k], sum, 1e-5);
      }
  }
}

TEST(NarrowProducts, AddToWhatIsThere) {
  for (const auto& [n, width, columns] : cases) {
    SCOPED_TRACE(testing::Message() << n << " × " << width << ", " << columns);
    const std::vector<float> x = normal(n * width, 3), c = normal(n * columns, 4),
                             before = normal(columns * width, 5);
    std::vector<float> sums = before;
    add_narrow_products({x.data(), n, width}, c.data(), columns, sums.data());
    for (std::int64_t k = 0; k < columns; ++k)
      for (std::int64_t j = 0; j < width; ++j) {
        double sum = before[k * width + j];
        for (std::int64_t i = 0; i < n; ++i)
          sum += static_cast<double>(x[i * width + j]) * static_cast<double>(c[i * columns + k]);
        EXPECT_NEAR(sums[k * width + j], sum, 1e-5);
      }
  }
}

}  // namespace
}  // namespace cmc::kernels
