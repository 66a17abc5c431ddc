#include "cmc/data/open.h"

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cmc/data/formats/cifar.h"
#include "cmc/data/formats/downloads.h"
#include "cmc/data/formats/idx.h"
#include "cmc/data/formats/image_folder.h"
#include "cmc/data/formats/stl10.h"
#include "cmc/data/label_notes.h"
#include "cmc/data/wrapped.h"
#include "cmc/error.h"
#include "cmc/files/folder_walk.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

/// A format that can be recognised and opened.
struct Format {
  const char* name;
  bool (*recognises)(const fs::path& root);
  Splits (*open)(const fs::path& root, const DataOptions& options);
  /// The folders that the data set's archive unpacks to, or that torchvision makes.
  std::vector<std::string> folders;
};

const std::array formats = {
    Format{"idx",
           holds_idx,
           [](const fs::path& root, const DataOptions& options) {
             return open_idx(root, {.prefix = options.prefix, .transposed = options.transposed});
           },
           {"MNIST/raw", "FashionMNIST/raw", "KMNIST/raw", "EMNIST/raw", "raw"}},
    Format{"cifar10",
           holds_cifar10,
           [](const fs::path& root, const DataOptions&) { return open_cifar10(root); },
           {"cifar-10-batches-bin"}},
    Format{"cifar100",
           holds_cifar100,
           [](const fs::path& root, const DataOptions& options) {
             return open_cifar100(
                 root, options.coarse_labels ? Cifar100Labels::coarse : Cifar100Labels::fine);
           },
           {"cifar-100-binary"}},
    Format{"stl10",
           holds_stl10,
           [](const fs::path& root, const DataOptions& options) {
             return open_stl10(root, {.unlabelled = options.unlabelled});
           },
           {"stl10_binary"}},
    Format{"folder",
           files::holds_images,
           [](const fs::path& root, const DataOptions& options) {
             return open_image_folder(root, {.channels = options.channels});
           },
           {}},
};

std::string format_names() {
  std::string names;
  for (const Format& format : formats)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", format.name);
  return names;
}

struct Found {
  const Format* format;
  fs::path root;
};

/// The folders below `root` that hold what was unpacked there, of one format or, where none is
/// named, of any.
std::vector<Found> find_unpacked(const fs::path& root, const std::string& name) {
  std::vector<Found> found;
  for (const Format& format : formats) {
    if (!name.empty() && name != format.name) continue;
    for (const std::string& folder : format.folders)
      if (fs::is_directory(root / folder) && format.recognises(root / folder))
        found.push_back({&format, root / folder});
  }
  return found;
}

Found find_format(const DataOptions& options) {
  const fs::path root = options.root;
  const std::vector<Found> unpacked = find_unpacked(root, options.format);
  if (unpacked.size() == 1) return unpacked.front();
  if (unpacked.size() > 1)
    fail("{}: holds several data sets: point data.root at {} or {}", root.string(),
         unpacked[0].root.string(), unpacked[1].root.string());
  for (const Format& format : formats) {
    if (!options.format.empty() && options.format != format.name) continue;
    if (format.recognises(root)) return {&format, root};
    if (options.format.empty()) continue;
    const std::string step = step_before_reading(root);
    check(step.empty(), "{}", step);
    return {&format, root};
  }
  check(options.format.empty(), "data.format = \"{}\": one of {} was expected", options.format,
        format_names());
  const std::string step = step_before_reading(root);
  check(step.empty(), "{}", step);
  const std::vector<std::string> others = files::walk_folder(root).notes();
  fail("{}: holds no data set of a known format ({}){}", root.string(), format_names(),
       others.empty() ? "" : "; " + others.front());
}

/// What a part of a data set is in the whole: its name, the row that it begins at, and the names of
/// the whole's classes.
class Part : public WrappedDataset {
 public:
  Part(std::shared_ptr<const Dataset> dataset, std::string_view name, std::int64_t first_row,
       std::vector<std::string> classes)
      : WrappedDataset(std::move(dataset)),
        name_(name),
        first_row_(first_row),
        classes_(std::move(classes)) {}

  const std::vector<std::string>& classes() const override { return classes_; }
  std::int64_t row(std::int64_t index) const override { return first_row_ + dataset().row(index); }
  std::string_view part(std::int64_t /*index*/) const override { return name_; }

 private:
  std::string name_;
  std::int64_t first_row_;
  std::vector<std::string> classes_;
};

}  // namespace

Splits open(const DataOptions& options) {
  Splits splits;
  std::int64_t train_first = 0, test_first = 0;
  if (!options.manifest.manifest.empty()) {
    ManifestOptions manifest = options.manifest;
    manifest.held_out = options.held_out;
    splits = open_manifest(manifest);
  } else {
    check(!options.root.empty(),
          "data.root is empty; the folder of the data set was expected, or data.manifest");
    const std::string step =
        fs::is_regular_file(options.root) ? step_before_reading(options.root) : "";
    check(step.empty(), "{}", step);
    check(fs::is_directory(options.root), "data.root = \"{}\": there is no such folder",
          options.root);
    const Found found = find_format(options);
    splits = found.format->open(found.root, options);
    if (splits.test)
      (splits.test_first ? train_first : test_first) =
          (splits.test_first ? splits.test : splits.train)->size();
  }
  if (!splits.test) {
    Splits cut = hold_out(splits.train, options.held_out);
    splits.train = std::move(cut.train);
    splits.test = std::move(cut.test);
  }
  // One part alone may have labels.
  const std::vector<std::string>& found =
      splits.train->classes().empty() ? splits.test->classes() : splits.train->classes();
  check(options.classes.empty() || options.classes.size() == found.size(),
        "data.classes names {} classes; the data set has {}", options.classes.size(), found.size());
  const std::vector<std::string> classes = options.classes.empty() ? found : options.classes;
  const bool divided = splits.test->size() > 0;
  splits.train = std::make_shared<Part>(splits.train, divided ? "train" : "", train_first, classes);
  splits.test = std::make_shared<Part>(splits.test, divided ? "test" : "", test_first, classes);
  for (std::string& note : label_notes(splits)) splits.notes.push_back(std::move(note));
  return splits;
}

}  // namespace cmc::data
