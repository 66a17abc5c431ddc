#include "cmc/kernels/cpu/nearest_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace cmc::kernels {
namespace {

struct Case {
  std::int64_t count, gallery, dim, k;
  float shared;  ///< what all rows have in common, against deviations of 1
};

// Fewer and more than a tile and a block; rows that are nearly alike, as untrained networks' are.
const std::vector<Case> cases = {
    {1, 1, 1, 1, 0},      {3, 5, 2, 5, 0},        {7, 300, 33, 10, 0},  {40, 2000, 64, 20, 0},
    {5, 700, 40, 3, 100}, {30, 3000, 96, 200, 5}, {600, 256, 32, 1, 1}, {4, 900, 7, 400, 0.5}};

/// Rows of unit length.
std::vector<float> rows_of(std::int64_t n, std::int64_t dim, float shared, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> draw;
  std::vector<float> values(static_cast<std::size_t>(n * dim));
  for (std::int64_t i = 0; i < n; ++i) {
    double squares = 0;
    for (std::int64_t j = 0; j < dim; ++j) {
      values[i * dim + j] = draw(random) + shared;
      squares += std::pow(values[i * dim + j], 2);
    }
    for (std::int64_t j = 0; j < dim; ++j)
      values[i * dim + j] /= static_cast<float>(std::sqrt(squares));
  }
  return values;
}

class NearestRows : public testing::TestWithParam<bool> {};

TEST_P(NearestRows, AreThoseOfFloat64) {
  for (const auto& [count, gallery, dim, k, shared] : cases) {
    SCOPED_TRACE(testing::Message() << count << " of " << gallery << " × " << dim << ", " << k);
    const std::vector<float> q = rows_of(count, dim, shared, 1),
                             g = rows_of(gallery, dim, shared, 2);
    std::vector<std::int64_t> indices(static_cast<std::size_t>(count * k), -1);
    std::vector<float> similarity(indices.size(), std::nanf(""));
    nearest_rows({.queries = q.data(),
                  .count = count,
                  .gallery = g.data(),
                  .gallery_count = gallery,
                  .dim = dim,
                  .k = k,
                  .bfloat16 = GetParam(),
                  .threads = 2},
                 indices.data(), similarity.data());
    for (std::int64_t i = 0; i < count; ++i) {
      std::vector<double> products(static_cast<std::size_t>(gallery), 0);
      for (std::int64_t r = 0; r < gallery; ++r)
        for (std::int64_t j = 0; j < dim; ++j)
          products[r] += static_cast<double>(q[i * dim + j]) * static_cast<double>(g[r * dim + j]);
      std::vector<double> sorted = products;
      std::ranges::sort(sorted, std::greater<>());
      std::vector<std::int64_t> found(indices.begin() + i * k, indices.begin() + (i + 1) * k);
      for (std::int64_t p = 0; p < k; ++p) {
        ASSERT_GE(found[p], 0);
        ASSERT_LT(found[p], gallery);
        EXPECT_NEAR(similarity[i * k + p], products[found[p]], 1e-6);
        EXPECT_NEAR(products[found[p]], sorted[p], 1e-6) << "neighbour " << p << " of query " << i;
      }
      std::ranges::sort(found);
      EXPECT_EQ(std::ranges::adjacent_find(found), found.end()) << "a row is found twice";
    }
  }
}

TEST_P(NearestRows, EqualOnesComeByTheirPlacesAndNoNumbersLast) {
  const float nan = std::nanf("");
  const std::vector<float> g = {nan, nan, 0, 1, 1, 0, 0, 1, nan, 0}, q = {1, 0, nan, 0};
  std::vector<std::int64_t> indices(10, -1);
  std::vector<float> similarity(10);
  nearest_rows({.queries = q.data(),
                .count = 2,
                .gallery = g.data(),
                .gallery_count = 5,
                .dim = 2,
                .k = 5,
                .bfloat16 = GetParam()},
               indices.data(), similarity.data());
  EXPECT_EQ(std::vector<std::int64_t>(indices.begin(), indices.begin() + 5),
            (std::vector<std::int64_t>{2, 1, 3, 0, 4}));
  EXPECT_EQ(similarity[0], 1);
  EXPECT_EQ(similarity[2], 0);
  EXPECT_TRUE(std::isnan(similarity[4]));
  EXPECT_TRUE(std::isnan(similarity[5])) << "of a query that is no number";
}

INSTANTIATE_TEST_SUITE_P(Both, NearestRows, testing::Bool(), [](const auto& info) {
  return info.param ? "ToldApartByBfloat16" : "InFloat32";
});

}  // namespace
}  // namespace cmc::kernels
