#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmc/data/labels.h"
#include "cmc/data/source_options.h"
#include "cmc/data/splits.h"

namespace cmc::data {

/// What becomes of a file that is missing or can't be read.
enum class UnreadableFile {
  /// It is an Error.
  error,
  /// The sample lacks that source, which Dataset::unreadable lists.
  missing,
};

/// A data set of one row a sample and one source a column, or a few.
struct ManifestOptions {
  /// A CSV or JSON-lines file, arrays, or a pattern of file names (open_rows).
  std::string manifest = {};
  /// The column that names a sample: its texts differ. Empty: samples are named by their row, "row
  /// 0" the first.
  std::string key = {};
  /// How its tables are written, and those of sources: see RowsOptions. Each file is looked at on
  /// its own where these are empty.
  std::string separator = {};
  std::optional<char> decimal = {};
  /// The cells that hold no value, besides empty ones, in all columns; empty: by what the column is
  /// (Missing).
  std::vector<std::string> missing = {};

  /// The column of the labels; empty: none. A missing cell is no label (read_labels).
  std::string label = {};
  /// Numbers are targets (Dataset::target).
  LabelKind label_kind = LabelKind::automatic;

  /// Which samples are the test part: those whose cell in the column `part` is "test" ("testing",
  /// "val", "valid", "validation" and "dev" too; "train" or "training" is the other; in any case);
  /// or those whose group is one of `test_groups`; or `test_samples` of them; or the fraction
  /// `held_out`. The last two choose by a hash of the sample's group, or its name.
  std::string part = {};
  /// The column of the groups, which are never torn apart: all of a group are in one part. Where
  /// the cell is missing, a sample is a group of its own.
  std::string split_by = {};
  std::vector<std::string> test_groups = {};
  /// The samples with the lowest hashes; with groups, whole groups until there are as many.
  std::int64_t test_samples = 0;
  double held_out = 0.1;

  /// The column that marks duplicates: samples whose cells are alike are never negatives of each
  /// other. Empty: none are marked; a missing cell marks none.
  std::string duplicates = {};

  UnreadableFile unreadable = UnreadableFile::error;
  std::vector<SourceOptions> sources = {};
};

/// Opens a manifest. Classes are numbered in the order of their names, of numbers where all are
/// whole numbers, over both parts. A missing cell (Missing), or no row in a joined table, is a
/// missing value. Splits::notes tells how the files were read, how many samples lack each source,
/// and warns of a label that stands in a view's columns.
///
/// Memory: 20 bytes a row (28 with marked duplicates, 36 while keys are compared), and for each
/// joined table 12 more (28 while it is joined), and what Table keeps.
///
/// Throws Error, with the line, for a column that isn't there (with the nearest name), a wrong
/// number of cells, text where a number is due, two rows with one key, an unknown part, and where a
/// source has no sample.
Splits open_manifest(const ManifestOptions& options);

}  // namespace cmc::data
