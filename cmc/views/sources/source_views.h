#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/views/portable_transform.h"
#include "cmc/views/sources/array_view.h"
#include "cmc/views/sources/audio_view.h"
#include "cmc/views/sources/bands_view.h"
#include "cmc/views/sources/depth_view.h"
#include "cmc/views/sources/image_view.h"
#include "cmc/views/sources/series_view.h"
#include "cmc/views/sources/standardization.h"
#include "cmc/views/sources/table_view.h"
#include "cmc/views/sources/text_view.h"
#include "cmc/views/view_recipe.h"

namespace cmc::views {

/// How a source's values become views: the options of each kind of source (their `kind`), of image
/// one view, or several where its split makes several. The functions make_view and measure_view of
/// each stand beside it.
using SourceViewOptions =
    std::variant<ViewRecipe, DepthViewOptions, AudioViewOptions, TableViewOptions, ArrayViewOptions,
                 TextViewOptions, SeriesViewOptions, BandsViewOptions>;

/// The options of a kind as they stand; an image is seen whole.
SourceViewOptions source_view_options(data::SourceKind kind);

/// A view of one source of a data set. Several may be of one source.
struct SourceView {
  /// The view's name; of an image whose split makes several views, what stands before theirs:
  /// "photo-L", "photo-ab".
  std::string name;
  /// The source's place in the data set.
  std::size_t source = 0;
  SourceViewOptions options = ViewRecipe{};
  /// image, depth, bands: another view, of an image or of bands, whose crop and flip this one
  /// shares, in place of its own: with pictures of one camera and of one size, in views of one
  /// size, what stands at a place of one stands there in the other. Bands share the turns of bands,
  /// too. Empty: drawn apart.
  std::string align_with = {};
};

/// Statistics by the view's name. Images need none: their channels have known ranges.
using Standardizations = std::map<std::string, Standardization>;

/// Measures the statistics of every view that needs them on a training part: tables over all
/// samples, others over up to 2,000. Without the augmentation.
Standardizations measure(const std::vector<SourceView>& views, const data::Dataset& train);

/// All views side by side, each with draws of its own unless it is aligned. A view whose source a
/// sample lacks is left out. Throws Error where a name stands twice, is empty or holds other
/// characters than letters, digits, "-" and "_"; where options are of another kind than their
/// source; where a view is aligned with one that has no single window; and where a view's
/// statistics are missing.
std::shared_ptr<const PortableTransform> make_source_views(
    const std::vector<SourceView>& views, const std::vector<data::Source>& sources, Mode mode,
    const Standardizations& standardizations);

}  // namespace cmc::views
