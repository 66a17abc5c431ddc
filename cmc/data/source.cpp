#include "cmc/data/source.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/error.h"

namespace cmc::data {

const std::vector<std::string>& source_kinds() {
  static const std::vector<std::string> kinds = {"image", "depth", "audio", "table", "array"};
  return kinds;
}

std::string_view name(SourceKind kind) {
  return source_kinds()[static_cast<std::size_t>(kind)];
}

SourceKind source_kind(std::string_view name) {
  const auto& kinds = source_kinds();
  const auto found = std::ranges::find(kinds, name);
  check(found != kinds.end(), "kind = \"{}\" is unknown; it must be one of {}", name,
        fmt::join(kinds, ", "));
  return static_cast<SourceKind>(found - kinds.begin());
}

}  // namespace cmc::data
