#include "cmc/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>
#include <vector>

#include "cmc/error.h"

namespace cmc {
namespace {

TEST(Philox, GivesTheKnownAnswers) {
  // Random123's kat_vectors, philox4x32 10.
  struct Known {
    std::array<std::uint32_t, 4> counter;
    std::array<std::uint32_t, 2> key;
    std::array<std::uint32_t, 4> expected;
  };
  constexpr std::uint32_t ones = 0xffffffff;
  for (const Known& known :
       std::vector<Known>{{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
                          {{ones, ones, ones, ones},
                           {ones, ones},
                           {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
                          {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                           {0xa4093822, 0x299f31d0},
                           {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}})
    EXPECT_EQ(philox_4x32_10(known.counter, known.key), known.expected);
}

/// Pearson's χ² of counts that should be alike.
double chi_squared(const std::vector<int>& counts) {
  const double expected = static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0)) /
                          static_cast<double>(counts.size());
  double sum = 0;
  for (const int count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(RandomStream, BelowIsUniform) {
  RandomStream stream(RandomPurpose::made_data, 1);
  for (const std::int64_t bound : {2, 3, 7, 10, 64, 100}) {
    std::vector<int> counts(static_cast<std::size_t>(bound), 0);
    for (int i = 0; i < 100000; ++i) ++counts[static_cast<std::size_t>(stream.below(bound))];
    // Its mean is bound − 1 and its deviation √(2(bound − 1)); five of those are never met.
    const auto degrees = static_cast<double>(bound - 1);
    EXPECT_LT(chi_squared(counts), degrees + 5 * std::sqrt(2 * degrees) + 10) << bound;
  }
}

TEST(RandomStream, BelowALargeBoundHasNoBias) {
  // By remainders alone, numbers below 2⁶² would be drawn half as often again as the others.
  constexpr std::int64_t quarter = std::int64_t{1} << 61, bound = 3 * quarter;
  RandomStream stream(RandomPurpose::made_data, 2);
  std::vector<int> counts(3, 0);
  for (int i = 0; i < 30000; ++i) ++counts[static_cast<std::size_t>(stream.below(bound) / quarter)];
  EXPECT_LT(chi_squared(counts), 25);
  EXPECT_EQ(stream.below(1), 0);
  EXPECT_THROW(stream.below(0), Error);
  EXPECT_THROW(stream.below(-3), Error);
}

TEST(RandomStream, HasTheMomentsOfItsDistributions) {
  constexpr int n = 200000;
  RandomStream stream(RandomPurpose::made_data, 3);
  double sum = 0, squares = 0, normal = 0, normal_squares = 0, heads = 0;
  double least = 1, most = 0;
  for (int i = 0; i < n; ++i) {
    const double u = stream.uniform(), z = stream.normal();
    sum += u;
    squares += u * u;
    normal += z;
    normal_squares += z * z;
    heads += stream.bernoulli(0.3);
    least = std::min(least, u);
    most = std::max(most, u);
  }
  EXPECT_NEAR(sum / n, 0.5, 5 * std::sqrt(1.0 / 12 / n));
  EXPECT_NEAR(squares / n, 1.0 / 3, 5 * std::sqrt(4.0 / 45 / n));
  EXPECT_NEAR(normal / n, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(normal_squares / n, 1, 5 * std::sqrt(2.0 / n));
  EXPECT_NEAR(heads / n, 0.3, 5 * std::sqrt(0.21 / n));
  EXPECT_GE(least, 0);
  EXPECT_LT(most, 1);
  EXPECT_GE(RandomStream(RandomPurpose::made_data, 4).uniform(-3, -2), -3);
  EXPECT_LT(RandomStream(RandomPurpose::made_data, 4).uniform(-3, -2), -2);
}

TEST(RandomStream, IsAFunctionOfItsKey) {
  const auto first = [](RandomStream stream) { return stream.below(std::int64_t{1} << 62); };
  const std::vector<RandomStream> streams = {
      RandomStream(RandomPurpose::made_data, 1),
      RandomStream(RandomPurpose::made_data, 2),
      RandomStream(RandomPurpose::made_data, 1, 1),
      RandomStream(RandomPurpose::made_data, 1, 0, 1),
      RandomStream(RandomPurpose::made_data, 1, 0, 0, 1),
      RandomStream(RandomPurpose::made_data, 1, 0, std::uint64_t{1} << 33),
      RandomStream(RandomPurpose::made_data, 1, 1, 1, 1),
      RandomStream(RandomPurpose::made_data, 0)};
  for (std::size_t i = 0; i < streams.size(); ++i)
    for (std::size_t j = 0; j < streams.size(); ++j)
      EXPECT_EQ(first(streams[i]) == first(streams[j]), i == j) << i << ", " << j;
}

TEST(RandomStream, MeetsNoOther) {
  // Keys that differ in one part, of which the purpose is one.
  std::set<std::int64_t> draws;
  std::size_t keys = 0;
  for (int purpose = 0; purpose <= static_cast<int>(RandomPurpose::jitter); ++purpose)
    for (const std::uint64_t seed : {0, 1})
      for (const std::uint64_t epoch : {0, 1})
        for (const std::uint64_t sample : {std::uint64_t{0}, std::uint64_t{1} << 39})
          for (const std::uint32_t part : {0, 1})
            for (const std::uint32_t alone : {0, 1})
              for (const std::uint32_t view : {0u, 1u, RandomKey::joint}) {
                const RandomKey key{.purpose = static_cast<RandomPurpose>(purpose),
                                    .seed = seed,
                                    .epoch = epoch,
                                    .sample = sample,
                                    .part = part,
                                    .alone = alone};
                draws.insert(key.stream(view).below(std::int64_t{1} << 62));
                ++keys;
              }
  EXPECT_EQ(draws.size(), keys);
}

TEST(RandomStream, RefusesAKeyBeyondItsRange) {
  EXPECT_THROW(RandomKey{.sample = std::uint64_t{1} << 40}.stream(0), Error);
  EXPECT_THROW(RandomKey{.part = 1 << 16}.stream(0), Error);
  EXPECT_THROW(RandomKey{}.stream(1 << 16), Error);
  EXPECT_THROW(RandomKey{}.of_view(0xffff).stream(0), Error);
}

TEST(Permutation, HoldsEachOnceAndEveryOrderAlike) {
  std::vector<std::int64_t> order = permutation(1000, RandomStream(RandomPurpose::made_data, 5));
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::ranges::sort(order);
  for (std::int64_t i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  std::vector<int> counts(6, 0);
  for (std::uint64_t seed = 0; seed < 60000; ++seed) {
    const auto three = permutation(3, RandomStream(RandomPurpose::made_data, seed));
    ++counts[static_cast<std::size_t>(2 * three[0] + (three[1] > three[2]))];
  }
  EXPECT_LT(chi_squared(counts), 35);
  EXPECT_TRUE(permutation(0, RandomStream(RandomPurpose::made_data, 1)).empty());
}

}  // namespace
}  // namespace cmc
