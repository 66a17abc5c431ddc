#pragma once

#include <string>

#include "cmc/data/source_options.h"
#include "cmc/encoders/encoder_options.h"
#include "cmc/views/sources/source_views.h"

namespace cmc::recipe {

/// A [[view]] of a recipe: of a manifest's source, or of the pictures of a data set.
struct ViewEntry {
  /// Where its values come from. The source's name is the view's.
  data::SourceOptions source = {};
  views::SourceViewOptions options = views::source_view_options(data::SourceKind::image);
  /// As views::SourceView has it.
  std::string align_with = {};
  encoders::EncoderOptions encoder = {};
};

}  // namespace cmc::recipe
