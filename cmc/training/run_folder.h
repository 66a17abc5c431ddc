#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cmc/training/model.h"
#include "cmc/training/recipe.h"
#include "cmc/training/setup.h"

namespace cmc::training {

/// The checkpoints that a run may have: of its last step, of the best held-out loss, and of
/// fine-tuning with labels. A checkpoint's file is checkpoint-NAME.safetensors.
inline const std::vector<std::string> checkpoints = {"last", "best", "finetuned"};

/// The folder that a run leaves: recipe.toml (as resolved), run.json (command, seed, versions,
/// machine, sizes, unreadable samples), fitted.json (of its training part), metrics.jsonl,
/// TensorBoard events, checkpoints, and what evaluation and report add.
class RunFolder {
 public:
  /// Makes the folder and writes recipe.toml and run.json. Throws Error where it holds a run
  /// already, or a file that a run would replace or discard() remove.
  static RunFolder create(const std::filesystem::path& path, const Recipe& recipe,
                          const std::vector<std::string>& command);
  /// Throws Error where `path` holds no run, or one that another version of cmc wrote in a way
  /// that this one doesn't read.
  static RunFolder open(const std::filesystem::path& path);

  /// Removes what create() and setting up left, where the run has no checkpoint to go on from.
  void discard() const;

  const std::filesystem::path& path() const { return path_; }
  const Recipe& recipe() const { return recipe_; }
  /// The recipe with the files of its encoders where they lie now (find_encoder_files).
  Recipe with_encoder_files() const;
  /// The same with the data where it lies now: at `data` (take_data), or, where that is empty,
  /// where find_data finds it.
  Recipe with_data(const std::string& data = {}) const;
  /// Keeps `data` (take_data) as the place of the run's data from now on.
  void move_data(const std::string& data);
  const nlohmann::json& info() const { return info_; }
  /// Merges `changes` into run.json.
  void record(const nlohmann::json& changes);

  /// The file of one of `checkpoints`. Throws Error where the run has no such one.
  std::filesystem::path checkpoint(const std::string& name) const;

  /// Weights of one of `checkpoints` into a model. Throws Error where the run has no such
  /// checkpoint. Returns the steps that they were trained for.
  std::int64_t load(Model& model, const std::string& checkpoint = "last") const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  Recipe recipe_;
  nlohmann::json info_;
};

}  // namespace cmc::training
