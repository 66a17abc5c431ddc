#pragma once

#include <cstdint>
#include <memory>

#include "cmc/views/pictures/color.h"
#include "cmc/views/pictures/split.h"

namespace cmc::views {

/// Two views that training chooses itself: a generator, which is a part of the encoders
/// (encoders::ViewGenerator), maps the picture's three channels to three others, of which the first
/// is one view and the rest the other. Tian et al., "What Makes for Good Views for Contrastive
/// Learning?" (2005.10243), section 4.3. Here both views are the whole picture.
struct LearnedOptions {
  /// The colour space that the generator starts from: at first the views are those of
  /// ColorOptions{space}.
  ColorSpace space = ColorSpace::rgb;
  std::int64_t couplings = 4;  ///< of the generator, within [1, 64]
  std::int64_t width = 16;     ///< of its hidden layers, within [1, 1024]

  /// How training moves the generator (training::GeneratorOptions).
  double learning_rate = 1e-3;
  double after = 0.1;
  double until = 0.8;
  std::int64_t every = 4;
  /// The share of the training samples whose labels it sees; 0: none.
  double labelled = 0;
  double label_weight = 1;
};

/// "learned-1", of one channel, and "learned-2", of two. Throws Error for grey pictures.
std::shared_ptr<const Split> make_split(const LearnedOptions& options, const Frame& frame);

}  // namespace cmc::views
