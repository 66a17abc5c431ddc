#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cmc::data {

/// What a source's raw values are, and how a sample holds one (Sample::values).
enum class SourceKind {
  /// A picture: height × width, 8 or 16 bits a channel, grey or R, G, B.
  image,
  /// Distances: height × width of float32 metres; NaN where the sensor saw nothing.
  depth,
  /// Sound: 1 × T of float32 in [−1, 1], one channel, at the source's rate.
  audio,
  /// A row of a table: 1 × F of float64, one a column; NaN in an empty cell. A category is its
  /// place in the column's list, unseen_category where it isn't there.
  table,
  /// Numbers of a fixed shape with one, two or three dimensions: float32, or float64 where they
  /// are stored with more digits (npy.h).
  array,
  /// A text: 1 × T of its Unicode code points as int32, in the normal form NFC.
  text,
  /// A time series: C × T, a channel a row, of float32, or float64 where its numbers are stored
  /// with
  /// more digits; NaN in gaps.
  series,
  /// A picture of 1 to 64 bands: height × width of float32, a channel a band, as their numbers are
  /// stored; NaN where there is no value.
  bands,
};

inline constexpr std::array every_source_kind = {
    SourceKind::image, SourceKind::depth, SourceKind::audio,  SourceKind::table,
    SourceKind::array, SourceKind::text,  SourceKind::series, SourceKind::bands};

/// The kinds' names, in their order: "image", "depth", "audio", "table", "array", "text",
/// "series", "bands". All else that data sets know of a kind stands in its descriptor
/// (kinds/kind_descriptor.h).
const std::vector<std::string>& source_kinds();
std::string_view name(SourceKind kind);
/// Throws Error that lists the kinds.
SourceKind source_kind(std::string_view text);

/// A text that its column's list of categories lacks: an encoder sees it at no place.
inline constexpr float unseen_category = -1;

/// What is known of a source's values before one is read; 0 where it differs from sample to sample.
/// A table of F columns is F × 1 × 1, a sound 1 × 1 × T. An array of one dimension is 1 × 1 × T, of
/// two 1 × H × W, of three C × H × W. A text is 1 × 1 × T, a series C × 1 × T. A picture of C bands
/// is C × 0 × 0.
struct SourceShape {
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;

  bool operator==(const SourceShape&) const = default;
};

/// How the arrays of series that hold no names are laid out.
struct SeriesLayout {
  /// [T, C] rather than [C, T].
  bool time_first = false;
  /// Channels of every array, before some are chosen; 0 where none is an array.
  std::int64_t channels = 0;

  bool operator==(const SeriesLayout&) const = default;
};

/// A column of a table, a channel of a series, or a band.
struct TableColumn {
  std::string name;
  /// The texts that a categorical column may hold, sorted; empty: a numeric column.
  std::vector<std::string> categories = {};

  bool operator==(const TableColumn&) const = default;
};

/// One of the places that a sample's raw values come from: a camera, a microphone, a table.
struct Source {
  std::string name = "picture";
  SourceKind kind = SourceKind::image;
  SourceShape shape = {};
  /// audio: samples a second.
  std::int64_t rate = 0;
  /// table, series; those of arrays are called by their places, "#1", …. bands: their names, where
  /// they have any.
  std::vector<TableColumn> columns = {};
  /// series.
  SeriesLayout layout = {};
};

}  // namespace cmc::data
