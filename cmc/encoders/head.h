#pragma once

#include <torch/nn/modules/container/sequential.h>

#include <cstdint>

#include "cmc/encoders/encoder_options.h"

namespace cmc::encoders {

/// The projection head, representation [N, R] → embedding [N, D]: one linear layer, or linear,
/// batch norm, ReLU and linear (Chen et al., 2002.05709, section 4.2). Uses head, hidden_dim and
/// embedding_dim of the options.
torch::nn::Sequential make_head(const EncoderOptions& options, std::int64_t representation_dim);

}  // namespace cmc::encoders
