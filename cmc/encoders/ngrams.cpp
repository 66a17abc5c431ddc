#include "cmc/encoders/ngrams.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/nn/modules/embedding.h>

#include "cmc/encoders/mlp.h"
#include "cmc/error.h"

namespace cmc::encoders {
namespace {

/// Σ of the rows of `vectors` that `tokens` ([N, 1, 1, L], 0: none) name, over the root of how many
/// there are.
at::Tensor bag(const at::Tensor& vectors, const at::Tensor& tokens) {
  const at::Tensor rows = tokens.flatten(1), is_there = rows.gt(0).to(at::kFloat);
  const at::Tensor places = rows.to(at::kLong);
  at::Tensor sum;
  if (torch::jit::tracer::isTracing()) {  // offsets would hold this batch's size in the graph
    sum = at::embedding(vectors, places).mul(is_there.unsqueeze(2)).sum({1});
  } else {
    const std::int64_t length = rows.size(1);
    const at::Tensor offsets = at::arange(0, rows.numel(), length, places.options());
    sum = std::get<0>(at::embedding_bag(vectors, places.reshape({-1}), offsets,
                                        /*scale_grad_by_freq=*/false, /*mode: sum*/ 0,
                                        /*sparse=*/false, {}, /*include_last_offset=*/false,
                                        /*padding_idx=*/0));
  }
  return sum.div(is_there.sum({1}, true).clamp_min(1.0).sqrt());
}

}  // namespace

Backbone ngrams(const EncoderOptions& options, const data::ViewShape& shape) {
  check(!options.widths.empty() && options.widths.front() > 0,
        "encoder.widths = {}: of ngrams the vectors' width, then those of hidden layers, each "
        "positive, were expected",
        options.widths);
  EncoderOptions behind = options;
  behind.widths.erase(behind.widths.begin());
  behind.skip = options.skip || behind.widths.empty();
  const std::int64_t width = options.widths.front();
  torch::nn::Embedding vectors(shape.symbols, width);
  Backbone rest = mlp(behind, {shape.name, width, 1, 1});
  rest.modules.insert(rest.modules.begin(), {"vectors", vectors.ptr()});
  rest.layers.front() = {"values", [vectors](at::Tensor x) { return bag(vectors->weight, x); }};
  return rest;
}

}  // namespace cmc::encoders
