#include "cmc/encoders/weight_names.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <compare>
#include <iterator>
#include <optional>
#include <regex>
#include <set>
#include <string_view>

#include "cmc/error.h"

namespace cmc::encoders {
namespace {

/// Names as a file spells them, by what the network might call them.
struct Spelling {
  std::map<std::string, std::string> names;
  /// What was changed, for a person to read: of the names behind a prefix, or of all.
  std::map<std::string, std::string> words_behind = {};
  std::string words = {};
};

bool is_cut(char letter) {
  return letter == '.' || letter == '/';
}

/// How many of the network's tensors stand behind a prefix, and how many of these have its shape.
struct Found {
  std::size_t names = 0, shapes = 0;
  auto operator<=>(const Found&) const = default;
};

/// Counts of batches, which many files lack, don't count.
std::map<std::string, Found> found_behind(const Spelling& spelling, const Shapes& file,
                                          const Shapes& own) {
  std::size_t longest = 0;
  for (const auto& [name, shape] : own) longest = std::max(longest, name.size());
  std::map<std::string, Found> found;
  for (const auto& [name, stored] : spelling.names) {
    if (name.ends_with("num_batches_tracked")) continue;
    for (std::size_t at = name.size() - std::min(longest, name.size()); at < name.size(); ++at) {
      if (at > 0 && !is_cut(name[at - 1])) continue;
      const auto wanted = own.find(name.substr(at));
      if (wanted == own.end()) continue;
      Found& behind = found[name.substr(0, at)];
      ++behind.names;
      behind.shapes += wanted->second == file.at(stored);
    }
  }
  return found;
}

std::vector<std::string> words_of(const std::string& prefix) {
  std::vector<std::string> words(1);
  for (const char letter : prefix) {
    if (is_cut(letter) || letter == '_')
      words.emplace_back();
    else
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return words;
}

/// Whether a prefix is that of a second network, beside the one that is handed on after training:
/// MoCo's keys, BYOL's target, DINO's student, an average of the weights.
bool is_second(const std::string& prefix) {
  static const std::set<std::string> marks = {"k",       "key",     "momentum", "target",
                                              "student", "average", "averaged", "ema"};
  return std::ranges::any_of(words_of(prefix),
                             [](const std::string& word) { return marks.contains(word); });
}

/// Of prefixes that find equally many, the one to take; none where that would be a guess.
std::optional<std::string> preferred(const std::vector<std::string>& prefixes,
                                     const std::string& view) {
  if (std::ranges::find(prefixes, "") != prefixes.end()) return "";
  const auto the_only = [&](const auto& fits) -> std::optional<std::string> {
    std::vector<std::string> left;
    std::ranges::copy_if(prefixes, std::back_inserter(left), fits);
    return left.size() == 1 ? std::optional(left.front()) : std::nullopt;
  };
  if (prefixes.size() == 1) return prefixes.front();
  const auto of_view = [&](const std::string& prefix) {
    const std::string_view whole(prefix.data(), prefix.size() - 1);
    const std::string_view last = whole.substr(whole.find_last_of("./") + 1);
    return last == view || last == "encoder_" + view;
  };
  if (const auto found = the_only(of_view)) return found;
  return the_only([](const std::string& prefix) { return !is_second(prefix); });
}

/// Longer names are no network's; they are matched as they stand alone.
constexpr std::size_t most_letters = 200;

/// A file's names with numbers for the network's children: "backbone.4.0.conv1.weight" as
/// "backbone.layer1.0.conv1.weight", where as many numbers stand behind "backbone." as there are
/// children.
Spelling numbered(const Shapes& file, const std::vector<std::string>& children) {
  struct Place {
    std::string name, prefix, rest;
    int number;
  };
  std::vector<Place> places;
  std::map<std::string, std::set<int>> numbers;
  for (const auto& [name, shape] : file) {
    for (std::size_t at = 0; at < name.size() && name.size() <= most_letters; ++at) {
      if (at > 0 && !is_cut(name[at - 1])) continue;
      std::size_t end = at;
      while (end < name.size() && std::isdigit(static_cast<unsigned char>(name[end])) != 0) ++end;
      if (end == at || end - at > 4 || end == name.size() || name[end] != '.') continue;
      const int number = std::stoi(name.substr(at, end - at));
      places.push_back({name, name.substr(0, at), name.substr(end), number});
      numbers[name.substr(0, at)].insert(number);
    }
  }
  Spelling spelling;
  for (const Place& place : places) {
    const std::set<int>& own = numbers[place.prefix];
    if (own.size() != children.size()) continue;
    const auto nth = std::distance(own.begin(), own.find(place.number));
    spelling.names[place.prefix + children[static_cast<std::size_t>(nth)] + place.rest] =
        place.name;
    if (!spelling.words_behind.contains(place.prefix))
      spelling.words_behind[place.prefix] =
          fmt::format("{} read as {}", fmt::join(own, ", "), fmt::join(children, ", "));
  }
  return spelling;
}

/// A ResNet's names as the package transformers has them, read as torchvision's.
Spelling of_transformers(const Shapes& file) {
  static const std::regex stem(R"((.*?)embedder\.embedder\.(convolution|normalization)(\..*))");
  static const std::regex block(
      R"((.*?)encoder\.stages\.(\d)\.layers\.(\d+)\.layer\.(\d)\.(convolution|normalization)(\..*))");
  static const std::regex shortcut(
      R"((.*?)encoder\.stages\.(\d)\.layers\.(\d+)\.shortcut\.(convolution|normalization)(\..*))");
  const auto next = [](const std::ssub_match& number) { return std::stoi(number.str()) + 1; };
  Spelling spelling{.names = {}, .words = "transformers' names read as torchvision's"};
  for (const auto& [name, shape] : file) {
    if (name.size() > most_letters) continue;
    std::smatch part;
    if (std::regex_match(name, part, stem))
      spelling.names[fmt::format("{}{}1{}", part[1].str(), part[2] == "convolution" ? "conv" : "bn",
                                 part[3].str())] = name;
    else if (std::regex_match(name, part, block))
      spelling.names[fmt::format("{}layer{}.{}.{}{}{}", part[1].str(), next(part[2]), part[3].str(),
                                 part[5] == "convolution" ? "conv" : "bn", next(part[4]),
                                 part[6].str())] = name;
    else if (std::regex_match(name, part, shortcut))
      spelling.names[fmt::format("{}layer{}.{}.downsample.{}{}", part[1].str(), next(part[2]),
                                 part[3].str(), part[4] == "convolution" ? 0 : 1, part[5].str())] =
          name;
  }
  return spelling;
}

}  // namespace

WeightNames match_names(const Shapes& file, const Shapes& own,
                        const std::vector<std::string>& children, const std::string& view) {
  Spelling plain;
  for (const auto& [name, shape] : file) plain.names[name] = name;
  WeightNames best;
  Found most;
  for (const Spelling& spelling : {plain, numbered(file, children), of_transformers(file)}) {
    const auto found = found_behind(spelling, file, own);
    const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
    const auto top = std::ranges::max_element(found, less);
    if (top == found.end() || top->second.names <= most.names) continue;
    most = top->second;
    std::vector<std::string> equal;
    for (const auto& [prefix, count] : found)
      if (count == most) equal.push_back(prefix);
    const auto prefix = preferred(equal, view);
    check(prefix.has_value(),
          "it holds the network {} times, under {}, and it is unclear which one is meant; keep one "
          "of them",
          equal.size(), fmt::join(equal, ", "));
    const auto words = spelling.words_behind.find(*prefix);
    best = {
        *prefix, {}, words != spelling.words_behind.end() ? words->second : spelling.words, {}, {}};
    std::ranges::copy_if(equal, std::back_inserter(best.others),
                         [&](const std::string& other) { return other != *prefix; });
    for (const auto& [name, stored] : spelling.names) {
      if (!name.starts_with(*prefix)) continue;
      const std::string rest = name.substr(prefix->size());
      (own.contains(rest) ? best.of_own : best.more)[rest] = stored;
    }
  }
  return best;
}

}  // namespace cmc::encoders
