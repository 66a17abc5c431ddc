// Trains networks of your own on tensors of your own: 1,000 things of five numbers, which a camera
// shows in 40 mixed numbers and a microphone in 25, each with noise; no label anywhere.
#include <cmc/contrast/objective.h>
#include <cmc/evaluation/retrieval.h>
#include <cmc/parallel.h>
#include <fmt/format.h>
#include <torch/torch.h>

namespace nn = torch::nn;

// Any module that maps a batch to a batch of vectors will do.
nn::Sequential network(std::int64_t inputs) {
  return nn::Sequential(nn::Linear(inputs, 64), nn::BatchNorm1d(64), nn::ReLU(),
                        nn::Linear(64, 16));
}

int main() {
  using namespace cmc::contrast;
  cmc::set_threads(0);
  torch::manual_seed(1);
  const std::int64_t samples = 1000, held_out = 200, batch = 200;
  const at::Tensor things = torch::randn({samples, 5});
  const auto seen = [&](std::int64_t width) {
    return torch::tanh(things.matmul(torch::randn({5, width}))) +
           0.1 * torch::randn({samples, width});
  };
  const std::vector<at::Tensor> views = {seen(40), seen(25)};
  std::vector<nn::Sequential> encoders = {network(40), network(25)};

  Objective objective({.loss = KPairOptions{.temperature = LearnedTemperature{.initial = 0.1}}});
  std::vector<at::Tensor> parameters = objective->parameters();
  for (const nn::Sequential& encoder : encoders)
    for (const at::Tensor& parameter : encoder->parameters()) parameters.push_back(parameter);
  torch::optim::AdamW optimizer(parameters, torch::optim::AdamWOptions(3e-3));

  for (int epoch = 1; epoch <= 60; ++epoch) {
    double loss = 0;
    for (const at::Tensor& rows : torch::randperm(samples - held_out).split(batch)) {
      std::vector<at::Tensor> embeddings;
      for (std::size_t v = 0; v < views.size(); ++v)
        embeddings.push_back(encoders[v]->forward(views[v].index_select(0, rows)));
      const ContrastResult result = objective->forward(embeddings, rows);
      optimizer.zero_grad();
      result.loss.backward();
      optimizer.step();
      objective->update(rows, embeddings);
      loss = result.loss.item<double>();
    }
    if (epoch % 20 == 0) fmt::print("epoch {}: loss {:.3f} nats\n", epoch, loss);
  }

  const torch::NoGradGuard no_grad;
  std::vector<at::Tensor> embeddings;
  for (std::size_t v = 0; v < views.size(); ++v) {
    encoders[v]->eval();
    embeddings.push_back(encoders[v]->forward(views[v].slice(0, samples - held_out)));
  }
  fmt::print("of {} things that it never saw, {:.1f} % are found across views\n", held_out,
             100 * cmc::evaluation::cross_view_retrieval(embeddings[0], embeddings[1]).recall_at_1);
}
