#include "cmc/encoders/transformer.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <cmath>

#include "cmc/error.h"

namespace cmc::encoders {
namespace nn = torch::nn;
namespace {

// A layer hands its successor [N, L, C + 1]: the symbols' vectors, and whether there is one.

at::Tensor vectors_of(const at::Tensor& x) {
  return x.narrow(2, 0, x.size(2) - 1);
}

at::Tensor is_there(const at::Tensor& x) {
  return x.narrow(2, x.size(2) - 1, 1);
}

/// x wᵀ + b, of three dimensions, by operators that exported graphs have.
at::Tensor linear(const nn::Linear& layer, const at::Tensor& x) {
  return at::matmul(x, layer->weight.t()) + layer->bias;
}

class SymbolsImpl : public nn::Module {
 public:
  SymbolsImpl(std::int64_t symbols, std::int64_t length, std::int64_t width)
      : vectors_(register_parameter("weight", at::empty({symbols, width}))),
        places_(register_parameter("places", at::empty({1, length, width}))) {
    nn::init::normal_(vectors_, 0, 0.02);
    nn::init::normal_(places_, 0, 0.02);
  }

  at::Tensor forward(const at::Tensor& tokens) {
    const at::Tensor rows = tokens.narrow(1, 0, 1).flatten(1),
                     there = rows.gt(0).to(at::kFloat).unsqueeze(2);
    return at::cat({at::embedding(vectors_, rows.to(at::kLong)) + places_, there}, 2);
  }

 private:
  at::Tensor vectors_, places_;
};
TORCH_MODULE(Symbols);

class TransformerBlockImpl : public nn::Module {
 public:
  TransformerBlockImpl(std::int64_t width, std::int64_t heads)
      : width_(width),
        heads_(heads),
        norm1_(register_module("norm1", nn::LayerNorm(nn::LayerNormOptions({width})))),
        attend_(register_module("attend", nn::Linear(width, 3 * width))),
        join_(register_module("join", nn::Linear(width, width))),
        norm2_(register_module("norm2", nn::LayerNorm(nn::LayerNormOptions({width})))),
        widen_(register_module("widen", nn::Linear(width, 4 * width))),
        narrow_(register_module("narrow", nn::Linear(4 * width, width))) {}

  at::Tensor forward(const at::Tensor& input) {
    const at::Tensor there = is_there(input);
    at::Tensor x = vectors_of(input);
    x = x + linear(join_, attention(norm1_->forward(x), there));
    x = x + linear(narrow_, at::relu(linear(widen_, norm2_->forward(x))));
    return at::cat({x, there}, 2);
  }

 private:
  /// softmax(q kᵀ / √d) v of each head, over the symbols that are there.
  at::Tensor attention(const at::Tensor& x, const at::Tensor& there) {
    constexpr double nowhere = -1e4;  // in place of −∞, since a text may have no symbol
    const std::int64_t each = width_ / heads_;
    const at::Tensor all = linear(attend_, x), absent = there.transpose(1, 2).lt(0.5);
    std::vector<at::Tensor> found;
    for (std::int64_t h = 0; h < heads_; ++h) {
      const auto part = [&](std::int64_t i) { return all.narrow(2, i * width_ + h * each, each); };
      const at::Tensor scores = at::matmul(part(0), part(1).transpose(1, 2))
                                    .mul(1 / std::sqrt(static_cast<double>(each)))
                                    .to(at::kFloat)
                                    .masked_fill(absent, nowhere);
      found.push_back(at::matmul(scores.softmax(2), part(2)));
    }
    return at::cat(found, 2);
  }

  std::int64_t width_, heads_;
  nn::LayerNorm norm1_;
  nn::Linear attend_, join_;
  nn::LayerNorm norm2_;
  nn::Linear widen_, narrow_;
};
TORCH_MODULE(TransformerBlock);

}  // namespace

Backbone transformer(const EncoderOptions& options, const data::ViewShape& shape) {
  const std::int64_t width = options.widths.empty() ? 0 : options.widths.front();
  check(width > 0 && options.heads > 0 && width % options.heads == 0,
        "encoder.widths = {}: the first, a transformer's width, must be a positive multiple of "
        "heads = {}",
        options.widths, options.heads);
  check(options.blocks > 0, "encoder.blocks = {}: it must be at least 1", options.blocks);
  Backbone backbone;
  Symbols symbols(shape.symbols, shape.width, width);
  backbone.modules.emplace_back("vectors", symbols.ptr());
  backbone.layers.push_back(
      {"vectors", [symbols](const at::Tensor& x) mutable { return symbols->forward(x); }});
  for (std::int64_t b = 1; b <= options.blocks; ++b) {
    const std::string name = fmt::format("block{}", b);
    TransformerBlock block(width, options.heads);
    backbone.modules.emplace_back(name, block.ptr());
    backbone.layers.push_back(
        {name, [block](const at::Tensor& x) mutable { return block->forward(x); }});
  }
  nn::LayerNorm norm(nn::LayerNormOptions({width}));
  backbone.modules.emplace_back("norm", norm.ptr());
  backbone.layers.push_back({"mean", [norm](const at::Tensor& x) mutable {
                               const at::Tensor there = is_there(x);
                               const at::Tensor sum =
                                   norm->forward(vectors_of(x)).mul(there).sum({1});
                               return sum.div(there.sum({1}).clamp_min(1.0));
                             }});
  backbone.representation_dim = width;
  return backbone;
}

}  // namespace cmc::encoders
