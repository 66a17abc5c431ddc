#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <variant>

namespace cmc::contrast {

/// Negatives are the other samples of the batch. (For a batch that is encoded in several passes see
/// contrast_in_passes.)
struct BatchOptions {};

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
    batch,
    /// The other view's vector in the bank, the paper's way.
    bank,
  };

  /// n, the number of samples in the data set; their indices are 0 … n − 1.
  std::int64_t samples = 0;
  /// D, the dimension of the embeddings.
  std::int64_t dim = 128;
  /// Number of negatives of an anchor, at most n − 1, or `all`.
  std::int64_t k = 4096;
  Draw draw = Draw::per_anchor;
  Positive positive = Positive::batch;
  /// m in: vector ← m · vector + (1 − m) · embedding, renormalised.
  double momentum = 0.5;
  /// at::kFloat or at::kBFloat16.
  at::ScalarType dtype = at::kFloat;
};

/// Negatives are the newest `length` embeddings that a momentum encoder gave (He et al. 2020,
/// MoCo), first the batch's own; a sample of the batch is met as it is now alone.
struct QueueOptions {
  std::int64_t length = 4096;
  /// D, the dimension of the embeddings.
  std::int64_t dim = 128;
  /// Beside the batch's own, at most this share of all embeddings given so far counts, the newest;
  /// 1: all that the queue holds, as in MoCo. Below 1 the queue reaches back further as training
  /// goes on: while encoders move fast, what is old is told from a positive by its age.
  double recent = 0.05;
};

/// Where negatives come from.
using Negatives = std::variant<BatchOptions, MemoryBankOptions, QueueOptions>;

/// Throws Error on options that cannot be met, such as k above n − 1.
void check_negatives(const Negatives& negatives);

/// Bytes that a negative source holds for `views` views: views × n × D × bytes of a number; 0 for
/// the batch.
std::int64_t negatives_bytes(const Negatives& negatives, std::int64_t views);

}  // namespace cmc::contrast
