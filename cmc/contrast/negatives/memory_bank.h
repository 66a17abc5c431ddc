#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace cmc::contrast {

class NegativeSource;
struct SampleConstraints;
struct ViewPair;

/// Negatives come from a bank that holds one unit vector for each sample and view (Tian et al.
/// 2019, section 3.4; Wu et al. 2018).
struct MemoryBankOptions {
  /// k for every other sample of the bank: the exact softmax over the data set.
  static constexpr std::int64_t all = -1;

  enum class Draw {
    /// Each anchor draws its own k, the paper's way.
    per_anchor,
    /// One draw of k serves the whole batch.
    shared,
  };
  enum class Positive {
    /// The other view's embedding, just computed: gradient flows into both encoders. With k = all
    /// the batch's samples are negatives of each other as just embedded, too, without gradient.
    /// Encoders that move fast collapse: they tell it from the negatives by its age.
    batch,
    /// The other view's vector in the bank, the paper's way: as old as the negatives.
    bank,
  };

  /// n, the number of samples in the data set; their indices are 0 … n − 1.
  std::int64_t samples = 0;
  /// D, the dimension of the embeddings.
  std::int64_t dim = 128;
  /// Number of negatives of an anchor, at most n − 1, or `all`.
  std::int64_t k = 4096;
  Draw draw = Draw::per_anchor;
  Positive positive = Positive::bank;
  /// m in: vector ← m · vector + (1 − m) · embedding, renormalised.
  double momentum = 0.5;
  /// at::kFloat or at::kBFloat16.
  at::ScalarType dtype = at::kFloat;
};

/// Throws Error on options that cannot be met.
void check_options(const MemoryBankOptions& options);

/// Bytes of what is held of one view.
std::int64_t bytes_per_view(const MemoryBankOptions& options);

/// The bank, a module named "bank" with the buffers `vectors` [views, n, D], and `present`, bool
/// [views, n], false where a sample is known to lack the view. Before a sample is first stored its
/// vectors are random directions. An update makes vector ← m · vector + (1 − m) · embedding /
/// ‖embedding‖, renormalised, for the samples of the batch.
///
/// Its candidates are samples that have both views of a pair, as far as the constraints' `present`
/// and the batches met so far tell. Of W processes (NegativeSource::share_out) each holds the
/// vectors of samples r n/W … (r + 1) n/W − 1, unless there are positive groups, and `present`
/// whole.
std::shared_ptr<NegativeSource> make_source(const MemoryBankOptions& options, std::int64_t views,
                                            const SampleConstraints& constraints,
                                            std::uint64_t seed);

/// k rows of the bank for each anchor, drawn uniformly with replacement, int64 [N, k]: anchor i's
/// draws are keyed by seed, step, indices[i] and pair, and never hold a sample of its own
/// group.
///
/// `indices` [N]; `groups` [n], the group of each sample (samples of one group are duplicates), or
/// undefined where each is alone; `candidates`, the rows to draw from, or undefined for all n.
/// Anchors that have no candidate get row 0 throughout, and their pairs (i, j) are returned in
/// `excluded` [2, E] (else undefined).
struct Draws {
  at::Tensor picks;
  at::Tensor excluded = {};
};
Draws draw_per_anchor(const at::Tensor& indices, const at::Tensor& groups,
                      const at::Tensor& candidates, std::int64_t n, std::int64_t k,
                      std::uint64_t seed, std::int64_t step, const ViewPair& pair);

/// k rows for all anchors of a batch, uniformly with replacement from `candidates` or 0 … n − 1,
/// int64 [k].
at::Tensor draw_shared(const at::Tensor& candidates, std::int64_t n, std::int64_t k,
                       std::uint64_t seed, std::int64_t step, const ViewPair& pair);

}  // namespace cmc::contrast
