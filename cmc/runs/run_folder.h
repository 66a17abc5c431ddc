#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmc/data/unreadable.h"
#include "cmc/evaluation/evaluation.h"
#include "cmc/evaluation/information.h"
#include "cmc/files/lock_file.h"
#include "cmc/recipe/recipe.h"
#include "cmc/runs/checkpoint_names.h"
#include "cmc/runs/kept_pictures.h"
#include "cmc/runs/metrics.h"
#include "cmc/runs/training_statistics.h"
#include "cmc/training/checkpoint.h"
#include "cmc/training/trainer.h"

namespace cmc::runs {

/// Whether an evaluation is of the representation that training ended with, which the report shows.
bool is_reported(const evaluation::Evaluation& evaluation);

/// The folder that a run leaves: its recipe (as resolved), what is recorded of it (command, seed,
/// versions, machine, sizes, unreadable samples), what was measured on its training part, metrics,
/// TensorBoard events, checkpoints, and what evaluation and report add. It alone knows what its
/// files are called, and reads and writes each as a type. Who writes into it holds its lock, so
/// that no two processes do.
class RunFolder {
 public:
  /// Makes the folder with the recipe and what is known at the start, to be written further. What a
  /// run left that ended before its first checkpoint makes way. Throws Error where it holds a run
  /// already, or a file that a run would replace or discard() remove.
  static RunFolder create(const std::filesystem::path& path, const recipe::Recipe& recipe,
                          const std::vector<std::string>& command = {});
  /// Throws Error where `path` holds no run, or one that another version of cmc wrote in a way
  /// that this one doesn't read.
  static RunFolder open(const std::filesystem::path& path);
  /// Opens it to be written. Throws Error where open() does, or where another process writes into
  /// it. (Where the folder can't be written at all it is opened all the same: see unwritable.)
  static RunFolder open_to_write(const std::filesystem::path& path);
  /// The lock of the run in a folder, for what writes there without opening the run.
  static files::LockFile lock(const std::filesystem::path& path);
  /// The index of a view's vectors that a search keeps in the run's folder `path`.
  static std::filesystem::path search_index_file(const std::filesystem::path& path,
                                                 std::string_view view, std::string_view method);

  /// Of a run that was opened to be written: why nothing can be; empty where it can.
  const std::string& unwritable() const;
  /// Throws Error that says why, where nothing can be written.
  void check_writable() const;

  /// Whether create() made it.
  bool is_new() const { return new_; }
  /// Removes what create() and setting up left, where the run has no checkpoint to go on from.
  void discard() const;

  const std::filesystem::path& path() const { return path_; }
  const recipe::Recipe& recipe() const { return recipe_; }
  /// The recipe's file as it is.
  std::string recipe_text() const;
  /// The recipe with the files of its encoders where they lie now (find_encoder_files).
  recipe::Recipe with_encoder_files() const;
  /// The same with the data where it lies now: at `data` (take_data), or, where that is empty,
  /// where find_data finds it.
  recipe::Recipe with_data(const std::string& data = {}) const;
  /// Keeps `data` (take_data) as the place of the run's data from now on.
  void move_data(const std::string& data);

  /// What is recorded of the run, by key.
  const nlohmann::json& info() const { return info_; }
  /// Merges `changes` into it.
  void record(const nlohmann::json& changes);
  /// Adds those samples to the "unreadable" ones that are not among them; does nothing where the
  /// run can't be written.
  void record_unreadable(const std::vector<data::UnreadableSample>& samples);
  /// Whether it was trained to its end, and the optimiser's steps until then.
  bool finished() const { return info_.value("finished", false); }
  std::int64_t steps() const { return info_.value("steps", std::int64_t{0}); }

  /// What was measured on the training part. Throws Error where it is missing.
  TrainingStatistics statistics() const;
  bool has_statistics() const;
  void save(const TrainingStatistics& statistics) const;
  /// Where it stands, for messages.
  std::filesystem::path statistics_file() const;

  Metrics metrics() const;
  /// Writes them further; those after `resumed_step` are dropped.
  std::shared_ptr<MetricsLog> log_metrics(std::int64_t resumed_step) const;

  bool has_checkpoint(const std::string& name) const;
  /// "best" where training recorded that held-out samples got worse while it went on (overfitting)
  /// and that checkpoint is there, else "last".
  std::string judged_checkpoint() const;
  /// The file of one of `checkpoint_choices`. Throws Error where the run has no such one.
  std::filesystem::path checkpoint_file(const std::string& name) const;
  /// The files of those that it has, in the order of `checkpoints`.
  std::vector<std::filesystem::path> checkpoint_files() const;
  /// Where training keeps them.
  training::CheckpointFiles training_files() const;
  /// One of `checkpoint_choices`. Throws Error where the run has no such checkpoint, or it is
  /// damaged.
  training::Checkpoint checkpoint(const std::string& name) const;
  /// Returns the file.
  std::filesystem::path save(const training::Checkpoint& checkpoint, const std::string& name) const;

  /// That which is_reported; nothing where it was not evaluated yet. save() keeps others, of a
  /// layer or of fine-tuned encoders, beside it.
  std::optional<evaluation::Evaluation> evaluation() const;
  void save(const evaluation::Evaluation& evaluation) const;
  /// What the views share; nothing where it was not measured yet.
  std::optional<evaluation::InformationMeasurement> information() const;
  void save(const evaluation::InformationMeasurement& information) const;

  /// What the views look like: the bytes of a PNG; empty for none.
  std::string views_sheet() const;
  void save_views_sheet(const std::string& png) const;
  NeighbourPictures neighbour_pictures() const;
  void save(const NeighbourPictures& pictures) const;

  /// Where the report goes that is asked for without a place.
  std::filesystem::path report_file() const;
  /// What the names of TensorBoard's event files begin with.
  static constexpr std::string_view events_prefix = "events.out.tfevents.";

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  recipe::Recipe recipe_;
  nlohmann::json info_;
  std::shared_ptr<files::LockFile> lock_;  ///< null where it was opened to be read
  bool new_ = false;
};

}  // namespace cmc::runs
