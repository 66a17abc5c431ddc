#include "cmc/data/image_folder.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cmc/data/decode_image.h"
#include "cmc/data/file_bytes.h"
#include "cmc/data/unreadable.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array test_names = {"test", "val", "validation"};

bool is_image(const fs::path& path) {
  constexpr std::array endings = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"};
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::find(endings, ending) != endings.end();
}

bool is_hidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

/// Calls visit(path) for each image file below `folder` until it returns false.
template <class Visit>
void for_each_image(const fs::path& folder, Visit&& visit) try {
  constexpr auto options = fs::directory_options::follow_directory_symlink;
  for (fs::recursive_directory_iterator entry(folder, options), end; entry != end; ++entry) {
    if (is_hidden(entry->path())) {
      entry.disable_recursion_pending();
    } else if (is_image(entry->path()) && !entry->is_directory() && !visit(entry->path())) {
      return;
    }
  }
} catch (const fs::filesystem_error& error) {
  fail("{}: can't be read: {}", error.path1().string(), error.code().message());
}

/// The images of one part: their paths below its folder, sorted.
struct FolderPart {
  fs::path folder;
  std::vector<std::string> paths;
};

FolderPart list(const fs::path& folder) {
  FolderPart part{.folder = folder, .paths = {}};
  const std::size_t skip = (folder / "").string().size();
  for_each_image(folder, [&](const fs::path& path) {
    part.paths.push_back(path.string().substr(skip));
    return true;
  });
  std::ranges::sort(part.paths);
  return part;
}

/// The first folder of a path; empty where the file lies in the root.
std::string class_of(const std::string& path) {
  const std::size_t slash = path.find('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool has_labels(const FolderPart& part) {
  return std::ranges::any_of(part.paths,
                             [](const std::string& path) { return !class_of(path).empty(); });
}

class ImageFolder : public Dataset {
 public:
  ImageFolder(FolderPart part, std::vector<std::string> classes, std::int64_t channels)
      : part_(std::move(part)),
        classes_(std::move(classes)),
        channels_(channels),
        sources_{{.shape = {.channels = channels, .height = 0, .width = 0}}} {
    for (const std::string& path : part_.paths) {
      const auto found = std::ranges::lower_bound(classes_, class_of(path));
      const bool known = found != classes_.end() && *found == class_of(path);
      labels_.push_back(known ? found - classes_.begin() : no_label);
    }
  }

  std::int64_t size() const override { return static_cast<std::int64_t>(part_.paths.size()); }

  Sample get(std::int64_t index) const override {
    check(index >= 0 && index < size(), "sample {} was asked for; the data set has {}", index,
          size());
    thread_local std::vector<std::uint8_t> bytes;
    const fs::path path = part_.folder / part_.paths[index];
    try {
      read_file(path, bytes);
    } catch (const Error& error) {
      throw UnreadableError(error.what());  // The other files may well be there.
    }
    return {.index = index,
            .label = labels_[index],
            .values = {decode_image(bytes, path.string(), static_cast<int>(channels_))}};
  }

  std::int64_t label(std::int64_t index) const override { return labels_[index]; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override { return part_.paths[index]; }

 private:
  FolderPart part_;
  std::vector<std::string> classes_;
  std::int64_t channels_;
  std::vector<Source> sources_;
  std::vector<std::int64_t> labels_;
};

/// Whether `root` is divided into a folder train and at most those of a test part.
bool is_divided(const fs::path& root) {
  if (!fs::is_directory(root / "train")) return false;
  return std::ranges::all_of(fs::directory_iterator(root), [](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    return !entry.is_directory() || is_hidden(entry.path()) || name == "train" ||
           std::ranges::find(test_names, name) != test_names.end();
  });
}

std::optional<FolderPart> find_test(const fs::path& root) {
  std::optional<FolderPart> found;
  for (const char* const name : test_names) {
    if (!fs::is_directory(root / name)) continue;
    FolderPart part = list(root / name);
    if (part.paths.empty()) continue;
    const bool labelled = has_labels(part);
    if (labelled || !found) found = std::move(part);
    if (labelled) break;
  }
  return found;
}

}  // namespace

bool holds_images(const fs::path& root) {
  bool found = false;
  for_each_image(root, [&](const fs::path&) {
    found = true;
    return false;
  });
  return found;
}

Splits open_image_folder(const fs::path& root, const ImageFolderOptions& options) {
  check(options.channels == 1 || options.channels == 3, "channels = {}: 1 or 3 was expected",
        options.channels);
  const bool divided = is_divided(root);
  FolderPart train = list(divided ? root / "train" : root);
  check(!train.paths.empty(),
        "{}: holds no image; .jpg, .jpeg, .png, .webp, .tif or .tiff was expected",
        train.folder.string());
  std::optional<FolderPart> test = divided ? find_test(root) : std::nullopt;

  const fs::path train_folder = train.folder, test_folder = test ? test->folder : fs::path();
  std::set<std::string> names;
  for (const std::string& path : train.paths) names.insert(class_of(path));
  if (test) {
    for (const std::string& path : test->paths) names.insert(class_of(path));
  }
  names.erase("");
  const std::vector<std::string> classes(names.begin(), names.end());
  Splits splits{.train = std::make_shared<ImageFolder>(std::move(train), classes, options.channels),
                .test = nullptr};
  if (test) {
    splits.test_first = test_folder < train_folder;  // as their pictures' paths are sorted
    splits.test = std::make_shared<ImageFolder>(std::move(*test), classes, options.channels);
  }
  return splits;
}

}  // namespace cmc::data
