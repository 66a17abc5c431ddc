#include "cmc/encoders/head.h"

#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include "cmc/encoders/batch_norm.h"
#include "cmc/error.h"

namespace cmc::encoders {
namespace nn = torch::nn;

nn::Sequential make_head(const EncoderOptions& options, std::int64_t representation_dim) {
  check(options.embedding_dim > 0, "encoder.embedding_dim = {}: it must be at least 1",
        options.embedding_dim);
  check(options.hidden_dim >= 0,
        "encoder.hidden_dim = {}: it must be positive, or 0 for the representation's width",
        options.hidden_dim);
  if (options.head == Head::linear) {
    return nn::Sequential(nn::Linear(representation_dim, options.embedding_dim));
  }
  const std::int64_t hidden = options.hidden_dim > 0 ? options.hidden_dim : representation_dim;
  return nn::Sequential(nn::Linear(nn::LinearOptions(representation_dim, hidden).bias(false)),
                        BatchNorm(BatchNormOptions{.channels = hidden}),
                        nn::Identity(),  // ReLU's number, by which files name what follows
                        nn::Linear(hidden, options.embedding_dim));
}

}  // namespace cmc::encoders
