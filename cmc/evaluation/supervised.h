#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "cmc/data/loader.h"
#include "cmc/encoders/encoder.h"

namespace cmc::evaluation {

struct SupervisedOptions {
  std::int64_t steps = 1000;
  std::int64_t classes = 10;
  /// float64 [samples of the loader's data set]: the numbers to learn in place of classes, NaN
  /// where a sample has none. They are standardised and learned by their squared error.
  at::Tensor targets = {};
  /// AdamW's, after a warm-up over the first twentieth of the steps and before its fall along a
  /// half cosine to 0.
  double learning_rate = 1e-3;
  /// What the encoders' learning rate is of the classifier's; below 1 for encoders that have
  /// learned already.
  double encoder_factor = 1;
  /// AdamW's; not on biases and norms.
  double weight_decay = 0.05;
  at::Device device = at::kCPU;
  bool bfloat16 = false;
  /// Told the share that is done, 0 … 1, and the loss in nats, after each step.
  std::function<void(double share, double loss)> progress = nullptr;
};

/// Trains the encoders (a baseline's own, freshly initialised, or learned ones to be tuned) with
/// the labels, by cross entropy (of numbers, the squared error) on a linear layer over all views'
/// representations side by side, and returns them. Samples without a label are left out. Throws
/// Error where no sample has a label or the loss is not finite.
std::vector<encoders::Encoder> train_supervised(std::vector<encoders::Encoder> encoders,
                                                data::Loader& loader,
                                                const SupervisedOptions& options);

}  // namespace cmc::evaluation
