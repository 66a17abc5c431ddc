#pragma once

#include <memory>
#include <string>

#include "cmc/views/pictures/color.h"
#include "cmc/views/pictures/split.h"

namespace cmc::views {

/// Two views of one colour space: one channel, and the other two. Lightness and colour, L | ab, is
/// the split of Tian et al., "Contrastive Multiview Coding" (1906.05849), section 4.1; other spaces
/// are compared in Tian et al., "What Makes for Good Views for Contrastive Learning?" (2005.10243),
/// section 4.
struct ColorOptions {
  ColorSpace space = ColorSpace::lab;
  /// The channel that is the first view, alone, such as "L"; empty: the space's first.
  std::string alone = {};
};

/// Three views of one colour space: each channel alone.
struct ChannelsOptions {
  ColorSpace space = ColorSpace::lab;
};

/// Throws Error for grey pictures, which have no colour to split, and for a channel that the space
/// lacks.
std::shared_ptr<const Split> make_split(const ColorOptions& options, const Frame& frame);
std::shared_ptr<const Split> make_split(const ChannelsOptions& options, const Frame& frame);

}  // namespace cmc::views
