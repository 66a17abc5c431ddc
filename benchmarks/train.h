#pragma once

#include <nlohmann/json.hpp>

namespace cmc::benchmarks {

struct TrainOptions {
  std::int64_t batch_size = 32;
  int rounds = 5;
};

/// Times one training step (forward, backward, SGD) of the halved AlexNet on both views of 224 ×
/// 224 pictures (lightness, 1 channel; colour, 2 channels): the same network written plainly with
/// libtorch in float32, contiguous, against ours (bfloat16 autocast where the processor has it,
/// channels-last, freed memory kept), in turn, medians; and the plain one once more with freed
/// memory kept. Prints a table and returns its rows: {"name", "milliseconds",
/// "images_per_second", "ratio"}.
nlohmann::json train(const TrainOptions& options = {});

}  // namespace cmc::benchmarks
