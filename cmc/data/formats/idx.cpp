#include "cmc/data/formats/idx.h"

#include <algorithm>
#include <map>
#include <optional>
#include <ranges>
#include <sstream>
#include <string_view>

#include "cmc/data/formats/packed_pictures.h"
#include "cmc/error.h"
#include "cmc/files/checked_bytes.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

/// The files of one IDX set, by what they hold ("train-images", "test-labels", …).
using IdxSet = std::map<std::string, fs::path>;

/// What an IDX file's name says.
struct IdxName {
  std::string prefix;
  std::string role;  // "train-images", "test-labels", …
  bool gzipped = false;
};

std::optional<IdxName> parse_name(std::string_view name) {
  const bool gzipped = name.ends_with(".gz");
  if (gzipped) name.remove_suffix(3);
  for (const std::string_view part : {"train", "t10k", "test"}) {
    for (const std::string_view kind : {"images", "labels"}) {
      for (const char separator : {'-', '.'}) {
        const std::string ending =
            fmt::format("{}-{}{}idx{}-ubyte", part, kind, separator, kind == "images" ? 3 : 1);
        if (!name.ends_with(ending)) continue;
        name.remove_suffix(ending.size());
        return IdxName{.prefix = std::string(name),
                       .role = fmt::format("{}-{}", part == "train" ? "train" : "test", kind),
                       .gzipped = gzipped};
      }
    }
  }
  return std::nullopt;
}

/// The IDX sets of a folder by their prefix. Of a plain and a gzipped file of one name the plain is
/// taken.
std::map<std::string, IdxSet> find_sets(const fs::path& root) {
  std::map<std::string, IdxSet> sets;
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    const std::optional<IdxName> name = parse_name(entry.path().filename().string());
    if (!name || !entry.is_regular_file()) continue;
    fs::path& path = sets[name->prefix][name->role];
    if (path.empty() || !name->gzipped) path = entry.path();
  }
  return sets;
}

const std::pair<const std::string, IdxSet>& choose_set(const std::map<std::string, IdxSet>& sets,
                                                       const fs::path& root,
                                                       const IdxOptions& options) {
  check(!sets.empty(),
        "{}: holds no IDX files; train-images-idx3-ubyte, plain or with .gz, was expected",
        root.string());
  std::string known;
  for (const auto& [prefix, set] : sets)
    known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", prefix);
  if (options.prefix.empty() && sets.size() == 1) return *sets.begin();
  const auto set = sets.find(options.prefix);
  check(set != sets.end(), "{}: holds no IDX files with the prefix \"{}\"; there are {}",
        root.string(), options.prefix, known);
  return *set;
}

std::optional<fs::path> file_of(const IdxSet& set, const std::string& role) {
  const auto found = set.find(role);
  return found == set.end() ? std::nullopt : std::optional(found->second);
}

/// The classes' names: one for each label up to the largest.
std::vector<std::string> class_names(std::int64_t count, const fs::path& mapping) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  if (!fs::exists(mapping)) return names;
  // A line is the label and the code points of its characters: "1 65 97" is A and a.
  for (const std::string& line : files::read_lines(mapping)) {
    std::istringstream numbers(line);
    std::int64_t label = -1;
    numbers >> label;
    std::string name;
    for (int code = 0; numbers >> code;) name.push_back(static_cast<char>(code));
    check(label >= 0 && !name.empty(),
          "{}: the line \"{}\": a label and character codes were expected", mapping.string(), line);
    if (label < count) names[label] = name;
  }
  return names;
}

struct LabelledImages {
  IdxFile images;
  std::vector<std::int64_t> labels;
};

LabelledImages read_part(const fs::path& images, const std::optional<fs::path>& labels) {
  LabelledImages part{.images = read_idx(images, 3), .labels = {}};
  if (!labels) return part;
  const IdxFile file = read_idx(*labels, 1);
  check(file.dimensions[0] == part.images.dimensions[0],
        "{}: byte 4: {} labels; {} were expected, one for each picture of {}", labels->string(),
        file.dimensions[0], part.images.dimensions[0], images.filename().string());
  part.labels.assign(file.values().begin(), file.values().end());
  return part;
}

std::shared_ptr<const Dataset> dataset_of(LabelledImages part, bool transposed,
                                          std::vector<std::string> classes) {
  const std::vector<std::int64_t>& d = part.images.dimensions;
  SourceShape shape{.channels = 1, .height = d[1], .width = d[2]};
  if (transposed) std::swap(shape.height, shape.width);
  if (part.labels.empty()) classes.clear();
  PackedFile file{.content = std::move(part.images.content),
                  .first = part.images.first,
                  .stride = d[1] * d[2],
                  .count = d[0]};
  return make_dataset({.files = {std::move(file)},
                       .shape = shape,
                       .column_major = transposed,
                       .labels = std::move(part.labels),
                       .classes = std::move(classes)});
}

}  // namespace

IdxFile read_idx(const fs::path& path, int dimensions) {
  IdxFile file{
      .content = path.extension() == ".gz" ? files::inflate_file(path) : files::map_file(path),
      .dimensions = {},
      .first = 4 + 4 * dimensions};
  const std::span<const std::uint8_t> bytes = file.content.bytes;
  const std::string& name = file.content.path;
  const std::int64_t size = static_cast<std::int64_t>(bytes.size());
  const files::CheckedBytes header(bytes, name, "IDX file");
  const auto word = [&](std::int64_t at) {
    return static_cast<std::int64_t>(header.big_endian(static_cast<std::size_t>(at), 4));
  };
  check(size >= 4, "{}: byte {}: the file ends within the magic number 0x{:08x} of an IDX file",
        name, size, 0x0800 + dimensions);
  check(word(0) == 0x0800 + dimensions,
        "{}: byte 0: the magic number is 0x{:08x}; 0x{:08x} was expected (IDX, unsigned bytes, {} "
        "dimension{})",
        name, word(0), 0x0800 + dimensions, dimensions, dimensions == 1 ? "" : "s");
  check(size >= file.first, "{}: byte {}: the file ends within the header of {} bytes", name, size,
        file.first);
  for (int i = 0; i < dimensions; ++i) {
    file.dimensions.push_back(word(4 + 4 * i));
    check(file.dimensions.back() > 0, "{}: byte {}: dimension {} is 0; at least 1 was expected",
          name, 4 + 4 * i, i);
  }
  std::int64_t values = 1;
  for (const std::int64_t extent : file.dimensions) {
    // Never past the file's size, so that a foreign header can't overflow the product.
    check(extent <= (size - file.first) / values,
          "{}: byte {}: the file ends early; its header promises {} × {} values or more", name,
          size, values, extent);
    values *= extent;
  }
  check(size == file.first + values,
        "{}: byte {}: {} bytes follow the values that the header promises", name,
        file.first + values, size - file.first - values);
  return file;
}

bool holds_idx(const fs::path& root) {
  return !find_sets(root).empty();
}

Splits open_idx(const fs::path& root, const IdxOptions& options) {
  const std::map<std::string, IdxSet> sets = find_sets(root);
  const auto& [prefix, set] = choose_set(sets, root, options);
  const std::optional<fs::path> train_images = file_of(set, "train-images");
  check(train_images.has_value(), "{}: {}train-images-idx3-ubyte (plain or .gz) is missing",
        root.string(), prefix);
  const bool transposed = options.transposed || prefix.starts_with("emnist");
  LabelledImages train = read_part(*train_images, file_of(set, "train-labels"));
  std::optional<LabelledImages> test;
  if (const std::optional<fs::path> images = file_of(set, "test-images")) {
    test = read_part(*images, file_of(set, "test-labels"));
    check(std::ranges::equal(test->images.dimensions | std::views::drop(1),
                             train.images.dimensions | std::views::drop(1)),
          "{}: byte 8: pictures of {} × {}; {} × {} were expected, as in {}", images->string(),
          test->images.dimensions[1], test->images.dimensions[2], train.images.dimensions[1],
          train.images.dimensions[2], train_images->filename().string());
  }
  std::int64_t classes = 0;
  for (const std::int64_t label : train.labels) classes = std::max(classes, label + 1);
  if (test) {
    for (const std::int64_t label : test->labels) classes = std::max(classes, label + 1);
  }
  const std::vector<std::string> names = class_names(classes, root / (prefix + "mapping.txt"));
  return {dataset_of(std::move(train), transposed, names),
          test ? dataset_of(std::move(*test), transposed, names) : nullptr};
}

}  // namespace cmc::data
