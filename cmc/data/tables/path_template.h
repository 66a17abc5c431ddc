#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmc/data/missing.h"
#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// A file's path, told by the cells of a row.
class PathTemplate {
 public:
  /// The path that stands in a column. `what` asks for it in errors. Throws Error where there is no
  /// such column.
  static PathTemplate of_column(const Rows& rows, std::string_view column, const std::string& what);

  /// A path with columns in braces: "depth/{frame}.png". Throws Error, with the byte, for a brace
  /// that is never closed, and where there is no such column.
  static PathTemplate parse(const Rows& rows, std::string_view text, const std::string& what);

  /// The path of a row; empty where a cell that it asks for is missing.
  std::string fill(const Record& record, const Missing& missing) const;

  /// Whether it is the same for every row.
  bool is_fixed() const;

 private:
  struct Piece {
    std::string text;
    std::optional<std::size_t> column;
  };
  std::vector<Piece> pieces_;
};

}  // namespace cmc::data
