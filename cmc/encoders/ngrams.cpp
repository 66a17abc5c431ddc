#include "cmc/encoders/ngrams.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/embedding.h>

#include "cmc/encoders/mlp.h"
#include "cmc/error.h"

namespace cmc::encoders {
namespace {

/// Σ of the rows of `vectors` that x ([N, 2, 1, L]: numbers, 0 for none, and weights) names, each
/// by its weight.
at::Tensor bag(const at::Tensor& vectors, const at::Tensor& x) {
  const at::Tensor places = x.narrow(1, 0, 1).flatten(1).to(at::kLong),
                   weights = x.narrow(1, 1, 1).flatten(1).to(at::kFloat);
  if (torch::jit::tracer::isTracing())  // offsets would hold this batch's size in the graph
    return at::embedding(vectors, places).mul(weights.unsqueeze(2)).sum({1});
  const at::Tensor offsets = at::arange(0, places.numel(), places.size(1), places.options());
  return std::get<0>(at::embedding_bag(vectors, places.reshape({-1}), offsets,
                                       /*scale_grad_by_freq=*/false, /*mode: sum*/ 0,
                                       /*sparse=*/false, weights.reshape({-1}),
                                       /*include_last_offset=*/false, /*padding_idx=*/0));
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
  torch::nn::init::normal_(vectors->weight, 0, 0.1);  // so that a step of training moves them far
  Backbone rest = mlp(behind, {shape.name, width, 1, 1});
  rest.modules.insert(rest.modules.begin(), {"vectors", vectors.ptr()});
  rest.layers.front() = {"values",
                         [vectors](const at::Tensor& x) { return bag(vectors->weight, x); }};
  return rest;
}

}  // namespace cmc::encoders
