#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <map>
#include <string>
#include <vector>

#include "cmc/contrast/objective.h"
#include "cmc/data/loader.h"
#include "cmc/encoders/encoder.h"

namespace cmc {
class Team;
}

namespace cmc::training {

/// What is trained: an encoder for each view, registered as "encoder_VIEW" (a shared encoder once,
/// under the first view's name), and the objective as "objective". Where negatives come from a
/// queue it also holds a momentum encoder for each view, "momentum_encoder_VIEW", whose parameters
/// are not trained (He et al. 2020, MoCo, section 3.2).
class ModelImpl : public torch::nn::Module {
 public:
  /// `momentum_encoders`: as many as encoders, or none.
  ModelImpl(std::vector<encoders::Encoder> encoders, contrast::Objective objective,
            std::vector<encoders::Encoder> momentum_encoders = {});

  /// Of learned views whose generator sees labels: a linear classifier of `classes` on each view's
  /// representation, "classifier_VIEW".
  void add_classifiers(std::int64_t classes);
  static constexpr const char* classifier_prefix = "classifier_";

  /// Embeddings, one [N, D] tensor a view, of views[v] [N, C, H, W]. With `present` (bool [N,
  /// views]) an encoder sees only the rows that have its view; the rows of others are 0. A team
  /// shares the rows out (encoders::encode_views).
  std::vector<at::Tensor> embed(const std::vector<at::Tensor>& views,
                                const at::Tensor& present = {}, Team* team = nullptr);

  /// The momentum encoders' embeddings, without gradient; empty where there are none.
  std::vector<at::Tensor> embed_by_momentum(const std::vector<at::Tensor>& views,
                                            const at::Tensor& present = {}, Team* team = nullptr);

  /// Moves each momentum encoder to momentum · itself + (1 − momentum) · the encoder.
  void follow(double momentum);

  /// What the learning rate of a parameter, by its name, is of the run's.
  double rate_factor(const std::string& parameter) const;

  /// τ now.
  double temperature() const;

  /// That of two views, which may have a loss of their own.
  double temperature(std::size_t first, std::size_t second) const;

  /// Parameters and buffers by name.
  std::map<std::string, at::Tensor> state();
  /// Copies a state into place. Throws Error that names what is missing, unexpected or of another
  /// shape or type.
  void load_state(const std::map<std::string, at::Tensor>& state);

  std::vector<encoders::Encoder> encoders;
  contrast::Objective objective;
  std::vector<encoders::Encoder> momentum_encoders;
  std::vector<torch::nn::Linear> classifiers;
};
TORCH_MODULE(Model);

/// Tensors on a device, in their own memory format.
std::vector<at::Tensor> on_device(std::vector<at::Tensor> tensors, at::Device device);

}  // namespace cmc::training
