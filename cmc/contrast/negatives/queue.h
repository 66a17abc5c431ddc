#pragma once

#include <cstdint>
#include <memory>

namespace cmc::contrast {

class NegativeSource;
struct SampleConstraints;

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

/// Throws Error on options that cannot be met.
void check_options(const QueueOptions& options);

/// Bytes of what is held of one view.
std::int64_t bytes_per_view(const QueueOptions& options);

/// The newest embeddings that a momentum encoder gave (He et al. 2020, MoCo, section 3.2), first in
/// first out: a module named "queue" with the buffers `vectors` [views, L, D] of unit rows,
/// `samples` int64 [L], `present` bool [views, L], and `pushed`, int64 scalar, how many rows were
/// ever pushed, from which the place of the next one follows.
///
/// Its candidates in a view are the batch's own keys (the last L of more), then of the queue the
/// newest, up to L in all and QueueOptions::recent of all keys, whose samples have both views and
/// are not in the batch. An update pushes a batch's keys over the oldest rows.
std::shared_ptr<NegativeSource> make_source(const QueueOptions& options, std::int64_t views,
                                            const SampleConstraints& constraints,
                                            std::uint64_t seed);

}  // namespace cmc::contrast
