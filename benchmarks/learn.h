#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cmc/recipe/recipe.h"
#include "cmc/training/observer.h"

namespace cmc::benchmarks {

struct LearnOptions {
  std::filesystem::path data;  ///< the folder of CIFAR-10's binary files
  std::vector<double> minutes = {2, 5, 10, 20, 40};
  std::int64_t seeds = 1;
  /// Where each row is kept as it is measured, so that a stopped benchmark goes on with the first
  /// training that it lacks.
  std::filesystem::path output = "runs/bench-learn";
  /// The pace of a recipe is that of `timed_steps`, after `first_steps` that aren't counted.
  std::int64_t first_steps = 20;
  std::int64_t timed_steps = 60;
  /// Told what the benchmark is at; an empty text where it is about to print.
  std::function<void(const std::string&)> progress = nullptr;
  /// Makes what follows one training.
  std::function<std::shared_ptr<training::Observer>()> observer = nullptr;
};

/// The steps that fit into so many minutes, rounded, at least 1.
std::int64_t steps_within(double minutes, double steps_per_second);

/// The table's line of a row of `learn`, without a line feed.
std::string learn_line(const nlohmann::json& row);

/// What a representation is worth after so many minutes of training: trains each recipe with all
/// training images of CIFAR-10, in place of the recipe's own data, for each number of minutes and
/// each seed, every time anew and with a schedule that ends with it. Minutes become steps by the
/// pace of a short training of the recipe, which is measured once. A linear probe, fitted with all
/// training labels on features in float32, judges the encoders by the test images: the figures are
/// those that `cmc evaluate` would print.
///
/// Prints a table, the shortest trainings of all recipes first, and returns its rows: {"name" (of
/// the recipe), "minutes", "seed", "steps", "epochs", "minutes_trained" (as they were spent),
/// "images_per_second", "accuracy" (of all views), "views" (the accuracy of each alone, but of
/// those that evaluation shows alike to one encoder once), "seconds_judged", and "recipe", a hash
/// of it}. Throws UsageError where the data is missing.
nlohmann::json learn(const std::vector<recipe::Recipe>& recipes, const LearnOptions& options);

}  // namespace cmc::benchmarks
