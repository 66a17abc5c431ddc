#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cmc/data/transform.h"
#include "cmc/encoders/backbone.h"
#include "cmc/encoders/encoder_options.h"

namespace torch::nn {
class SequentialImpl;
}

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::encoders {

class BatchNormImpl;
class ViewGeneratorImpl;

/// What an encoder makes of N rows of a view. Both are float32, under autocast too.
struct Encoding {
  at::Tensor representation;  ///< [N, R]: what is probed and deployed
  at::Tensor embedding;       ///< [N, D]: what is contrasted; not normalised
};

/// view → representation → embedding.
///
/// Weights stay in channels-last memory, as the loader's batches come, so that nothing is reordered
/// on the way. The backbone's modules are registered under their own names (a ResNet's are
/// torchvision's) and the projection head as "head".
///
///     Encoder encoder = make_encoder({.network = Network::resnet18}, {"left", 3, 32, 16});
///     Encoding encoding = encoder->forward(x);   // x: [N, 3, 32, 16]
class EncoderImpl : public torch::nn::Module {
 public:
  /// With options.generated, `generator` makes its channels; null: a new one.
  EncoderImpl(const EncoderOptions& options, const data::ViewShape& shape,
              std::shared_ptr<ViewGeneratorImpl> generator = nullptr);

  /// x: [N, C, H, W] with the view's C, H and W, or another H and W that it takes(), N ≥ 0. Throws
  /// Error on any other shape.
  Encoding forward(const at::Tensor& x);

  /// The representation alone: [N, R], float32.
  at::Tensor represent(const at::Tensor& x);

  /// The named layers from first to last; the last one is the representation.
  std::vector<std::string> layers() const;

  /// The output of one of layers(): [N, C', H', W'] or [N, F]. Throws Error on an unknown name.
  at::Tensor layer(const at::Tensor& x, const std::string& name);

  /// As torch::nn::Module has it; a frozen network stays in evaluation mode.
  void train(bool on = true) override;

  /// What the learning rate of one of the parameters, by its name, is of the run's.
  double rate_factor(const std::string& parameter) const;

  /// R and D.
  std::int64_t representation_dim() const { return backbone_.representation_dim; }
  std::int64_t embedding_dim() const { return embedding_dim_; }

  const data::ViewShape& shape() const { return shape_; }

  /// Whether rows may have this height and width: the view's own, or larger ones (of both none
  /// smaller) where the backbone pools what it finds.
  bool takes(std::int64_t height, std::int64_t width) const;

  /// That of learned views, "generator" among the modules; null for any other view.
  const std::shared_ptr<ViewGeneratorImpl>& generator() const { return generator_; }

  /// What the network sees of x [N, C, H, W]: x itself, or the channels that the generator makes.
  at::Tensor seen(const at::Tensor& x);

  /// As Backbone has it.
  bool rows_apart() const { return backbone_.rows_apart; }

  /// In training, its batch norms' batch is from now on that of all processes of the group
  /// (BatchNormImpl::synchronise), which must live on: all of them run the encoder then, who has no
  /// rows with none.
  void synchronise(distributed::ProcessGroup* group);
  /// Whether it must run where there are no rows.
  bool runs_empty() const { return !norms_.empty() && is_training(); }

 private:
  at::Tensor run(const at::Tensor& x, std::size_t layers);
  Encoding stand_aside(const at::Tensor& x);

  data::ViewShape shape_;
  std::optional<GeneratedChannels> generated_;
  Backbone backbone_;
  std::shared_ptr<torch::nn::SequentialImpl> head_;
  std::int64_t embedding_dim_;
  bool freeze_;
  double rate_factor_;
  std::vector<BatchNormImpl*> norms_;  ///< that are synchronised
  std::shared_ptr<ViewGeneratorImpl> generator_;
};

/// Holds an EncoderImpl, as libtorch's modules do: a copy of an Encoder is the same encoder.
TORCH_MODULE(Encoder);

/// As forward, of the rows of x ([N, C, H, W]) that `present` marks (bool [N]; undefined: all). The
/// encoder does not see the others; what they give is 0 and passes no gradient.
Encoding encode_present(Encoder& encoder, const at::Tensor& x, const at::Tensor& present);

/// A freshly initialised encoder for one view. Its weights are drawn from libtorch's default
/// generator: at::manual_seed makes them repeatable. Throws Error that names the option, its
/// value and its range.
Encoder make_encoder(const EncoderOptions& options, const data::ViewShape& shape);

/// For each view the first that has the same encoder: its own place but with `shared` in the first
/// one's options, or `same_as` in its own. Throws Error where `same_as` names no view before its
/// own.
std::vector<std::size_t> encoder_places(std::span<const EncoderOptions> options,
                                        std::span<const data::ViewShape> views);

/// One encoder a view, in the views' order, each with options of its own; with `shared` in the
/// first one's, all the same encoder, made of those. Throws Error where embeddings differ in
/// dimension, where shared encoders meet views of different shapes, and where `same_as` names no
/// view before its own.
std::vector<Encoder> make_encoders(std::span<const EncoderOptions> options,
                                   std::span<const data::ViewShape> views);

/// One encoder a view, in the views' order: each with its own weights, or, with `options.shared`,
/// all the same encoder. Throws Error also where shared encoders meet views of different shapes.
std::vector<Encoder> make_encoders(const EncoderOptions& options,
                                   std::span<const data::ViewShape> views);

/// Whether an earlier view has the encoder of view `view`, too.
bool is_repeated(std::span<const Encoder> encoders, std::size_t view);

}  // namespace cmc::encoders
