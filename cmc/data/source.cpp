#include "cmc/data/source.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/error.h"

namespace cmc::data {

const std::vector<std::string>& source_kinds() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    for (const SourceKind kind : every_source_kind) found.emplace_back(name(kind));
    return found;
  }();
  return names;
}

std::string_view name(SourceKind kind) {
  return descriptor(kind).name;
}

SourceKind source_kind(std::string_view text) {
  const auto* const found = std::ranges::find(every_source_kind, text, name);
  check(found != every_source_kind.end(), "kind = \"{}\" is unknown; it must be one of {}", text,
        fmt::join(source_kinds(), ", "));
  return *found;
}

}  // namespace cmc::data
