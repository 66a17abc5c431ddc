#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <memory>

#include "cmc/data/dataset.h"
#include "cmc/evaluation/encoded_views.h"
#include "cmc/evaluation/evaluate_options.h"
#include "cmc/training/observer.h"

namespace cmc::evaluation {

struct SmallProbeOptions {
  /// Training samples that it is fitted to, and samples that it judges, at most.
  std::int64_t samples = 1000;
  /// N λ, for which no selection is made: sklearn's C is 0.1.
  LinearProbeOptions probe = {.penalties = {10}, .tolerance = 1e-4, .max_passes = 200};
  RidgeOptions ridge = {};  ///< where labels are numbers
  KnnOptions knn = {};
  at::Device device = at::kCPU;
  bool bfloat16 = false;
  int workers = 0;
};

/// A probe that is small enough to be asked again and again while encoders are trained: of the
/// representations of all views side by side, fitted to samples of the training part at even
/// distances and judged on some of the test part; without a test part, on every second of them.
/// What it tells is less precise than evaluate(), and drawn from nothing: no random number is
/// used, the encoders run in evaluation mode without gradients, and their mode is restored.
class SmallProbe {
 public:
  /// `judged`: as evaluation shows and encodes views; the encoders are those that are trained.
  /// `train` and `test` have labels of one kind (why_no_probe); `test` may be empty.
  SmallProbe(const std::shared_ptr<const data::Dataset>& train,
             const std::shared_ptr<const data::Dataset>& test, EncodedViews judged,
             const SmallProbeOptions& options = {});
  ~SmallProbe();

  /// The figures of the encoders as they are now, without step, epoch and seconds.
  training::ProbeFigures ask();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace cmc::evaluation
