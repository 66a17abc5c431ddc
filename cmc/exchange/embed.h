#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/data/unreadable.h"
#include "cmc/exchange/load.h"
#include "cmc/exchange/samples.h"

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::exchange {

/// What is called after each batch: samples done, of how many.
using EncodeProgress = std::function<void(std::int64_t done, std::int64_t samples)>;

struct EncodeOptions {
  Output output = Output::representation;
  std::int64_t batch_size = 64;
  /// Threads that read and decode; 0: one for each core.
  int workers = 0;
  /// Whether the encoder runs under bfloat16 autocast; the output is float32 either way.
  bool bfloat16 = false;
  EncodeProgress progress = nullptr;
  /// Set from outside to stop after the batch under way.
  const std::atomic<bool>* stop = nullptr;
  /// Processes that share each batch out and all call with the same; rank 0 alone uses and writes
  /// the rows, and any of them may stop all.
  distributed::ProcessGroup* group = nullptr;
};

/// What was made of a data set.
struct EncodeSummary {
  std::int64_t rows = 0;      ///< written in all
  std::int64_t taken_up = 0;  ///< of them, those that an interrupted writer had left
  double seconds = 0;         ///< for the others
  double seconds_waited = 0;  ///< of these, for samples to be read
  bool finished = true;       ///< false: stopped from outside
  std::int64_t missing = 0;   ///< of the others' samples, those that lack the view
  std::vector<data::UnreadableSample> unreadable;

  double rows_per_second() const { return static_cast<double>(rows - taken_up) / seconds; }
};

/// Calls use(rows [N, F] on the CPU, indices int64 [N]) for each batch of the data set in its
/// order, from batch `first` on (rank 0's, in a group). Samples that lack the view or can't be read
/// are left out.
EncodeSummary encode_all(const LoadedRun& run, std::size_t view,
                         const std::shared_ptr<const data::Dataset>& samples,
                         const EncodeOptions& options,
                         const std::function<void(const at::Tensor&, const at::Tensor&)>& use,
                         std::int64_t first = 0);

/// Writes the outputs of a view's encoder for each sample of a data set, in its order, to `target`
/// (.npy, .csv or .safetensors, with what each row is of beside: RowName), and goes on where the
/// same call was interrupted.
/// Samples that lack the view or can't be read have no row. In a group rank 0 alone writes.
/// Throws what VectorWriter throws.
EncodeSummary embed(const LoadedRun& run, std::size_t view,
                    const std::shared_ptr<const data::Dataset>& samples,
                    const std::filesystem::path& target, const EncodeOptions& options,
                    bool force = false);

}  // namespace cmc::exchange
