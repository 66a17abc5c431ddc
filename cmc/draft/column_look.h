#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cmc/data/tables/rows.h"

namespace cmc::draft {

/// What the cells of a column are.
enum class CellKind {
  empty,     ///< all are missing
  number,    ///< all are
  category,  ///< texts of which there are few, each in several rows
  text,      ///< other texts
  picture,   ///< paths of pictures
  sound,     ///< paths of sounds
  array,     ///< paths of arrays
  series,    ///< paths of CSV files, a time series each
  bands,     ///< paths of pictures or arrays with many bands, as their content tells (BandsLook)
};

/// A column by its content.
struct ColumnLook {
  std::string name = {};
  std::size_t place = 0;  ///< among the columns, from 0
  CellKind kind = CellKind::empty;
  std::int64_t rows = 0;     ///< that were looked at
  std::int64_t present = 0;  ///< of them, with a value
  /// Different values; most_texts + 1 where there are more and not all differ.
  std::int64_t distinct = 0;
  bool all_differ = false;  ///< every row has a value of its own
  bool whole = false;       ///< numbers, all of them whole
  bool counts = false;      ///< whole numbers, each one more than that of the row before
  /// The values by their first row, and the place of each row's among them, −1 where it is missing;
  /// both empty where there are more than most_texts.
  std::vector<std::string> texts = {};
  std::vector<std::int32_t> codes = {};
  /// Of the paths, one whose file isn't there, and how many of those that were tried aren't.
  std::string absent_file = {};
  std::int64_t files_tried = 0, files_absent = 0;
  /// Cells that read as words: three letters on end, and eight of ten characters letters.
  std::int64_t worded = 0;
  double mean_words = 0;  ///< words of a cell, parted by blanks

  bool is_path() const {
    return kind == CellKind::picture || kind == CellKind::sound || kind == CellKind::array ||
           kind == CellKind::series;
  }
  /// Whether its texts are names or sentences, and no identifiers. Few texts are categories unless
  /// they are sentences.
  bool is_language() const {
    const bool texts = kind == CellKind::text || (kind == CellKind::category && mean_words >= 3);
    return texts && 10 * worded >= 9 * present;
  }
  /// Whether its values may be classes: texts of few words, or few different whole numbers, some
  /// five samples of each.
  bool may_be_classes() const;
  /// How many rows have each text.
  std::vector<std::int64_t> counts_of_texts() const;
};

/// So many different values of a column are kept.
inline constexpr std::size_t most_texts = 1000;
/// So many rows are looked at, the first ones.
inline constexpr std::int64_t most_rows = 20000;

/// Looks at the columns of a table, at up to most_rows rows.
std::vector<ColumnLook> look_at_columns(const data::Rows& rows);

/// How a recipe names a column: by its name, or by its place ("#3") where the name is empty, not
/// the only one, or would be read as something else.
std::string reference(const data::Rows& rows, std::size_t column);

/// Whether a file's name ends as a sound's, as an array's, or as that of a series in CSV.
bool is_sound_name(const std::filesystem::path& path);
bool is_array_name(const std::filesystem::path& path);
bool is_series_name(const std::filesystem::path& path);

}  // namespace cmc::draft
