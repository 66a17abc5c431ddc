#include "cmc/data/formats/cifar.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cmc/data/formats/packed_pictures.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t cifar_picture_bytes = 3 * 32 * 32;

/// How a record starts, and where its classes are named.
struct RecordFormat {
  std::int64_t label_bytes;
  std::int64_t label_at;  // which of them is read
  std::int64_t classes;
  const char* names;  // the file of their names
};

std::vector<fs::path> binaries(const fs::path& root) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    if (entry.is_regular_file() && entry.path().extension() == ".bin")
      files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> class_names(const fs::path& file, std::int64_t count) {
  std::vector<std::string> names;
  if (fs::exists(file)) {
    names = files::read_lines(file);
    check(static_cast<std::int64_t>(names.size()) == count,
          "{}: names {} classes; {} were expected", file.string(), names.size(), count);
  } else {
    for (std::int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  }
  return names;
}

void append(PackedPictures& part, const fs::path& path, const RecordFormat& format) {
  files::FileBytes content = files::map_file(path);
  const std::int64_t record = format.label_bytes + cifar_picture_bytes;
  const std::int64_t size = static_cast<std::int64_t>(content.bytes.size());
  const std::int64_t count = size / record;
  check(size % record == 0, "{}: byte {}: record {} is cut after {} of its {} bytes", path.string(),
        size, count, size % record, record);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t at = i * record + format.label_at;
    const std::int64_t label = content.bytes[at];
    check(label < format.classes, "{}: byte {}: label {} of record {}; 0 to {} were expected",
          path.string(), at, label, i, format.classes - 1);
    part.labels.push_back(label);
  }
  part.files.push_back({.content = std::move(content),
                        .first = format.label_bytes,
                        .stride = record,
                        .count = count});
}

Splits open_records(const fs::path& root, const RecordFormat& format) {
  const std::vector<std::string> classes = class_names(root / format.names, format.classes);
  const SourceShape shape{.channels = 3, .height = 32, .width = 32};
  PackedPictures train{.files = {}, .shape = shape, .labels = {}, .classes = classes};
  PackedPictures test = train;
  for (const fs::path& path : binaries(root)) {
    const bool is_test = path.filename().string().find("test") != std::string::npos;
    append(is_test ? test : train, path, format);
  }
  check(!train.files.empty(),
        "{}: holds no training part; a *.bin of records of {} bytes was expected", root.string(),
        format.label_bytes + cifar_picture_bytes);
  const bool has_test = !test.files.empty();
  return {make_dataset(std::move(train)), has_test ? make_dataset(std::move(test)) : nullptr};
}

}  // namespace

bool holds_cifar10(const fs::path& root) {
  return std::ranges::any_of(binaries(root), [](const fs::path& path) {
    const std::string name = path.filename().string();
    return name.starts_with("data_batch") || name == "test_batch.bin";
  });
}

bool holds_cifar100(const fs::path& root) {
  return fs::exists(root / "train.bin");
}

Splits open_cifar10(const fs::path& root) {
  return open_records(
      root, {.label_bytes = 1, .label_at = 0, .classes = 10, .names = "batches.meta.txt"});
}

Splits open_cifar100(const fs::path& root, Cifar100Labels labels) {
  if (labels == Cifar100Labels::coarse) {
    return open_records(
        root, {.label_bytes = 2, .label_at = 0, .classes = 20, .names = "coarse_label_names.txt"});
  }
  return open_records(
      root, {.label_bytes = 2, .label_at = 1, .classes = 100, .names = "fine_label_names.txt"});
}

}  // namespace cmc::data
