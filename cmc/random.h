#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace cmc {

/// Philox-4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): 128
/// random bits as a function of a counter and a key.
std::array<std::uint32_t, 4> philox_4x32_10(std::array<std::uint32_t, 4> counter,
                                            std::array<std::uint32_t, 2> key);

/// A counter-based stream of random numbers, by Philox-4x32-10. A stream is a pure function of its
/// key (seed, epoch, sample, view), so that a draw is the same on any worker, in any order, and
/// after a resume. Meets UniformRandomBitGenerator.
class RandomStream {
 public:
  using result_type = std::uint32_t;

  explicit RandomStream(std::uint64_t seed, std::uint64_t epoch = 0, std::uint64_t sample = 0,
                        std::uint32_t view = 0);

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xffffffffu; }
  result_type operator()();

  /// Uniform in [0, 1), with 53 random bits.
  double uniform();
  /// Uniform in [low, high).
  double uniform(double low, double high);
  /// Uniform in {0, …, bound − 1}, without bias. Throws Error unless bound > 0.
  std::int64_t below(std::int64_t bound);
  /// True with the given probability.
  bool bernoulli(double probability);
  /// Standard normal, by Box and Muller.
  double normal();

 private:
  void refill();

  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

/// What a sample's draws are keyed by; a view takes its own stream from it.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint64_t epoch = 0;
  std::uint64_t sample = 0;
  /// Which part of a transform that is made of several draws; below 2¹⁵.
  std::uint32_t part = 0;

  /// Stream of one view, below 2¹⁶; `joint` is the stream of what all views of the part share.
  RandomStream stream(std::uint32_t view) const {
    return RandomStream(seed, epoch, sample, view ^ (part << 16));
  }
  static constexpr std::uint32_t joint = 0xffffffffu;
  /// A key whose streams, the joint one too, are one view's own.
  RandomKey of_view(std::uint32_t view) const {
    return {seed + (view + 1) * 0x9e3779b97f4a7c15, epoch, sample};
  }
};

/// A uniformly random order of 0 … n − 1 (Fisher and Yates).
std::vector<std::int64_t> permutation(std::int64_t n, RandomStream stream);

}  // namespace cmc
