#include "cmc/data/open.h"

#include <array>
#include <filesystem>
#include <utility>

#include "cmc/data/cifar.h"
#include "cmc/data/idx.h"
#include "cmc/data/image_folder.h"
#include "cmc/data/label_notes.h"
#include "cmc/data/stl10.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

/// A format that can be recognised and opened.
struct Format {
  const char* name;
  bool (*recognises)(const fs::path& root);
  Splits (*open)(const fs::path& root, const DataOptions& options);
  /// The folder that the data set's archive unpacks to; empty where there is none.
  const char* folder;
};

constexpr std::array formats = {
    Format{"idx", holds_idx,
           [](const fs::path& root, const DataOptions& options) {
             return open_idx(root, {.prefix = options.prefix, .transposed = options.transposed});
           },
           ""},
    Format{"cifar10", holds_cifar10,
           [](const fs::path& root, const DataOptions&) { return open_cifar10(root); },
           "cifar-10-batches-bin"},
    Format{"cifar100", holds_cifar100,
           [](const fs::path& root, const DataOptions& options) {
             return open_cifar100(
                 root, options.coarse_labels ? Cifar100Labels::coarse : Cifar100Labels::fine);
           },
           "cifar-100-binary"},
    Format{"stl10", holds_stl10,
           [](const fs::path& root, const DataOptions& options) {
             return open_stl10(root, {.unlabelled = options.unlabelled});
           },
           "stl10_binary"},
    Format{"folder", holds_images,
           [](const fs::path& root, const DataOptions& options) {
             return open_image_folder(root, {.channels = options.channels});
           },
           ""},
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

Found find_format(const DataOptions& options) {
  const fs::path root = options.root;
  for (const Format& format : formats) {
    if (!options.format.empty() && options.format != format.name) continue;
    const fs::path unpacked = root / format.folder;
    if (*format.folder != '\0' && fs::is_directory(unpacked)) return {&format, unpacked};
    if (!options.format.empty() || format.recognises(root)) return {&format, root};
  }
  check(options.format.empty(), "data.format = \"{}\": one of {} was expected", options.format,
        format_names());
  fail("{}: holds no data set of a known format ({})", root.string(), format_names());
}

/// A data set under other names of its classes.
class Renamed : public Dataset {
 public:
  Renamed(std::shared_ptr<const Dataset> dataset, std::vector<std::string> classes)
      : dataset_(std::move(dataset)), classes_(std::move(classes)) {
    check(classes_.size() == dataset_->classes().size(),
          "data.classes names {} classes; the data set has {}", classes_.size(),
          dataset_->classes().size());
  }

  std::int64_t size() const override { return dataset_->size(); }
  Sample get(std::int64_t index) const override { return dataset_->get(index); }
  std::int64_t label(std::int64_t index) const override { return dataset_->label(index); }
  bool has_targets() const override { return dataset_->has_targets(); }
  double target(std::int64_t index) const override { return dataset_->target(index); }
  const std::vector<std::string>& classes() const override { return classes_; }
  cv::Mat value(std::int64_t index, std::size_t source) const override {
    return dataset_->value(index, source);
  }
  const std::vector<Source>& sources() const override { return dataset_->sources(); }
  std::string name(std::int64_t index) const override { return dataset_->name(index); }
  std::string group(std::int64_t index) const override { return dataset_->group(index); }
  bool has(std::int64_t index, std::size_t source) const override {
    return dataset_->has(index, source);
  }
  std::vector<std::int64_t> duplicates() const override { return dataset_->duplicates(); }
  std::vector<UnreadableSample> unreadable() const override { return dataset_->unreadable(); }

 private:
  std::shared_ptr<const Dataset> dataset_;
  std::vector<std::string> classes_;
};

}  // namespace

Splits open(const DataOptions& options) {
  Splits splits;
  if (!options.manifest.manifest.empty()) {
    ManifestOptions manifest = options.manifest;
    manifest.held_out = options.held_out;
    splits = open_manifest(manifest);
  } else {
    check(!options.root.empty(),
          "data.root is empty; the folder of the data set was expected, or data.manifest");
    check(fs::is_directory(options.root), "data.root = \"{}\": there is no such folder",
          options.root);
    const Found found = find_format(options);
    splits = found.format->open(found.root, options);
  }
  if (!splits.test) splits = hold_out(splits.train, options.held_out);
  if (!options.classes.empty()) {
    splits.train = std::make_shared<Renamed>(splits.train, options.classes);
    splits.test = std::make_shared<Renamed>(splits.test, options.classes);
  }
  for (std::string& note : label_notes(splits)) splits.notes.push_back(std::move(note));
  return splits;
}

}  // namespace cmc::data
