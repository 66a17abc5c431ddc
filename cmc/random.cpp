#include "cmc/random.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "cmc/error.h"

namespace cmc {
namespace {

/// Steele, Lea and Flood's finaliser (SplitMix64): spreads the bits of a key word.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

std::uint32_t low(std::uint64_t x) {
  return static_cast<std::uint32_t>(x);
}
std::uint32_t high(std::uint64_t x) {
  return static_cast<std::uint32_t>(x >> 32);
}

}  // namespace

std::array<std::uint32_t, 4> philox_4x32_10(std::array<std::uint32_t, 4> counter,
                                            std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t m0 = 0xD2511F53u, m1 = 0xCD9E8D57u;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = m0 * counter[0], p1 = m1 * counter[2];
    counter = {high(p1) ^ counter[1] ^ key[0], low(p1), high(p0) ^ counter[3] ^ key[1], low(p0)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

RandomStream::RandomStream(const RandomKey& key, std::uint32_t view) {
  check(key.sample >> 40 == 0 && view >> 16 == 0 && key.part >> 16 == 0 && key.alone >> 16 == 0,
        "random draws of sample {}, part {}, view {}: a sample is below 2⁴⁰, parts and views are "
        "below 2¹⁶",
        key.sample, key.part, view);
  const std::uint64_t hash = mix(mix(key.seed) ^ key.epoch);
  key_ = {low(hash), high(hash)};
  counter_ = {0, view | key.part << 16, low(key.sample),
              high(key.sample) | key.alone << 8 | static_cast<std::uint32_t>(key.purpose) << 24};
}

void RandomStream::refill() {
  block_ = philox_4x32_10(counter_, key_);
  used_ = 0;
  ++counter_[0];
}

RandomStream::result_type RandomStream::operator()() {
  if (used_ == 4) refill();
  return block_[used_++];
}

double RandomStream::uniform() {
  const std::uint64_t a = (*this)() >> 5, b = (*this)() >> 6;
  return static_cast<double>((a << 26) | b) * 0x1p-53;
}

double RandomStream::uniform(double low, double high) {
  return low + (high - low) * uniform();
}

std::int64_t RandomStream::below(std::int64_t bound) {
  check(bound > 0, "a random index below {} was asked for; the bound must be positive", bound);
  const std::uint64_t n = static_cast<std::uint64_t>(bound);
  const std::uint64_t reject = (0 - n) % n;  // 2^64 mod n: the tail that would be over-represented
  for (;;) {
    const std::uint64_t word = (static_cast<std::uint64_t>((*this)()) << 32) | (*this)();
    if (word >= reject) return static_cast<std::int64_t>(word % n);
  }
}

bool RandomStream::bernoulli(double probability) {
  return uniform() < probability;
}

double RandomStream::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::vector<std::int64_t> permutation(std::int64_t n, RandomStream stream) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = n - 1; i > 0; --i) std::swap(order[i], order[stream.below(i + 1)]);
  return order;
}

}  // namespace cmc
