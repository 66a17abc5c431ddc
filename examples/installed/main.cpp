// Contrasts three views of 256 samples: random vectors that share a part.
#include <cmc/contrast/objective.h>
#include <fmt/format.h>
#include <torch/torch.h>

#include <cmath>

int main() {
  using namespace cmc::contrast;
  const std::int64_t samples = 256, dimension = 64;
  torch::manual_seed(1);
  const at::Tensor shared = torch::randn({samples, dimension});
  std::vector<at::Tensor> embeddings;
  for (int view = 0; view < 3; ++view)
    embeddings.push_back((shared + torch::randn({samples, dimension})).requires_grad_());

  Objective objective({.loss = KPairOptions{.temperature = 0.1},
                       .graph = ViewGraph::full(3),
                       .negatives = BatchOptions{}});
  const ContrastResult result = objective->forward(embeddings, torch::arange(samples));
  result.loss.backward();

  // The samples are independent and train nothing, so that log k − L bounds the information (see
  // docs/theory.md).
  const ContrastFigures figures = result.figures();
  for (std::size_t d = 0; d < figures.directions.size(); ++d) {
    const auto& [anchor, candidate, weight] = result.directions[d].pair;
    const DirectionFigures& direction = figures.directions[d];
    fmt::print("view {} to view {}: loss {:.3f} nats; they share at least {:.3f} nats\n", anchor,
               candidate, direction.loss, std::log(direction.k) - direction.loss);
  }
  fmt::print("total loss {:.3f} nats, norm of the first view's gradient {:.3f}\n", figures.loss,
             embeddings[0].grad().norm().item<double>());
}
