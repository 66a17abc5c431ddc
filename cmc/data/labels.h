#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cmc/data/rows.h"

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
};

/// Reads a column of labels. `kind` is "classes"; "number", and then a text that is none is an
/// Error with its line; or "auto": numbers where every label is one and not all are whole.
Labels read_labels(const Rows& rows, std::size_t column, std::string_view kind);

}  // namespace cmc::data
