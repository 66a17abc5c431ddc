#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cmc/data/transform.h"
#include "cmc/encoders/encoder_options.h"

namespace cmc::encoders {

/// One named step of a backbone, a place where its output can be probed.
struct Layer {
  std::string name;
  std::function<at::Tensor(at::Tensor)> apply;
};

/// view → representation, as a value: its modules with the names to register them under, and its
/// layers, which hold those modules and are applied in turn. The last layer gives [N,
/// representation_dim].
struct Backbone {
  std::vector<std::pair<std::string, std::shared_ptr<torch::nn::Module>>> modules;
  std::vector<Layer> layers;
  std::int64_t representation_dim = 0;
  /// Whether it takes larger views than it was made for: what is left of their height and width is
  /// pooled to one grid.
  bool larger_views = false;
  /// Whether a row's vector depends on other rows by batch norms alone, which the members of a team
  /// share: not known of another program's network.
  bool rows_apart = true;
};

/// Throws Error unless each stage has channels and convolutions: as resnet1d() and waveform() ask.
void check_stages(const EncoderOptions& options);

/// The backbone that the options describe. Throws Error on an impossible option.
Backbone make_backbone(const EncoderOptions& options, const data::ViewShape& shape);

}  // namespace cmc::encoders
