#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmc/data/excerpt.h"
#include "cmc/data/numbers.h"
#include "cmc/data/source.h"
#include "cmc/data/source_options.h"

namespace cmc::data {

/// Reads the file of one value, or a part of it. Throws UnreadableError where the file is
/// missing, of another kind or damaged. Safe to call from several threads.
using ReadFile =
    std::function<Excerpt(const std::filesystem::path& path, const ChoosePart& choose)>;

/// What may be wrong with a value that can be read.
struct Defect {
  bool (*has)(const cv::Mat& value);
  std::string_view warning;  ///< behind the number of values: "recordings are silent"
};

/// All that data sets know of one kind of source. Each kind has one, in a file of its own.
struct KindDescriptor {
  /// As recipes have it.
  std::string_view name;

  /// What is known of a source before a value is read; of a table all but its columns.
  Source (*declare)(const SourceOptions& options);

  /// The options with what they leave to the files, as `files`, the first of them, tell; a person
  /// should know what is added to `notes`. Null where they leave nothing. Throws Error where none
  /// of the files can be read, or lacks what the options name.
  SourceOptions (*settle)(const SourceOptions& options,
                          std::span<const std::filesystem::path> files,
                          std::vector<std::string>& notes) = nullptr;

  /// What reads its files; null where a value has no file of its own.
  ReadFile (*reader)(const SourceOptions& options) = nullptr;

  /// A value that a manifest's cell holds itself, in place of its file's path; null where a cell
  /// holds a path. Throws UnreadableError. The cell may be gone afterwards.
  cv::Mat (*parse)(std::string_view cell) = nullptr;

  /// Whether one file may hold many samples' values as its rows.
  bool files_hold_rows = false;

  /// The shape that all values share, as the first of them tells; null where they may differ, or
  /// where declare() knows it.
  SourceShape (*shape_of)(const cv::Mat& value) = nullptr;

  /// How the numbers of a value stand by channels; null where it has no fixed number of them.
  NumberLayout (*numbers)(const Source& source) = nullptr;

  /// Throws Error, whose message follows the source's name, where no data set has such a source.
  void (*check)(const Source& source);

  /// A value's size for a person, such as "1.50 s".
  std::string (*size)(const Source& source, const SourceShape& value);

  /// Whether two samples with equal values are likely one sample twice; null: they are.
  bool (*tells_samples_apart)(const Source& source) = nullptr;

  std::span<const Defect> defects = {};

  /// A value's text in UTF-8, to be shown as it is; null where values hold none.
  std::string (*words)(const cv::Mat& value) = nullptr;

  /// What values are counted by in a survey, such as a text's script; null: not counted.
  std::string (*sort)(const cv::Mat& value) = nullptr;
};

extern const KindDescriptor image_kind, depth_kind, audio_kind, table_kind, array_kind, text_kind,
    series_kind, bands_kind;

const KindDescriptor& descriptor(SourceKind kind);

/// KindDescriptor::check of what is no table and no series: throws Error where a source has
/// columns.
void check_no_columns(const Source& source);

/// KindDescriptor::size of what has channels, height and width: "3×32×32".
std::string size_in_pixels(const Source& source, const SourceShape& value);

/// Reads the file of one value, whole. Throws what ReadFile throws, and Error for a kind whose
/// values have no file of their own.
cv::Mat read_value(const std::filesystem::path& path, const SourceOptions& options);

}  // namespace cmc::data
