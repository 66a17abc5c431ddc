#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cmc/files/lock_file.h"
#include "cmc/recipe/recipe.h"
#include "cmc/runs/setup.h"
#include "cmc/training/model.h"

namespace cmc::runs {

/// The checkpoints that a run may have: of its last step, of the best held-out loss, and of
/// fine-tuning with labels. A checkpoint's file is checkpoint-NAME.safetensors.
inline const std::vector<std::string> checkpoints = {"last", "best", "finetuned"};

/// The folder that a run leaves: recipe.toml (as resolved), run.json (command, seed, versions,
/// machine, sizes, unreadable samples), fitted.json (of its training part), metrics.jsonl,
/// TensorBoard events, checkpoints, and what evaluation and report add. Who writes into it holds
/// its lock (the file .lock), so that no two processes do.
class RunFolder {
 public:
  /// Makes the folder and writes run.json and recipe.toml, to be written further. What a run left
  /// that ended before its first checkpoint makes way. Throws Error where it holds a run already,
  /// or a file that a run would replace or discard() remove.
  static RunFolder create(const std::filesystem::path& path, const recipe::Recipe& recipe,
                          const std::vector<std::string>& command);
  /// Throws Error where `path` holds no run, or one that another version of cmc wrote in a way
  /// that this one doesn't read.
  static RunFolder open(const std::filesystem::path& path);
  /// Opens it to be written. Throws Error where open() does, or where another process writes into
  /// it. (Where the folder can't be written at all it is opened all the same: see unwritable.)
  static RunFolder open_to_write(const std::filesystem::path& path);
  /// The lock of the run in a folder, for what writes there without opening the run.
  static files::LockFile lock(const std::filesystem::path& path);

  /// Of a run that was opened to be written: why nothing can be; empty where it can.
  const std::string& unwritable() const;

  /// Removes what create() and setting up left, where the run has no checkpoint to go on from.
  void discard() const;

  const std::filesystem::path& path() const { return path_; }
  const recipe::Recipe& recipe() const { return recipe_; }
  /// The recipe with the files of its encoders where they lie now (find_encoder_files).
  recipe::Recipe with_encoder_files() const;
  /// The same with the data where it lies now: at `data` (take_data), or, where that is empty,
  /// where find_data finds it.
  recipe::Recipe with_data(const std::string& data = {}) const;
  /// Keeps `data` (take_data) as the place of the run's data from now on.
  void move_data(const std::string& data);
  const nlohmann::json& info() const { return info_; }
  /// Merges `changes` into run.json.
  void record(const nlohmann::json& changes);

  /// The file of one of `checkpoints`. Throws Error where the run has no such one.
  std::filesystem::path checkpoint(const std::string& name) const;

  /// Weights of one of `checkpoints` into a model. Throws Error where the run has no such
  /// checkpoint. Returns the steps that they were trained for.
  std::int64_t load(training::Model& model, const std::string& checkpoint = "last") const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  recipe::Recipe recipe_;
  nlohmann::json info_;
  std::shared_ptr<files::LockFile> lock_;  ///< null where it was opened to be read
};

}  // namespace cmc::runs
