#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <vector>

namespace cmc::encoders {

/// What a view generator is made of.
struct ViewGeneratorOptions {
  std::int64_t couplings = 4;  ///< 1 or more
  std::int64_t width = 16;     ///< of the hidden layer of each coupling, 1 or more
};

/// The generator g of learned views: a map of a picture's three channels to three others, pixel by
/// pixel, whose first is a view and whose others are another (Tian et al., "What Makes for Good
/// Views for Contrastive Learning?", 2005.10243, section 4.3). Whatever its weights, it can be
/// inverted and preserves volume, so that it can neither lose nor blur anything, nor collapse to a
/// constant: it chooses only what of the colour each view sees.
///
/// Each of its couplings (Dinh et al., NICE, 1410.8516, eq. 4) rotates the channels and then adds
/// to the two others what a 1 × 1 convolution, ReLU and another make of the first, or to the first
/// what they make of the others, in turn. A rotation is two reflections, I − 2uuᵀ / uᵀu. At first g
/// changes nothing.
class ViewGeneratorImpl : public torch::nn::Module {
 public:
  /// Throws Error for an option that is out of range.
  explicit ViewGeneratorImpl(const ViewGeneratorOptions& options);

  /// Number of channels, and of those that the first view has.
  static constexpr std::int64_t channels = 3, alone = 1;

  /// x: float32 [N, 3, H, W]; the result has its shape. Computed in float32, under autocast too.
  at::Tensor forward(const at::Tensor& x);

  /// The x whose forward(x) is y.
  at::Tensor inverse(const at::Tensor& y);

 private:
  struct Coupling {
    at::Tensor first, second;  ///< the reflections' vectors, [3]
    torch::nn::Conv2d hidden = nullptr, shift = nullptr;
    bool moves_alone = false;  ///< the first channel is moved, by the others
  };

  at::Tensor rotation(const Coupling& coupling) const;
  static at::Tensor moved(Coupling& coupling, const at::Tensor& x, bool back);

  std::vector<Coupling> couplings_;
  at::Tensor identity_;  ///< a constant of an exported graph, which "eye" in it would not be
};
TORCH_MODULE(ViewGenerator);

}  // namespace cmc::encoders
