#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace cmc {

/// Philox-4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): 128
/// random bits as a function of a counter and a key.
std::array<std::uint32_t, 4> philox_4x32_10(std::array<std::uint32_t, 4> counter,
                                            std::array<std::uint32_t, 2> key);

/// What draws are for. It is part of every key, so that draws of two purposes never come from one
/// stream, whatever seeds, epochs, steps and samples they are keyed by. A new one goes last: the
/// numbers are in the keys.
enum class RandomPurpose : std::uint8_t {
  made_data,            ///< synthetic samples, simulated figures
  order,                ///< the order of an epoch's samples
  views,                ///< how training cuts, augments and disturbs views
  measured_views,       ///< the same for views that are drawn to measure something
  bank_vectors,         ///< a memory bank's first vectors
  negatives,            ///< negatives of an anchor
  shared_negatives,     ///< negatives of a whole batch
  held_out,             ///< which held-out samples training measures
  information,          ///< which held-out samples information is measured on
  information_batches,  ///< the batches that they are cut into
  shown_samples,        ///< which samples are shown
  subset,               ///< which labels of a class are used
  subset_classes,       ///< which classes a subset's remainder falls on
  probe_subset,         ///< which labels a probe's penalty is chosen with
  folds,                ///< folds of single samples
  group_folds,          ///< folds of groups of samples
  jitter,               ///< noise on tied values
  tuples,               ///< negatives of a loss over tuples of views
  stand_ins,            ///< first embeddings of views that samples lack
  view_labels,          ///< whose labels the generator of learned views sees
  information_tuples,   ///< the tuples of views that held-out samples are made into
  critic_samples,       ///< which training samples a critic's τ is fitted with
};

class RandomStream;

/// What names a stream of draws. Two keys that differ in anything but seed and epoch give streams
/// that never meet, by construction; those of other seeds and epochs are told apart by a hash of
/// 64 bits.
struct RandomKey {
  RandomPurpose purpose = RandomPurpose::views;
  std::uint64_t seed = 0;
  /// Or the step.
  std::uint64_t epoch = 0;
  /// Below 2⁴⁰.
  std::uint64_t sample = 0;
  /// Which part of a transform that is made of several draws, or which view the anchors are of;
  /// below 2¹⁶.
  std::uint32_t part = 0;
  /// 0, or for of_view the view and 1; below 2¹⁶.
  std::uint32_t alone = 0;

  /// Stream of one view, below 2¹⁶ − 1; `joint` is the stream of what all views of the part share.
  RandomStream stream(std::uint32_t view) const;
  static constexpr std::uint32_t joint = 0xffff;
  /// A key whose streams, the joint one too, are one view's own.
  RandomKey of_view(std::uint32_t view) const {
    RandomKey own = *this;
    own.alone = view + 1;
    return own;
  }
};

/// A counter-based stream of random numbers, by Philox-4x32-10. A stream is a pure function of its
/// key, so that a draw is the same on any worker, in any order, and after a resume. Meets
/// UniformRandomBitGenerator.
class RandomStream {
 public:
  using result_type = std::uint32_t;

  /// Throws Error where a part of the key is beyond its range.
  RandomStream(const RandomKey& key, std::uint32_t view);
  explicit RandomStream(RandomPurpose purpose, std::uint64_t seed, std::uint64_t epoch = 0,
                        std::uint64_t sample = 0, std::uint32_t view = 0)
      : RandomStream({.purpose = purpose, .seed = seed, .epoch = epoch, .sample = sample}, view) {}

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

inline RandomStream RandomKey::stream(std::uint32_t view) const {
  return RandomStream(*this, view);
}

/// A uniformly random order of 0 … n − 1 (Fisher and Yates).
std::vector<std::int64_t> permutation(std::int64_t n, RandomStream stream);

}  // namespace cmc
