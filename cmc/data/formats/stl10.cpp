#include "cmc/data/formats/stl10.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cmc/data/formats/packed_pictures.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t stl10_side = 96;
constexpr std::int64_t stl10_picture_bytes = 3 * stl10_side * stl10_side;
constexpr std::int64_t class_count = 10;

std::vector<std::string> class_names(const fs::path& file) {
  std::vector<std::string> names;
  if (fs::exists(file)) {
    names = files::read_lines(file);
    check(static_cast<std::int64_t>(names.size()) == class_count,
          "{}: names {} classes; {} were expected", file.string(), names.size(), class_count);
  } else {
    for (std::int64_t i = 1; i <= class_count; ++i) names.push_back(std::to_string(i));
  }
  return names;
}

void append_pictures(PackedPictures& part, const fs::path& path) {
  files::FileBytes content = files::map_file(path);
  const std::int64_t size = static_cast<std::int64_t>(content.bytes.size());
  const std::int64_t count = size / stl10_picture_bytes;
  check(size % stl10_picture_bytes == 0, "{}: byte {}: picture {} is cut after {} of its {} bytes",
        path.string(), size, count, size % stl10_picture_bytes, stl10_picture_bytes);
  part.files.push_back(
      {.content = std::move(content), .first = 0, .stride = stl10_picture_bytes, .count = count});
}

void append_labels(PackedPictures& part, const fs::path& path) {
  const files::FileBytes content = files::map_file(path);
  const std::int64_t count = part.files.back().count;
  check(static_cast<std::int64_t>(content.bytes.size()) == count,
        "{}: {} labels; {} were expected, one for each picture of {}", path.string(),
        content.bytes.size(), count, part.files.back().content.path);
  for (std::size_t i = 0; i < content.bytes.size(); ++i) {
    const std::int64_t label = content.bytes[i];
    check(label >= 1 && label <= class_count, "{}: byte {}: label {}; 1 to {} were expected",
          path.string(), i, label, class_count);
    part.labels.push_back(label - 1);
  }
}

}  // namespace

bool holds_stl10(const fs::path& root) {
  return fs::exists(root / "train_X.bin");
}

Splits open_stl10(const fs::path& root, const Stl10Options& options) {
  PackedPictures train{.files = {},
                       .shape = {.channels = 3, .height = stl10_side, .width = stl10_side},
                       .column_major = true,
                       .labels = {},
                       .classes = class_names(root / "class_names.txt")};
  PackedPictures test = train;
  append_pictures(train, root / "train_X.bin");
  append_labels(train, root / "train_y.bin");
  if (options.unlabelled && fs::exists(root / "unlabeled_X.bin")) {
    append_pictures(train, root / "unlabeled_X.bin");
    train.labels.resize(train.labels.size() + static_cast<std::size_t>(train.files.back().count),
                        no_label);
  }
  if (!fs::exists(root / "test_X.bin")) return {make_dataset(std::move(train)), nullptr};
  append_pictures(test, root / "test_X.bin");
  append_labels(test, root / "test_y.bin");
  return {make_dataset(std::move(train)), make_dataset(std::move(test))};
}

}  // namespace cmc::data
