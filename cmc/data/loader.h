#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/data/transform.h"
#include "cmc/data/unreadable.h"
#include "cmc/error.h"

namespace cmc {
class Team;
}

namespace cmc::data {

struct LoaderOptions {
  std::int64_t batch_size = 256;
  /// Whether each epoch has its own random order; else samples come by index.
  bool shuffle = true;
  /// Whether the samples that fill no whole batch are left out of the epoch.
  bool drop_last = true;
  /// Threads that read and transform; 0: one for each core.
  int workers = 0;
  /// Batches that are made before they are asked for; memory is bounded by this many batches and
  /// those that the caller holds.
  int prefetch = 4;
  /// Samples that come with each sample, int64 [n, H] on the CPU, −1 where it has fewer; undefined:
  /// none. A batch holds batch_size samples of the order, then those of their companions that are
  /// not among them, each once. How many that are depends on the batch.
  at::Tensor companions = {};
  /// Of the order and of every random choice of the transform.
  std::uint64_t seed = 0;
  /// Which of `shares` parts of each batch is made, where several processes make a batch together:
  /// rows_of_share(batch_size, share, shares, passes).
  std::int64_t share = 0, shares = 1;
  /// Into how many passes the batch is divided before each of them is shared out.
  std::int64_t passes = 1;
};

/// The rows of a batch of `batch_size` that are one share's, ascending: of each pass p, which is
/// the rows from p N / P to (p + 1) N / P, the share's part in the same way.
std::vector<std::int64_t> rows_of_share(std::int64_t batch_size, std::int64_t share,
                                        std::int64_t shares, std::int64_t passes);

/// N samples: those of the order, then their companions.
struct Batch {
  at::Tensor indices;  ///< int64 [N]: their indices in the data set
  at::Tensor labels;   ///< int64 [N]: their labels, or no_label
  /// v-th: float32 [N, C, H, W] of view v, in channels-last memory. Rows of missing views are 0.
  std::vector<at::Tensor> views;
  /// bool [N, views]: which views a sample has; undefined where it is all of them.
  at::Tensor present = {};
  /// Indices of the samples that belong here and can't be read.
  std::vector<std::int64_t> left_out = {};
  /// Of a share: each sample's row in the whole batch, where nothing was left out; the same of
  /// left_out. Else empty.
  std::vector<std::int64_t> rows = {}, left_out_rows = {};
  /// How many of the N, the last, are companions.
  std::int64_t companions = 0;

  std::int64_t size() const { return indices.size(0); }
};

/// Column `view` of Batch::present, bool [N]; undefined where that is.
at::Tensor present_in(const at::Tensor& present, std::size_t view);

/// Makes the batches of an epoch on worker threads, in an order and with random choices that are
/// functions of (seed, epoch) alone: they are the same with any number of workers, and when an
/// epoch is taken up in its middle. The order is permutation(n,
/// RandomStream(RandomPurpose::order, seed, epoch)).
///
///   Loader loader(splits.train, make_split(recipe, splits.train->sources()[0].shape,
///   Mode::train)); for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
///     loader.start(epoch);
///     while (std::optional<Batch> batch = loader.next()) step(*batch);
///   }
///
/// Workers share no lock: each takes the next few rows by an atomic counter and the transform
/// writes them straight into the batch's memory. That memory is used again once no tensor refers to
/// it, so that a bare pointer into a batch is good only as long as the batch.
///
/// A sample that throws UnreadableError is missing from its batch, in every epoch alike; a batch
/// may thus be smaller than batch_size, even empty. It is counted once and listed by unreadable().
///
/// OpenCV's own threads are turned off by the first loader (cv::setNumThreads(1), for the process),
/// since the workers are the parallelism. The members are for one thread to call.
class Loader {
 public:
  /// Throws Error where an option is out of range, the transform has no views, or drop_last leaves
  /// no batch.
  Loader(std::shared_ptr<const Dataset> dataset, std::shared_ptr<const Transform> transform,
         LoaderOptions options = {});
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  std::int64_t batches_per_epoch() const;

  /// Begins an epoch at one of its batches, 0 ≤ first_batch ≤ batches_per_epoch(). An epoch under
  /// way is left.
  void start(std::int64_t epoch, std::int64_t first_batch = 0);

  /// The next batch of the epoch, or nothing after its last. Throws what a worker threw while it
  /// made the batch, and Error where not one sample of the epoch could be read; the epoch is then
  /// over.
  std::optional<Batch> next();

  /// The samples that were left out so far, by index.
  std::vector<UnreadableSample> unreadable() const;

  /// Seconds that next() has waited for workers, since construction.
  double seconds_waited() const { return seconds_waited_; }

 private:
  struct Rows;
  struct Slot;
  class Epoch;
  class Exclusions;

  std::shared_ptr<const Dataset> dataset_;
  std::shared_ptr<const Transform> transform_;
  LoaderOptions options_;
  std::unique_ptr<Exclusions> exclusions_;
  std::vector<Rows> pool_;
  std::unique_ptr<Epoch> epoch_;
  // For all epochs: at a new thread's first operator libtorch makes its pool for NNPACK anew, of as
  // many threads as at::set_num_threads was given, each of which spins for hundredths of a second.
  std::unique_ptr<Team> workers_;
  double seconds_waited_ = 0;

  Rows take_rows(std::int64_t capacity);
  void leave();
};

}  // namespace cmc::data
