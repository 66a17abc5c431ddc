#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cmc/evaluation/knn.h"
#include "cmc/evaluation/linear_probe.h"
#include "cmc/evaluation/map.h"
#include "cmc/evaluation/ridge_regression.h"
#include "cmc/evaluation/zero_shot.h"

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::evaluation {

struct EvaluateOptions {
  /// Of "learned", "raw", "untrained" and "supervised", in the order of the rows.
  std::vector<std::string> features = {"learned", "raw", "untrained", "supervised"};
  /// Where in the encoders all but raw features are taken (FeatureOptions::layer); empty: the
  /// representation.
  std::string layer = {};
  /// How many labels the probes have; 0: all. Counts beyond all are left out.
  std::vector<std::int64_t> label_counts = {100, 600, 6000, 0};
  /// How many subsets of labels are drawn for each count; with all labels they differ in the split
  /// that chooses the probe's penalty alone.
  int seeds = 1;
  std::uint64_t seed = 0;
  LinearProbeOptions probe = {};
  RidgeOptions ridge = {};  ///< where labels are numbers
  KnnOptions knn = {};
  MapOptions map = {};
  std::int64_t map_samples = 2000;  ///< 0: no map
  std::int64_t neighbour_queries = 12;
  std::int64_t neighbours_found = 6;
  /// Of the cross-validation where there is no test part; as many as there are groups of samples
  /// where those are fewer.
  int folds = 5;
  /// Whether classes are found by their names too, and how they are named. "learned" must be among
  /// the features.
  std::optional<ZeroShotOptions> zero_shot = {};
  double supervised_learning_rate = 1e-3;
  at::Device device = at::kCPU;
  /// Whether the judged encoders run under bfloat16 autocast. What is embedded and exported runs in
  /// float32, so that figures are of the same vectors without it.
  bool bfloat16 = false;
  int workers = 0;
  /// Told what is under way ("learned: features of the training part") and its share, 0 … 1. Calls
  /// may come from several threads, one at a time.
  std::function<void(const std::string& what, double share)> progress = nullptr;
  /// Processes that take the features together and all call evaluate() with the same; rank 0 alone
  /// judges them, and the others' evaluations lack all rows.
  distributed::ProcessGroup* group = nullptr;
};

}  // namespace cmc::evaluation
