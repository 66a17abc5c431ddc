#include "cmc/data/tables/path_template.h"

#include <algorithm>

#include "cmc/error.h"

namespace cmc::data {

PathTemplate PathTemplate::of_column(const Rows& rows, std::string_view column,
                                     const std::string& what) {
  PathTemplate path;
  path.pieces_ = {{"", find_column(rows, column, what)}};
  return path;
}

PathTemplate PathTemplate::parse(const Rows& rows, std::string_view text, const std::string& what) {
  PathTemplate path;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t open = std::min(text.find('{', i), text.size());
    Piece piece{std::string(text.substr(i, open - i)), std::nullopt};
    i = open;
    if (open < text.size()) {
      const std::size_t close = text.find('}', open);
      check(close != std::string_view::npos,
            "{}: file = \"{}\": the brace at byte {} is never closed", what, text, open);
      piece.column = find_column(rows, text.substr(open + 1, close - open - 1), what);
      i = close + 1;
    }
    path.pieces_.push_back(std::move(piece));
  }
  return path;
}

std::string PathTemplate::fill(const Record& record, const Missing& missing) const {
  std::string path;
  for (const Piece& piece : pieces_) {
    path += piece.text;
    if (!piece.column) continue;
    const std::string_view cell = trimmed(record.cells[*piece.column]);
    if (missing.text(cell)) return "";
    path += cell;
  }
  return path;
}

bool PathTemplate::is_fixed() const {
  return std::ranges::none_of(pieces_, [](const Piece& piece) { return piece.column.has_value(); });
}

}  // namespace cmc::data
