#pragma once

#include <torch/csrc/jit/api/module.h>

#include "cmc/exchange/load.h"

namespace cmc::exchange {

/// A view's encoder as one TorchScript module whose `encode` takes raw samples for any N ≥ 1, [N,
/// …] of the view's views::RawInput: the view's split, scaling and normalising, the encoder, and
/// for an embedding the head and the division by its length. Its parameters have the encoder's
/// names. It is traced from the same C++ that LoadedRun::encode runs, so that no network is
/// described twice; what makes the view is its of_batch. Its `forward` is `encode` that fails on
/// any other shape or type, as an ONNX model does, and takes N = 0.
torch::jit::Module traced(const LoadedRun& run, std::size_t view, Output output);

}  // namespace cmc::exchange
