#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/modules/container/sequential.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace torch::optim {
class Adam;
}

namespace cmc::studies {

/// The estimators that train a critic: "InfoNCE", "NWJ", "interpolated", "MINE".
extern const std::vector<std::string> trained_estimators;

/// What one of them gives for scores [N, N] (cmc/information/critic_bounds.h), "MINE" the
/// Donsker–Varadhan estimate, "interpolated" α = 0.01.
at::Tensor value_of(const std::string& estimator, const at::Tensor& scores);

/// Steps of a critic towards a larger value.
class CriticTraining {
 public:
  CriticTraining(std::string estimator, const std::vector<at::Tensor>& parameters,
                 double learning_rate);
  ~CriticTraining();
  void step(const at::Tensor& scores);

 private:
  std::string estimator_;
  std::unique_ptr<torch::optim::Adam> optimizer_;
  at::Tensor running_;
};

/// Two hidden layers.
torch::nn::Sequential mlp(std::int64_t in, std::int64_t width, std::int64_t out);

}  // namespace cmc::studies
