#include "cmc/data/formats/part_folders.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "cmc/error.h"

namespace cmc::data {
namespace {

enum class PartKind { train, validation, test };

/// What a folder's name says: the part that it may be, and the words that say something else.
struct PartName {
  std::optional<PartKind> kind;
  std::set<std::string> rest;

  bool is_plain(PartKind wanted) const { return kind == wanted && rest.empty(); }
  bool is_held_out() const { return kind == PartKind::validation || kind == PartKind::test; }
};

/// The words of a name in small letters: "seg_train" has two, as "trainA" and "train2017".
std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words = {""};
  enum { none, lower, upper, digit } before = none;
  for (const char c : name) {
    const auto letter = static_cast<unsigned char>(c);
    const auto now = std::isdigit(letter) != 0                     ? digit
                     : std::isupper(letter) != 0                   ? upper
                     : std::isalpha(letter) != 0 || letter >= 0x80 ? lower
                                                                   : none;
    const bool starts = now != before && !(before == upper && now == lower);
    if (now == none || starts) words.emplace_back();
    if (now != none) words.back() += static_cast<char>(std::tolower(letter));
    before = now;
  }
  std::erase(words, "");
  return words;
}

constexpr std::array<std::string_view, 22> neutral_words = {
    "set",    "sets", "split", "part",    "folder",     "data",   "dataset", "image",
    "images", "img",  "imgs",  "picture", "pictures",   "photo",  "photos",  "frames",
    "raw",    "jpeg", "jpg",   "png",     "jpegimages", "samples"};

bool is_neutral(const std::string& word) {
  return std::ranges::find(neutral_words, word) != neutral_words.end() ||
         std::ranges::all_of(word, [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::optional<PartKind> kind_of_word(std::string word) {
  if (word.size() > 3 && word.ends_with("set")) word.resize(word.size() - 3);  // "testset"
  if (word == "train" || word == "training" || word == "trainval") return PartKind::train;
  for (const char* const known : {"val", "valid", "validation", "dev"})
    if (word == known) return PartKind::validation;
  if (word == "test" || word == "testing") return PartKind::test;
  return std::nullopt;
}

PartName parse_part_name(const std::string& name) {
  PartName parsed;
  for (const std::string& word : words_of(name)) {
    if (const auto kind = kind_of_word(word)) {
      // train_val is what is trained on in the end; another pair is nothing known.
      if (!parsed.kind || parsed.kind == PartKind::validation) {
        parsed.kind = parsed.kind && kind != PartKind::train ? parsed.kind : kind;
      } else if (parsed.kind != kind && kind != PartKind::validation) {
        parsed.rest.insert(word);
      }
    } else if (!is_neutral(word)) {
      parsed.rest.insert(word);
    }
  }
  return parsed;
}

/// Whether a name says nothing but that there are pictures.
bool is_neutral_name(const std::string& name) {
  const std::vector<std::string> words = words_of(name);
  const bool digits =
      std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; });
  return !words.empty() && !digits && std::ranges::all_of(words, is_neutral);
}

/// What lies directly in a folder: its pictures, and the folders with pictures with how many each.
struct Listing {
  std::int64_t pictures = 0;
  std::string first;  // of them
  std::map<std::string, std::int64_t> folders;
};

std::string joined_path(const std::string& folder, const std::string& name) {
  return folder.empty() || name.empty() ? folder + name : folder + "/" + name;
}

Listing list_folder(std::span<const std::string> pictures, const std::string& folder) {
  const std::string above = folder.empty() ? "" : folder + "/";
  Listing listing;
  for (auto picture = std::ranges::lower_bound(pictures, above);
       picture != pictures.end() && picture->starts_with(above); ++picture) {
    const std::string& path = *picture;
    const std::size_t slash = path.find('/', above.size());
    if (slash == std::string::npos) {
      if (listing.pictures++ == 0) listing.first = path;
    } else {
      ++listing.folders[path.substr(above.size(), slash - above.size())];
    }
  }
  return listing;
}

/// The only folder of a listing without pictures of its own; empty where it isn't so.
std::string sole_folder(const Listing& listing) {
  return listing.pictures == 0 && listing.folders.size() == 1 ? listing.folders.begin()->first : "";
}

/// The folder whose folders are parts or classes, where others lie above it alone.
std::string step_into_root(std::span<const std::string> pictures) {
  std::string folder, neutral;
  bool only_neutral = true;
  for (;;) {
    const Listing listing = list_folder(pictures, folder);
    const std::string sole = sole_folder(listing);
    const bool is_train = !sole.empty() && parse_part_name(sole).is_plain(PartKind::train);
    if (is_train || listing.folders.size() > 1) return folder;
    if (sole.empty()) return neutral;  // one class, or a flat folder
    only_neutral = only_neutral && is_neutral_name(sole);
    folder = joined_path(folder, sole);
    if (only_neutral) neutral = folder;
  }
}

/// The same within a part, through names that say no class and are none of the classes `known`.
std::string step_into_part(std::span<const std::string> pictures, const std::string& part,
                           const std::set<std::string>& known = {}) {
  std::string folder = part;
  for (;;) {
    const std::string sole = sole_folder(list_folder(pictures, folder));
    if (known.contains(sole)) return folder;
    const std::string own = part.substr(part.rfind('/') + 1);
    const PartName name = parse_part_name(sole);
    const bool again = sole == own || (name.kind == parse_part_name(own).kind && name.rest.empty());
    if (sole.empty() || !(again || is_neutral_name(sole))) return folder;
    folder = joined_path(folder, sole);
  }
}

constexpr const char* known_parts =
    "train or training; val, valid, validation or dev; test or testing";

/// Parts below classes, "cat/train" and "cat/test", would become pictures of the class.
void refuse_parts_below_classes(const std::string& root, std::span<const std::string> pictures,
                                const std::string& base, const Listing& listing) {
  for (const auto& [folder, count] : listing.folders) {
    const std::string path = joined_path(base, folder);
    std::string train, held_out;
    for (const auto& [name, below] : list_folder(pictures, path).folders) {
      const PartName parsed = parse_part_name(name);
      if (!parsed.rest.empty() || !parsed.kind) continue;
      (parsed.is_held_out() ? held_out : train) = name;
    }
    check(train.empty() || held_out.empty(),
          "{}: the parts {} and {} lie below {}: either point data.root at that folder, or put the "
          "classes below the parts ({}/{})",
          root, train, held_out, path, train, folder);
  }
}

/// A folder of all pictures beside one of masks or drawings would become a class like that.
void refuse_images_beside_others(const std::string& root, const Listing& listing) {
  if (listing.folders.size() < 2) return;
  for (const auto& [folder, count] : listing.folders) {
    const std::vector<std::string> words = words_of(folder);
    constexpr std::array<std::string_view, 5> all = {"image", "images", "img", "imgs",
                                                     "jpegimages"};
    const bool is_all = words.size() == 1 && std::ranges::find(all, words[0]) != all.end();
    const auto& first = listing.folders.begin()->first;
    check(!is_all,
          "{}: {} and {} hold pictures, and {} is not a class name: point data.root at {}, or "
          "rename it if it is a class",
          root, folder, first == folder ? std::next(listing.folders.begin())->first : first, folder,
          joined_path(root, folder));
  }
}

/// The words that a training part and one that is held out share, as seg_train and seg_test do; all
/// folders that are named so. Nothing where there is no such pair.
std::optional<std::set<std::string>> shared_words(const std::string& root, const Listing& listing) {
  std::map<std::set<std::string>, std::pair<std::string, std::string>> pairs;
  std::vector<std::string> part_like;
  for (const auto& [folder, count] : listing.folders) {
    const PartName name = parse_part_name(folder);
    if (!name.kind) continue;
    part_like.push_back(folder);
    (name.is_held_out() ? pairs[name.rest].second : pairs[name.rest].first) = folder;
  }
  std::erase_if(pairs, [](const auto& entry) {
    return entry.second.first.empty() || entry.second.second.empty();
  });
  if (pairs.size() == 1) return pairs.begin()->first;
  bool train = false, held_out = false;
  for (const std::string& folder : part_like)
    (parse_part_name(folder).is_held_out() ? held_out : train) = true;
  check(!(train && held_out && 2 * part_like.size() >= listing.folders.size()),
        "{}: {} look like parts, but it is unclear which belong together; one training part and "
        "others beside it were expected ({}): rename them, or point data.root at one of them",
        root, fmt::join(part_like, ", "), known_parts);
  return std::nullopt;
}

}  // namespace

bool is_training_folder(const std::string& name) {
  return parse_part_name(name).is_plain(PartKind::train);
}

PartFolders find_parts(const std::string& root, std::span<const std::string> pictures) {
  PartFolders parts;
  const std::string base = step_into_root(pictures);
  if (!base.empty())
    parts.notes.push_back(fmt::format("the pictures are read from {}/{}", root, base));
  const Listing listing = list_folder(pictures, base);

  const bool plain = std::ranges::any_of(listing.folders, [](const auto& folder) {
    return parse_part_name(folder.first).is_plain(PartKind::train);
  });
  const auto words = plain ? std::optional(std::set<std::string>()) : shared_words(root, listing);
  if (!words) {
    refuse_images_beside_others(joined_path(root, base), listing);
    refuse_parts_below_classes(root, pictures, base, listing);
    for (const auto& [folder, count] : listing.folders) {
      const PartName name = parse_part_name(folder);
      if (name.is_held_out() && name.rest.empty())
        parts.notes.push_back(fmt::format(
            "{}: a class like the others, since there is no folder train beside it", folder));
    }
    parts.train = base;
    return parts;
  }

  std::vector<std::string> trains, held_out, unplaced;
  for (const PartKind kind : {PartKind::train, PartKind::test, PartKind::validation}) {
    for (const auto& [folder, count] : listing.folders) {
      const PartName name = parse_part_name(folder);
      if (name.kind == kind && name.rest == *words)
        (kind == PartKind::train ? trains : held_out).push_back(folder);
    }
  }
  for (const auto& [folder, count] : listing.folders) {
    const PartName name = parse_part_name(folder);
    if (!name.kind || name.rest != *words) unplaced.push_back(folder);
  }
  check(trains.size() == 1,
        "{}: {} are all training parts; one was expected: point data.root at it",
        joined_path(root, base), fmt::join(trains, " and "));
  const std::string& train = trains.front();
  if (!unplaced.empty())
    fail(
        "{}: beside {} there {} with pictures, which {} not a part ({}): move {} away, or point "
        "data.root at {}; if {} is a class like {}, rename it",
        joined_path(root, base), train,
        fmt::format("{} {}{}", unplaced.size() == 1 ? "is" : "are",
                    fmt::join(unplaced.begin(),
                              unplaced.begin() + static_cast<std::ptrdiff_t>(
                                                     std::min<std::size_t>(unplaced.size(), 5)),
                              ", "),
                    unplaced.size() > 5 ? fmt::format(" and {} others", unplaced.size() - 5) : ""),
        unplaced.size() == 1 ? "is" : "are", known_parts, unplaced.size() == 1 ? "it" : "them",
        joined_path(joined_path(root, base), train), train, unplaced.front());

  parts.train = step_into_part(pictures, joined_path(base, train));
  std::set<std::string> classes;
  for (const auto& [folder, count] : list_folder(pictures, parts.train).folders)
    classes.insert(folder);
  for (const std::string& folder : held_out)
    parts.held_out.push_back(step_into_part(pictures, joined_path(base, folder), classes));
  if (listing.pictures > 0)
    parts.notes.push_back(fmt::format("{} picture{} beside the parts {} not used, such as {}",
                                      listing.pictures, listing.pictures == 1 ? "" : "s",
                                      listing.pictures == 1 ? "is" : "are", listing.first));
  return parts;
}

}  // namespace cmc::data
