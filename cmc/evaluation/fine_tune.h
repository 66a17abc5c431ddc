#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/data/transform.h"
#include "cmc/data/unreadable.h"
#include "cmc/encoders/encoder.h"
#include "cmc/evaluation/linear_probe.h"

namespace cmc::evaluation {

struct FineTuneOptions {
  /// How many labels of the training part are used, the same number of each class; 0: all.
  std::int64_t labels = 0;
  std::int64_t steps = 200;
  std::int64_t batch_size = 64;
  /// Of the classifier, as SupervisedOptions has it, and what the encoders' is of it.
  double learning_rate = 1e-3;
  double encoder_factor = 0.1;
  std::uint64_t seed = 0;
  LinearProbeOptions probe = {};
  at::Device device = at::kCPU;
  bool bfloat16 = false;  ///< of training; what is judged runs in float32
  int workers = 0;
  /// Told what is under way and its share, 0 … 1.
  std::function<void(const std::string& what, double share)> progress = nullptr;
};

struct FineTuneResult {
  std::int64_t labels = 0;
  std::int64_t test_samples = 0;
  /// Accuracy on the test part of a linear probe on all views, fitted to the same labels
  /// on the encoders as they were and as they are.
  double accuracy_before = 0;
  double accuracy_after = 0;
  std::vector<data::UnreadableSample> unreadable;  ///< of both parts, left out
};

/// Goes on training learned encoders with a few labels (train_supervised, the encoders slower than
/// the classifier), in place, and measures the gain over a probe with these labels. Throws Error
/// where a part has no labels, or fewer than asked for.
FineTuneResult fine_tune(std::vector<encoders::Encoder>& encoders,
                         const std::shared_ptr<const data::Dataset>& train,
                         const std::shared_ptr<const data::Dataset>& test,
                         const std::shared_ptr<const data::Transform>& training_transform,
                         const std::shared_ptr<const data::Transform>& evaluation_transform,
                         const FineTuneOptions& options = {});

}  // namespace cmc::evaluation
