#include "benchmarks/train.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/core.h>
#include <torch/nn/functional/normalization.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/pooling.h>
#include <torch/optim/sgd.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "benchmarks/timing.h"
#include "cmc/allocator.h"
#include "cmc/encoders/encoder.h"
#include "cmc/libtorch.h"
#include "cmc/training/optimizer.h"

namespace cmc::benchmarks {
namespace {

namespace nn = torch::nn;
using Views = std::vector<at::Tensor>;

constexpr std::int64_t side = 224;
constexpr std::int64_t channels[] = {1, 2};
constexpr double temperature = 0.07;

/// The halved AlexNet as one writes it first.
nn::Sequential plain_network(std::int64_t in) {
  const auto conv = [](std::int64_t from, std::int64_t to, std::int64_t kernel, std::int64_t stride,
                       std::int64_t padding) {
    return nn::Conv2d(
        nn::Conv2dOptions(from, to, kernel).stride(stride).padding(padding).bias(false));
  };
  const auto pool = [] { return nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2)); };
  return nn::Sequential(conv(in, 48, 11, 4, 2), nn::BatchNorm2d(48), nn::ReLU(), pool(),    //
                        conv(48, 128, 5, 1, 2), nn::BatchNorm2d(128), nn::ReLU(), pool(),   //
                        conv(128, 192, 3, 1, 1), nn::BatchNorm2d(192), nn::ReLU(),          //
                        conv(192, 192, 3, 1, 1), nn::BatchNorm2d(192), nn::ReLU(),          //
                        conv(192, 128, 3, 1, 1), nn::BatchNorm2d(128), nn::ReLU(), pool(),  //
                        nn::Flatten(),                                                      //
                        nn::Linear(128 * 6 * 6, 2048), nn::BatchNorm1d(2048), nn::ReLU(),   //
                        nn::Linear(2048, 2048), nn::BatchNorm1d(2048), nn::ReLU(),          //
                        nn::Linear(2048, 128));
}

/// The k-pair loss with the batch's other samples as negatives, both directions.
at::Tensor contrastive_loss(const at::Tensor& x, const at::Tensor& y) {
  const at::Tensor logits =
      at::matmul(nn::functional::normalize(x), nn::functional::normalize(y).t()) / temperature;
  const at::Tensor own = at::arange(x.size(0));
  return at::cross_entropy_loss(logits, own) + at::cross_entropy_loss(logits.t(), own);
}

torch::optim::SGD optimizer(const std::vector<at::Tensor>& parameters) {
  return torch::optim::SGD(parameters,
                           torch::optim::SGDOptions(0.03).momentum(0.9).weight_decay(1e-4));
}

std::vector<at::Tensor> join(std::vector<at::Tensor> a, const std::vector<at::Tensor>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

nlohmann::json train(const TrainOptions& options) {
  Views contiguous, channels_last;
  for (const std::int64_t c : channels) {
    contiguous.push_back(at::randn({options.batch_size, c, side, side}));
    channels_last.push_back(contiguous.back().contiguous(at::MemoryFormat::ChannelsLast));
  }

  nn::Sequential plain_x = plain_network(channels[0]), plain_y = plain_network(channels[1]);
  torch::optim::SGD plain_optimizer = optimizer(join(plain_x->parameters(), plain_y->parameters()));
  const auto plain_step = [&] {
    plain_optimizer.zero_grad();
    contrastive_loss(plain_x->forward(contiguous[0]), plain_y->forward(contiguous[1])).backward();
    plain_optimizer.step();
  };

  const std::vector<data::ViewShape> shapes{{"L", channels[0], side, side},
                                            {"ab", channels[1], side, side}};
  auto encoders = encoders::make_encoders(
      {.network = encoders::Network::alexnet, .head = encoders::Head::linear}, shapes);
  training::NamedParameters parameters;
  for (const auto& encoder : encoders) {
    for (const auto& entry : encoder->named_parameters()) {
      parameters.emplace_back(encoder->shape().name + "." + entry.key(), entry.value());
    }
  }
  training::Optimizer our_optimizer(parameters, {.kind = training::OptimizerKind::sgd,
                                                 .learning_rate = 0.03,
                                                 .weight_decay = 1e-4,
                                                 .momentum = 0.9});
  const bool bfloat16 = cpu_has_bfloat16();
  const auto our_step = [&] {
    our_optimizer.zero_grad();
    Views embeddings;
    {
      const Autocast autocast(at::kCPU, bfloat16);
      for (std::size_t v = 0; v < 2; ++v) {
        embeddings.push_back(encoders[v]->forward(channels_last[v]).embedding);
      }
    }
    contrastive_loss(embeddings[0], embeddings[1]).backward();
    our_optimizer.step(1);
  };

  std::vector<double> plain, kept, ours;
  for (int round = 0; round <= options.rounds; ++round) {
    return_freed_memory();
    plain_step();  // what the other two have left behind is gone again
    const double as_it_comes = milliseconds(plain_step);
    keep_freed_memory();
    plain_step();
    const double kept_plain = milliseconds(plain_step), own = milliseconds(our_step);
    if (round == 0) continue;  // to warm up
    plain.push_back(as_it_comes);
    kept.push_back(kept_plain);
    ours.push_back(own);
  }
  const double base = median(plain);
  nlohmann::json rows = nlohmann::json::array();
  fmt::print("halved AlexNet, both views, {0} × {0} pixels, batch {1}, {2} threads: a step\n", side,
             options.batch_size, at::get_num_threads());
  const auto add = [&](const std::string& name, double time) {
    const double rate = 1e3 * static_cast<double>(options.batch_size) / time;
    fmt::print("  {:<44} {:8.0f} ms {:8.1f} images/s {:6.2f} x\n", name, time, rate, base / time);
    rows.push_back({{"name", name},
                    {"milliseconds", time},
                    {"images_per_second", rate},
                    {"ratio", base / time}});
  };
  add("libtorch, float32, contiguous", base);
  add("the same, freed memory kept as cmc does", median(kept));
  add(bfloat16 ? "cmc, bfloat16 autocast, channels last" : "cmc, float32, channels last",
      median(ours));
  return rows;
}

}  // namespace cmc::benchmarks
