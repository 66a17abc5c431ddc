#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cmc/data/missing.h"
#include "cmc/data/tables/decimal.h"
#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// The labels of rows: classes, or the targets of a regression.
struct Labels {
  /// By row: a place in `classes`, or no_label. Empty where the labels are numbers.
  std::vector<std::int32_t> classes_of_rows = {};
  /// The classes' names in the order of numbers where all are numbers, else of texts.
  std::vector<std::string> classes = {};
  /// By row: the number, NaN where there is none. Empty where the labels are classes.
  std::vector<double> targets = {};
  /// What a person should know of them.
  std::vector<std::string> notes = {};

  /// The class of a row, or no_label; and its number, or NaN.
  std::int64_t label(std::int64_t row) const;
  double target(std::int64_t row) const;
  /// Whether it has one of the two.
  bool has(std::int64_t row) const;
};

/// What the labels of a column are.
enum class LabelKind {
  /// Numbers where every label is one and not all are whole, else classes.
  automatic,
  classes,
  /// The targets of a regression; a text that is no number is an Error with its line.
  number,
};

/// Reads a column of labels.
///
/// Unless `missing` was given: among classes, "-1" is no label where the others are whole numbers
/// from 0 on (as in "-1, 0, 1", but not in "-1, 1"), or texts; and where all others are numbers,
/// nothing is a label that would be missing as a number, such as "NA".
///
/// `decimal` is what the rows' other numbers tell of the decimal mark.
Labels read_labels(const Rows& rows, std::size_t column, LabelKind kind, const Missing& missing,
                   const Decimal& decimal);

}  // namespace cmc::data
