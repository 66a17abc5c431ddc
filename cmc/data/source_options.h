#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cmc/data/source.h"

namespace cmc::data {

/// Which axis of an array is time.
enum class SeriesAxes {
  /// The one that differs from array to array; of equal arrays the longer one.
  automatic,
  channels_first,  ///< [C, T]
  time_first,      ///< [T, C]
};

/// How a source's values are found by a manifest's rows.
struct SourceOptions {
  std::string name = {};
  SourceKind kind = SourceKind::image;

  /// image, depth, audio, array, series, bands: the column that holds the file's path, or else the
  /// path itself with columns in braces, such as "depth/{frame}.png". Relative to the manifest's
  /// folder.
  ///
  /// array: a `file` without braces holds all samples, each a row of it, the first dimension: that
  /// of the manifest's row's number. With `column`, too, a file holds several samples, and the
  /// column the row, counted from 0.
  ///
  /// text: the column that holds the text itself, or the path of its file as above.
  std::string column = {};
  std::string file = {};
  /// array, series: its name in a .npz file; empty where that holds one array alone.
  std::string entry = {};

  /// table: numeric columns by name, "#place" or range "first..last" (find_columns), and columns of
  /// text whose values are categories. series: channels in the same way, of arrays by "#place";
  /// empty: all.
  std::vector<std::string> columns = {};
  std::vector<std::string> categorical = {};
  /// table: another file of rows that has these columns, relative to the manifest's folder; empty:
  /// the manifest itself. Its rows belong to the manifest's by the text in its column `table_key`,
  /// which is the manifest's key, or, where that is empty, by their number.
  std::string table = {};
  std::string table_key = {};
  /// table: the categories of each categorical column, sorted; empty: those of the training part.
  std::vector<std::vector<std::string>> categories = {};

  /// image: 3 (R, G, B) or 1 (grey).
  std::int64_t channels = 3;
  /// depth: metres that a stored value of 1 stands for.
  double unit = 0.001;
  /// bands: the names of all bands of a file, in their order; empty: they have none.
  std::vector<std::string> bands = {};
  /// audio: samples a second that every recording is brought to.
  std::int64_t rate = 16000;
  /// series: of arrays; and how they are laid out where that is known, as by a run.
  SeriesAxes axes = SeriesAxes::automatic;
  SeriesLayout layout = {};

  bool operator==(const SourceOptions&) const = default;
};

}  // namespace cmc::data
