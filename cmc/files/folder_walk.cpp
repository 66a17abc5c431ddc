#include "cmc/files/folder_walk.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "cmc/error.h"
#include "cmc/files/lower_case.h"

namespace cmc::files {
namespace {

namespace fs = std::filesystem;

/// What no person means as data: hidden names, and what archives, file servers and systems leave.
bool is_set_aside(const std::string& name) {
  constexpr std::array<std::string_view, 7> left_behind = {
      "__MACOSX",   "@eaDir",     "#recycle", "$RECYCLE.BIN", "System Volume Information",
      "lost+found", "__pycache__"};
  return name.starts_with('.') || std::ranges::find(left_behind, name) != left_behind.end();
}

/// A folder, whatever path leads to it.
struct FolderId {
  dev_t device;
  ino_t inode;

  auto operator<=>(const FolderId&) const = default;
};

FolderId id_of(const fs::path& folder) {
  struct stat status {};
  check(::stat(folder.c_str(), &status) == 0, "{}: can't be read", folder.string());
  return {status.st_dev, status.st_ino};
}

class Walker {
 public:
  /// Stops after `most` files.
  Walker(const fs::path& root, const std::function<bool(const fs::path&)>& wanted, std::size_t most)
      : root_(root), wanted_(wanted), most_(most) {
    std::error_code error;
    // A link to what the folder lies in would lead to everything beside it.
    for (fs::path above = fs::canonical(root, error); above.has_relative_path();) {
      above = above.parent_path();
      visited_.insert(id_of(above));
    }
  }

  FolderWalk run() try {
    visited_.insert(id_of(root_));
    walk("");
    while (!links_.empty() && !done()) {
      std::ranges::sort(links_);
      for (const std::string& link : std::exchange(links_, {})) {
        if (visited_.insert(id_of(root_ / link)).second) {
          walk(link);
        } else {
          result_.repeated.push_back(link);
        }
      }
    }
    std::ranges::sort(result_.files);
    return std::move(result_);
  } catch (const fs::filesystem_error& error) {
    fail("{}: can't be read: {}", error.path1().string(), error.code().message());
  }

 private:
  bool done() const { return result_.files.size() >= most_; }

  void walk(const std::string& folder) {
    std::vector<std::string> below;
    for (const fs::directory_entry& entry : fs::directory_iterator(root_ / folder)) {
      if (done()) return;
      const std::string name = entry.path().filename().string();
      const std::string path = folder.empty() ? name : folder + "/" + name;
      std::error_code error;
      if (is_set_aside(name)) {
        ++result_.hidden;
      } else if (entry.is_directory(error)) {
        (entry.is_symlink() ? links_ : below).push_back(path);
      } else if (wanted_(path) && (entry.is_symlink() || entry.is_regular_file(error))) {
        result_.files.push_back(path);  // a link to nowhere is told when it is read
      } else {
        ++result_.others[small_ending(name)];
      }
    }
    std::ranges::sort(below);
    for (const std::string& path : below) {
      if (done()) return;
      visited_.insert(id_of(root_ / path));
      walk(path);
    }
  }

  fs::path root_;
  const std::function<bool(const fs::path&)>& wanted_;
  std::size_t most_;
  std::set<FolderId> visited_;
  std::vector<std::string> links_;
  FolderWalk result_;
};

}  // namespace

bool is_image_name(const fs::path& path) {
  constexpr std::array<std::string_view, 10> endings = {".jpg",  ".jpeg", ".jpe",  ".jfif", ".png",
                                                        ".webp", ".tif",  ".tiff", ".gif",  ".bmp"};
  return std::ranges::find(endings, small_ending(path)) != endings.end();
}

FolderWalk walk_folder(const fs::path& root, const std::function<bool(const fs::path&)>& wanted) {
  return Walker(root, wanted, std::numeric_limits<std::size_t>::max()).run();
}

bool holds_images(const fs::path& root) {
  return !Walker(root, is_image_name, 1).run().files.empty();
}

std::vector<std::string> FolderWalk::notes() const {
  std::vector<std::pair<std::int64_t, std::string>> kinds;
  for (const auto& [ending, count] : others)
    kinds.emplace_back(count, ending.empty() ? "without an ending" : ending);
  if (hidden > 0) kinds.emplace_back(hidden, "hidden");
  std::ranges::sort(kinds, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  constexpr std::size_t most_kinds = 8;
  std::string list;
  for (std::size_t i = 0; i < std::min(kinds.size(), most_kinds); ++i)
    list += fmt::format("{}{} {}", i > 0 ? ", " : "", kinds[i].first, kinds[i].second);
  if (kinds.size() > most_kinds) list += ", …";
  std::vector<std::string> lines;
  if (!list.empty()) lines.push_back("passed over (no pictures by their names): " + list);
  if (!repeated.empty())
    lines.push_back(
        fmt::format("passed over: {} link{} to folders that are read already, such as {}",
                    repeated.size(), repeated.size() == 1 ? "" : "s", repeated.front()));
  return lines;
}

}  // namespace cmc::files
