#include "cmc/draft/name_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>

namespace cmc::draft {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts = {""};
  for (const char c : text) {
    if (c == at)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// The values of one part of the names, by file.
using Values = std::vector<std::string>;

std::map<std::string, std::int64_t> counted(const Values& values) {
  std::map<std::string, std::int64_t> counts;
  for (const std::string& value : values) ++counts[value];
  return counts;
}

/// Few values, each in several files.
bool may_be_classes(const Values& values) {
  const auto counts = counted(values);
  return counts.size() >= 2 && counts.size() <= 200 && 3 * counts.size() <= values.size() &&
         std::ranges::all_of(counts, [](const auto& each) { return each.second >= 2; });
}

bool in_letters(const Values& values) {
  return std::ranges::all_of(values, [](const std::string& value) {
    return std::ranges::any_of(value, [](unsigned char c) { return std::isdigit(c) == 0; });
  });
}

/// Whether each value of the one occurs with each value of the other.
bool are_crossed(const Values& a, const Values& b) {
  std::set<std::pair<std::string, std::string>> pairs;
  for (std::size_t i = 0; i < a.size(); ++i) pairs.emplace(a[i], b[i]);
  return pairs.size() == counted(a).size() * counted(b).size();
}

/// The parts of all names between a mark, a list of values each; one, the whole name, where their
/// number differs.
std::vector<Values> fields_of(const Values& stems, char mark) {
  std::vector<Values> fields;
  for (const std::string& stem : stems) {
    const std::vector<std::string> parts = split(stem, mark);
    if (fields.empty()) fields.resize(parts.size());
    const bool empty = std::ranges::any_of(parts, &std::string::empty);
    if (parts.size() != fields.size() || empty) return {stems};
    for (std::size_t f = 0; f < parts.size(); ++f) fields[f].push_back(parts[f]);
  }
  return fields;
}

void take_label(NamePattern& found, const std::string& field, const Values& values,
                const std::string& why) {
  found.label = field;
  found.label_reason = fmt::format("{} ({} values)", why, counted(values).size());
}

}  // namespace

std::optional<NamePattern> find_name_pattern(const std::vector<std::string>& paths) {
  if (paths.empty()) return std::nullopt;
  Values stems, endings;
  std::vector<Values> folders;
  for (const std::string& path : paths) {
    const fs::path name(path);
    stems.push_back(name.stem().string());
    endings.push_back(name.extension().string());
    std::vector<std::string> above = split(name.parent_path().string(), '/');
    if (above.size() == 1 && above.front().empty()) above.clear();
    if (stems.size() == 1) folders.resize(above.size());
    if (above.size() != folders.size()) return std::nullopt;
    for (std::size_t f = 0; f < above.size(); ++f) folders[f].push_back(above[f]);
  }
  NamePattern found;
  for (std::size_t f = 0; f < folders.size(); ++f) {
    const std::string field = f + 1 == folders.size() ? "class" : fmt::format("folder{}", f + 1);
    if (counted(folders[f]).size() == 1) {
      found.pattern += folders[f].front() + "/";
      continue;
    }
    found.pattern += "{" + field + "}/";
    if (may_be_classes(folders[f])) take_label(found, field, folders[f], "the folders' names");
  }
  const char mark = fields_of(stems, '_').size() > 1 ? '_' : '-';
  // Where folders are the classes, a name tells nothing more.
  const std::vector<Values> fields =
      found.label ? std::vector<Values>{stems} : fields_of(stems, mark);
  std::vector<std::string> names;
  for (std::size_t f = 0; f < fields.size(); ++f)
    names.push_back(fields.size() == 1 ? "name" : fmt::format("field{}", f + 1));
  for (std::size_t f = 0; f + 1 < fields.size() && !found.label; ++f)
    if (may_be_classes(fields[f]))
      take_label(found, names[f], fields[f], "a part of the names with few values");
  for (std::size_t f = 0; f < fields.size() && found.label && fields.size() > 1; ++f) {
    const auto label =
        static_cast<std::size_t>(std::ranges::find(names, *found.label) - names.begin());
    if (f <= label || found.groups || label >= fields.size()) continue;
    const bool several = counted(fields[f]).size() >= 3;
    if (several && may_be_classes(fields[f]) && in_letters(fields[f]) &&
        are_crossed(fields[label], fields[f])) {
      found.groups = names[f];
      found.groups_reason = fmt::format(
          "each of its {} values meets each class, as a speaker would: a value is never in both "
          "parts",
          counted(fields[f]).size());
    }
  }
  for (std::size_t f = 0; f < names.size(); ++f)
    found.pattern += (f > 0 ? std::string(1, mark) : "") + "{" + names[f] + "}";
  found.pattern += counted(endings).size() == 1 ? endings.front() : ".{ending}";
  return found;
}

}  // namespace cmc::draft
