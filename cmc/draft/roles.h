#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cmc/data/tables/rows.h"
#include "cmc/draft/column_look.h"

namespace cmc::draft {

/// A column that serves other than as a view, and why.
struct Role {
  std::size_t column = 0;
  std::string reason = {};
};

/// What the columns of a table are for, as their content and their names tell.
struct Roles {
  std::optional<Role> key = {}, label = {}, part = {}, groups = {};
  /// Whether the key is the path of a file, which a view takes as well.
  bool key_is_file = false;
  /// Labels are numbers although all of them are whole: too many to be classes.
  bool label_is_number = false;
  /// Columns that could be the label too, in their order.
  std::vector<std::size_t> other_labels = {};
  /// Columns that no view takes: empty and constant ones, row numbers, texts that no view reads,
  /// another spelling of the label.
  std::vector<Role> left_out = {};

  /// Whether a view may take a column.
  bool is_free(std::size_t column) const;
};

/// Whether a column says of each row what another says, perhaps in other words: each of its values
/// stands beside one of the other's alone, and the reverse.
bool says_the_same(const ColumnLook& column, const ColumnLook& other);

/// Finds them. `label` names the column of the labels where a person said it. Throws Error, with
/// the nearest name, where there is no such column.
Roles find_roles(const data::Rows& rows, const std::vector<ColumnLook>& looks,
                 const std::string& label);

}  // namespace cmc::draft
