#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cmc/advice/notebook.h"
#include "cmc/recipe/recipe.h"

namespace cmc::studies {

struct StudyOptions {
  /// Fewer settings and shorter trainings: to see that it works, not to learn from.
  bool quick = false;
  /// Seeds 1 … n; 0: 3, or 2 where quick.
  std::int64_t seeds = 0;
  /// What is studied on: the folder of Fashion-MNIST …
  std::filesystem::path images = "/usr/share/datasets/fashion-mnist";
  /// … or a recipe's own data, views, encoders and budget, for the studies that take one.
  std::optional<recipe::Recipe> recipe = {};
  /// The recipe whose samples and labels judge the encoders, for the studies that ask them of other
  /// data than they learned from. Its views, encoders and budget serve nothing.
  std::optional<recipe::Recipe> transfer = {};
  /// Told each measurement before it is made.
  std::function<void(const std::string&)> progress = nullptr;

  std::int64_t seed_count() const { return seeds > 0 ? seeds : quick ? 2 : 3; }
};

/// One experiment: what it asks, and how it is answered.
struct Study {
  std::string name;
  std::string question;
  void (*run)(advice::Notebook& notebook, const StudyOptions& options);
  bool takes_recipe = false;    ///< whether StudyOptions::recipe serves it
  bool takes_transfer = false;  ///< whether StudyOptions::transfer does
};

/// All studies, in the order of the documentation.
const std::vector<Study>& studies();

/// The study of a name. Throws UsageError that names the nearest.
const Study& find_study(const std::string& name);

/// Runs a study in `folder`, or goes on with it there, and writes its results. Throws UsageError
/// where the options have a recipe or a transfer and the study takes none.
advice::Notebook run_study(const Study& study, const std::filesystem::path& folder,
                           const StudyOptions& options);

void run_gaussian(advice::Notebook& notebook, const StudyOptions& options);
void run_bmi(advice::Notebook& notebook, const StudyOptions& options);
void run_negatives(advice::Notebook& notebook, const StudyOptions& options);
void run_temperature(advice::Notebook& notebook, const StudyOptions& options);
void run_losses(advice::Notebook& notebook, const StudyOptions& options);
void run_beyond_pairs(advice::Notebook& notebook, const StudyOptions& options);
void run_objectives(advice::Notebook& notebook, const StudyOptions& options);
void run_views(advice::Notebook& notebook, const StudyOptions& options);
void run_patches(advice::Notebook& notebook, const StudyOptions& options);
void run_augmentation(advice::Notebook& notebook, const StudyOptions& options);
void run_colours(advice::Notebook& notebook, const StudyOptions& options);
void run_learned_views(advice::Notebook& notebook, const StudyOptions& options);
void run_advice(advice::Notebook& notebook, const StudyOptions& options);
void run_composite(advice::Notebook& notebook, const StudyOptions& options);
void run_processing(advice::Notebook& notebook, const StudyOptions& options);
void run_coverage(advice::Notebook& notebook, const StudyOptions& options);

}  // namespace cmc::studies
