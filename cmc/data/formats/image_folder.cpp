#include "cmc/data/formats/image_folder.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cmc/data/decode/picture_files.h"
#include "cmc/data/formats/part_folders.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"
#include "cmc/files/folder_walk.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

/// The images of one part: their paths below its folder, sorted.
struct FolderPart {
  fs::path folder;
  std::vector<std::string> paths;
  /// Classes by file name, of pictures that lie in no class folder.
  std::map<std::string, std::string> annotated = {};
};

FolderPart part_of(const fs::path& root, const std::string& folder,
                   const std::vector<std::string>& images) {
  FolderPart part{.folder = root / folder, .paths = {}};
  const std::string above = folder.empty() ? "" : folder + "/";
  for (const std::string& path : images)
    if (path.starts_with(above)) part.paths.push_back(path.substr(above.size()));
  return part;
}

/// A picture's class: the first folder of its path, or what is annotated; empty without one.
std::string class_of(const FolderPart& part, const std::string& path) {
  const std::size_t slash = path.find('/');
  if (slash != std::string::npos) return path.substr(0, slash);
  const auto found = part.annotated.find(path);
  return found == part.annotated.end() ? std::string() : found->second;
}

bool has_labels(const FolderPart& part) {
  return std::ranges::any_of(
      part.paths, [&](const std::string& path) { return !class_of(part, path).empty(); });
}

/// The file of classes of a part without class folders, beside or above its pictures; empty where
/// there is none.
fs::path annotations_of(const FolderPart& part) {
  for (const fs::path& folder : {part.folder, part.folder.parent_path()}) {
    const fs::path file = folder / (folder.filename().string() + "_annotations.txt");
    if (fs::is_regular_file(file)) return file;
  }
  return {};
}

void read_annotations(FolderPart& part, std::vector<std::string>& notes) {
  const fs::path file = annotations_of(part);
  if (file.empty()) return;
  for (const std::string& line : files::read_lines(file)) {
    const std::size_t name_end = line.find('\t');
    if (name_end == std::string::npos) continue;
    const std::size_t class_end = std::min(line.find('\t', name_end + 1), line.size());
    part.annotated[line.substr(0, name_end)] = line.substr(name_end + 1, class_end - name_end - 1);
  }
  const auto labelled = std::ranges::count_if(
      part.paths, [&](const std::string& path) { return !class_of(part, path).empty(); });
  notes.push_back(fmt::format("{}: {} of {} pictures have the class that {} gives",
                              part.folder.string(), labelled, part.paths.size(),
                              file.filename().string()));
}

class ImageFolder : public Dataset {
 public:
  ImageFolder(FolderPart part, std::vector<std::string> classes, std::int64_t channels)
      : part_(std::move(part)),
        classes_(std::move(classes)),
        files_(static_cast<int>(channels)),
        sources_{{.shape = {.channels = channels, .height = 0, .width = 0}}} {
    for (const std::string& path : part_.paths) {
      const auto found = std::ranges::lower_bound(classes_, class_of(part_, path));
      const bool known = found != classes_.end() && *found == class_of(part_, path);
      labels_.push_back(known ? found - classes_.begin() : no_label);
    }
  }

  std::int64_t size() const override { return static_cast<std::int64_t>(part_.paths.size()); }

  Sample get(std::int64_t index) const override {
    check(index >= 0 && index < size(), "sample {} was asked for; the data set has {}", index,
          size());
    return {.index = index, .label = labels_[index], .values = {excerpt(index, 0, {}).value}};
  }

  Excerpt excerpt(std::int64_t index, std::size_t /*source*/,
                  const ChoosePart& choose) const override {
    return files_.read(part_.folder / part_.paths[index], choose.cutout);
  }

  std::int64_t label(std::int64_t index) const override { return labels_[index]; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override { return part_.paths[index]; }

 private:
  FolderPart part_;
  std::vector<std::string> classes_;
  PictureFiles files_;
  std::vector<Source> sources_;
  std::vector<std::int64_t> labels_;
};

/// The first part whose pictures have labels, or else the first.
std::optional<FolderPart> choose_held_out(const fs::path& root, const PartFolders& parts,
                                          const std::vector<std::string>& images,
                                          std::vector<std::string>& notes) {
  std::optional<FolderPart> chosen;
  for (const std::string& folder : parts.held_out) {
    FolderPart part = part_of(root, folder, images);
    if (!has_labels(part)) read_annotations(part, notes);
    if (!chosen || (!has_labels(*chosen) && has_labels(part))) chosen = std::move(part);
  }
  if (!chosen) return chosen;
  notes.push_back(fmt::format("the training part is {}, the held-out part {}",
                              (root / parts.train).string(), chosen->folder.string()));
  for (const std::string& folder : parts.held_out) {
    if (root / folder != chosen->folder)
      notes.push_back(fmt::format("{} is not used (pictures: {})", (root / folder).string(),
                                  part_of(root, folder, images).paths.size()));
  }
  return chosen;
}

/// What to know of a held-out part beside a training part with classes.
void note_classes(const FolderPart& train, const FolderPart& test,
                  std::vector<std::string>& notes) {
  if (!has_labels(train)) return;
  if (!has_labels(test)) {
    notes.push_back(fmt::format("{}: has no folders of classes: its pictures have no labels",
                                test.folder.string()));
    return;
  }
  std::set<std::string> known;
  for (const std::string& path : train.paths) known.insert(class_of(train, path));
  const bool any = std::ranges::any_of(test.paths, [&](const std::string& path) {
    const std::string name = class_of(test, path);
    return !name.empty() && known.contains(name);
  });
  if (!any)
    notes.push_back(fmt::format("{}: none of its classes is one of {}'s", test.folder.string(),
                                train.folder.string()));
}

/// A training part without pictures must not turn the others into classes.
void check_train_folder(const fs::path& root, const PartFolders& parts) {
  if (!parts.held_out.empty()) return;
  for (const fs::directory_entry& entry : fs::directory_iterator(root / parts.train)) {
    const std::string name = entry.path().filename().string();
    check(!is_training_folder(name) || !entry.is_directory() || files::holds_images(entry.path()),
          "{}: holds no readable picture; the training part was expected there",
          entry.path().string());
  }
}

}  // namespace

Splits open_image_folder(const fs::path& root, const ImageFolderOptions& options) {
  check(options.channels == 1 || options.channels == 3, "channels = {}: 1 or 3 was expected",
        options.channels);
  const files::FolderWalk walk = files::walk_folder(root);
  std::vector<std::string> notes = walk.notes();
  check(!walk.files.empty(),
        "{}: holds no image; .jpg, .jpeg, .png, .webp, .tif, .tiff, .gif or .bmp was expected{}",
        root.string(), notes.empty() ? "" : "; " + notes.front());
  const PartFolders parts = find_parts(root.string(), walk.files);
  check_train_folder(root, parts);
  notes.insert(notes.begin(), parts.notes.begin(), parts.notes.end());
  FolderPart train = part_of(root, parts.train, walk.files);
  std::optional<FolderPart> test = choose_held_out(root, parts, walk.files, notes);
  if (test) note_classes(train, *test, notes);

  const fs::path train_folder = train.folder, test_folder = test ? test->folder : fs::path();
  std::set<std::string> names;
  for (const std::string& path : train.paths) names.insert(class_of(train, path));
  if (test) {
    for (const std::string& path : test->paths) names.insert(class_of(*test, path));
  }
  names.erase("");
  const std::vector<std::string> classes(names.begin(), names.end());
  Splits splits{.train = std::make_shared<ImageFolder>(std::move(train), classes, options.channels),
                .test = nullptr,
                .notes = std::move(notes)};
  if (test) {
    splits.test_first = test_folder < train_folder;  // as their pictures' paths are sorted
    splits.test = std::make_shared<ImageFolder>(std::move(*test), classes, options.channels);
  }
  return splits;
}

}  // namespace cmc::data
