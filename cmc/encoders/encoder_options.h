#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cmc::encoders {

/// Which channels of a learned split's pictures an encoder sees, and what makes them: a
/// ViewGenerator, one for all encoders of the split.
struct GeneratedChannels {
  std::int64_t couplings = 4, width = 16;  ///< ViewGeneratorOptions
  std::int64_t first = 0, count = 1;
};

enum class Network {
  convnet,  ///< pictures of 16 to 64 pixels, spectrograms
  resnet18,
  resnet50,
  alexnet,      ///< pictures of 224 pixels
  mlp,          ///< tables, small arrays
  waveform,     ///< sounds, arrays of one dimension
  ngrams,       ///< texts as n-grams
  transformer,  ///< texts as subwords
  resnet1d,     ///< time series
};

/// What shrinks height and width in a convnet.
enum class Downsampling {
  max_pool,  ///< 2 × 2, in front of the stage
  stride,    ///< of the stage's first convolution
};

/// The projection head.
enum class Head {
  mlp,  ///< linear, batch norm, ReLU, linear (SimCLR, section 4.2)
  linear,
};

/// What an encoder is made of. What a given encoder does not use is left aside.
struct EncoderOptions {
  Network network = Network::convnet;

  /// convnet, waveform, resnet1d: the channels of each stage.
  std::vector<std::int64_t> channels = {64, 128, 256};
  /// convnet, waveform, resnet1d: convolutions in each stage.
  std::int64_t convolutions = 2;
  /// convnet: by how much each stage shrinks height and width before its other convolutions, 1 or
  /// 2; empty: 1 for the first stage and 2 for the others.
  std::vector<std::int64_t> strides = {};
  /// convnet.
  Downsampling downsample = Downsampling::max_pool;
  /// convnet: the last stage is averaged to a grid of this many cells a side, at most.
  std::int64_t pooled_grid = 1;
  /// convnet: width of a last linear layer, normalised and rectified; 0: the averaged grid,
  /// flattened, is the representation itself.
  std::int64_t representation_dim = 0;

  /// resnet18, resnet50: for small pictures, a 3×3 convolution of stride 1 and no pooling at the
  /// entry instead of 7×7, stride 2 and max-pooling (He et al., 1512.03385, section 4.2; SimCLR,
  /// appendix B.9).
  bool small_stem = false;

  /// mlp: the widths of the hidden layers. ngrams: of the n-grams' vectors, then of the hidden
  /// layers. transformer: its width first.
  std::vector<std::int64_t> widths = {512, 512};
  /// mlp, ngrams: the view's own values, or the mean of the n-grams' vectors, are concatenated to
  /// the last hidden layer in the representation, so that a linear head maps them as they are.
  bool skip = true;

  /// transformer: its blocks, and the heads of each one's attention.
  std::int64_t blocks = 2;
  std::int64_t heads = 4;

  Head head = Head::mlp;
  /// Head::mlp: the hidden width; 0: the representation's.
  std::int64_t hidden_dim = 0;
  /// D, the width of what is contrasted.
  std::int64_t embedding_dim = 128;

  /// A scripted module that is the network, in place of `network` (torchscript.h); empty: none.
  std::string torchscript = {};
  /// A safetensors file of weights that training starts from, by torchvision's names; empty: none.
  std::string weights = {};
  /// The network stays as it is, its batch norms too; the head alone is trained.
  bool freeze = false;
  /// What the network's learning rate is of the head's; for one that has learned already.
  double rate_factor = 1;

  /// One encoder, with one set of weights, for all views. They must have the same shape.
  bool shared = false;
  /// The name of a view before this one whose encoder this view has too, with all its weights; all
  /// else here is left aside then. Both views must have the same shape. Empty: its own.
  std::string same_as = {};

  /// Of a learned split: the network sees these of the view's three channels, as the generator
  /// makes them. Unset: the view as it is.
  std::optional<GeneratedChannels> generated = {};
};

}  // namespace cmc::encoders
