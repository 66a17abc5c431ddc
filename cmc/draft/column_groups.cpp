#include "cmc/draft/column_groups.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "cmc/draft/words.h"

namespace cmc::draft {
namespace {

constexpr std::size_t most_groups = 6;

bool is_number(const std::string& word) {
  return std::ranges::all_of(word, [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The words that a name begins and ends with, numbers aside; both empty where it has none.
struct OuterWords {
  std::string first, last;
};

OuterWords outer_words(const std::string& name) {
  std::vector<std::string> all = words(name);
  std::erase_if(all, is_number);
  return all.empty() ? OuterWords{} : OuterWords{all.front(), all.back()};
}

/// The word that most of the columns at `places` begin with, or end with where more do.
ColumnGroup largest_group(const std::vector<OuterWords>& outer,
                          const std::vector<std::size_t>& places) {
  ColumnGroup best;
  for (const auto word : {&OuterWords::first, &OuterWords::last}) {
    std::map<std::string, std::vector<std::size_t>> by_word;
    for (const std::size_t place : places)
      if (!(outer[place].*word).empty()) by_word[outer[place].*word].push_back(place);
    for (auto& [text, members] : by_word)
      // What all columns share tells none from another.
      if (members.size() < outer.size() && members.size() > best.members.size())
        best = {text, members};
  }
  return best;
}

}  // namespace

std::optional<std::vector<ColumnGroup>> group_by_name(const std::vector<std::string>& names) {
  std::vector<OuterWords> outer;
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < names.size(); ++i) {
    outer.push_back(outer_words(names[i]));
    left.push_back(i);
  }
  std::vector<ColumnGroup> groups;
  while (groups.size() < most_groups) {
    ColumnGroup group = largest_group(outer, left);
    if (group.members.size() < 2) break;
    std::erase_if(left, [&](std::size_t i) { return std::ranges::count(group.members, i) > 0; });
    groups.push_back(std::move(group));
  }
  if (groups.size() < 2 || 4 * left.size() > names.size()) return std::nullopt;
  if (left.size() == 1) {
    ColumnGroup& smallest = *std::ranges::min_element(
        groups, {}, [](const ColumnGroup& group) { return group.members.size(); });
    smallest.members.push_back(left.front());
    std::ranges::sort(smallest.members);
  } else if (!left.empty()) {
    groups.push_back({"rest", left});
  }
  // In the order of the columns, as a person reads them.
  std::ranges::sort(groups, {}, [](const ColumnGroup& group) { return group.members.front(); });
  return groups;
}

}  // namespace cmc::draft
