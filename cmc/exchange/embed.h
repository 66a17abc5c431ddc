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

namespace cmc::exchange {

/// Which of a data set's samples.
enum class Part { all, train, test };

/// The part of a name: "all", "train" or "test". Throws UsageError that lists them.
Part part(std::string_view name);

/// The samples that a run's encoders are to see: those of `input`, a folder in any format that a
/// recipe knows, or of the run's own data where it is empty. `all` are those of the training part
/// and then those of the test part; a folder that isn't divided is all of one part.
///
/// Throws Error where the samples are of another shape than those that the run learned from.
std::shared_ptr<const data::Dataset> samples_for(const LoadedRun& run, const std::string& input,
                                                 Part part = Part::all);

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
};

/// What was made of a data set.
struct EncodeSummary {
  std::int64_t rows = 0;      ///< written in all
  std::int64_t taken_up = 0;  ///< of them, those that an interrupted writer had left
  double seconds = 0;         ///< for the others
  double seconds_waited = 0;  ///< of these, for samples to be read
  bool finished = true;       ///< false: stopped from outside
  std::vector<data::UnreadableSample> unreadable;

  double rows_per_second() const { return static_cast<double>(rows - taken_up) / seconds; }
};

/// Calls use(rows [N, F] on the CPU, indices int64 [N]) for each batch of the data set in its
/// order, from batch `first` on. Samples that can't be read are left out.
EncodeSummary encode_all(const LoadedRun& run, std::size_t view,
                         const std::shared_ptr<const data::Dataset>& samples,
                         const EncodeOptions& options,
                         const std::function<void(const at::Tensor&, const at::Tensor&)>& use,
                         std::int64_t first = 0);

/// Writes the outputs of a view's encoder for each sample of a data set to `target` (.npy, .csv or
/// .safetensors, with the samples' names beside), and goes on where the same call was interrupted.
/// Throws what VectorWriter throws.
EncodeSummary embed(const LoadedRun& run, std::size_t view,
                    const std::shared_ptr<const data::Dataset>& samples,
                    const std::filesystem::path& target, const EncodeOptions& options,
                    bool force = false);

}  // namespace cmc::exchange
