#pragma once

#include <torch/csrc/jit/api/module.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cmc/exchange/load.h"

namespace cmc::exchange {

/// What an exported encoder takes: a batch of raw samples.
struct RawInput {
  std::string name;                 ///< of the graph's input, such as "pictures"
  std::vector<std::int64_t> shape;  ///< without the batch: [C, H, W]
  std::string description;          ///< one line for the person who feeds it
};

/// Of a view that is cut from pictures: uint8 [N, C, H, W].
RawInput raw_input(const LoadedRun& run);

/// A view's encoder as one TorchScript module whose forward takes uint8 [N, …] of raw_input for any
/// N: the view's split, scaling and normalising, the encoder, and for an embedding the head and the
/// division by its length. Its parameters have the encoder's names. It is traced from the same C++
/// that `encode` runs, so that no network is described twice.
torch::jit::Module traced(const LoadedRun& run, std::size_t view, Output output);

}  // namespace cmc::exchange
