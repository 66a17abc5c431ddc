#include "studies/estimators.h"

#include <ATen/ATen.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adam.h>

#include <utility>

#include "cmc/information/critic_bounds.h"

namespace cmc::studies {

const std::vector<std::string> trained_estimators = {"InfoNCE", "NWJ", "interpolated", "MINE"};

at::Tensor value_of(const std::string& estimator, const at::Tensor& scores) {
  using namespace information;
  if (estimator == "InfoNCE") return info_nce_bound(scores);
  if (estimator == "NWJ") return nwj_bound(scores);
  if (estimator == "MINE") return donsker_varadhan_estimate(scores);
  return interpolated_bound(scores, at::zeros({scores.size(0)}, scores.options()), 0.01);
}

CriticTraining::CriticTraining(std::string estimator, const std::vector<at::Tensor>& parameters,
                               double learning_rate)
    : estimator_(std::move(estimator)),
      optimizer_(std::make_unique<torch::optim::Adam>(parameters,
                                                      torch::optim::AdamOptions(learning_rate))) {}

CriticTraining::~CriticTraining() = default;

void CriticTraining::step(const at::Tensor& scores) {
  at::Tensor value;
  if (estimator_ == "MINE") {
    const information::Mine mine = information::mine_estimate(scores, running_);
    value = mine.estimate;
    running_ = mine.running_log_mean;
  } else {
    value = value_of(estimator_, scores);
  }
  optimizer_->zero_grad();
  (-value).backward();
  optimizer_->step();
}

torch::nn::Sequential mlp(std::int64_t in, std::int64_t width, std::int64_t out) {
  using namespace torch::nn;
  return Sequential(Linear(in, width), ReLU(), Linear(width, width), ReLU(), Linear(width, out));
}

}  // namespace cmc::studies
