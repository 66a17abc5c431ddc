#include "cmc/data/formats/downloads.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

#include "cmc/files/lower_case.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

/// A path as a shell reads it.
std::string quoted(const fs::path& path) {
  std::string text = path.string();
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c >= 0x80 ||
           std::string_view("/._-+,").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!text.empty() && text.front() != '-' && std::ranges::all_of(text, plain)) return text;
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

/// The command that unpacks an archive beside itself; empty for another file.
std::string unpacking(const fs::path& archive) {
  const std::string name = files::lower_case(archive.filename().string());
  const std::string file = quoted(archive);
  const std::string folder = quoted(archive.has_parent_path() ? archive.parent_path() : ".");
  for (const char* const ending : {".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tar.xz"})
    if (name.ends_with(ending)) return fmt::format("tar -xf {} -C {}", file, folder);
  if (name.ends_with(".zip")) return fmt::format("unzip {} -d {}", file, folder);
  return {};
}

/// CIFAR's pickles, and the binary files in their place.
struct PickledCifar {
  const char* folder;
  const char* binary_folder;
  const char* archive;
  const char* sign;  // a file that tells it
  const char* python;
};

constexpr std::array pickled = {
    PickledCifar{"cifar-10-batches-py", "cifar-10-batches-bin", "cifar-10-binary.tar.gz",
                 "data_batch_1",
                 "[open(o+'/'+n+'.bin','wb').write(b''.join(bytes([l])+x.tobytes() for l,x in "
                 "zip(d[b'labels'],d[b'data']))) for n in sorted(os.listdir()) if 'batch' in n and "
                 "'.' not in n for d in [load(n)]]; "
                 "open(o+'/batches.meta.txt','wb').write(b'\\n'.join(load('batches.meta')[b'label_"
                 "names']))"},
    PickledCifar{"cifar-100-python", "cifar-100-binary", "cifar-100-binary.tar.gz", "train",
                 "[open(o+'/'+n+'.bin','wb').write(b''.join(bytes([c,f])+x.tobytes() for c,f,x in "
                 "zip(d[b'coarse_labels'],d[b'fine_labels'],d[b'data']))) for n in "
                 "('train','test') for d in [load(n)]]; [open(o+'/'+k+'.txt','wb').write(b'\\n'."
                 "join(load('meta')[k.encode()])) for k in "
                 "('fine_label_names','coarse_label_names')]"},
};

/// Whether a folder holds the pickles themselves.
bool holds_pickles(const fs::path& folder, const PickledCifar& kind) {
  const char* const meta = std::string_view(kind.sign) == "train" ? "meta" : "batches.meta";
  return fs::is_regular_file(folder / kind.sign) && fs::is_regular_file(folder / meta);
}

std::string conversion(const fs::path& root) {
  for (const PickledCifar& kind : pickled) {
    for (const fs::path& folder : {root, root / kind.folder}) {
      if (!holds_pickles(folder, kind)) continue;
      return fmt::format(
          "{}: holds CIFAR as Python pickles, which are programs and not read: take {}, or make "
          "the "
          "same of them by: cd {} && python3 -c \"import os,pickle; load=lambda "
          "n:pickle.load(open(n,'rb'),encoding='bytes'); o='../{}'; "
          "os.makedirs(o,exist_ok=True); {}\"; then data.root is {}",
          folder.string(), kind.archive, quoted(folder), kind.binary_folder, kind.python,
          (folder.lexically_normal() / ".." / kind.binary_folder).lexically_normal().string());
    }
  }
  return {};
}

}  // namespace

std::string step_before_reading(const fs::path& root) {
  if (fs::is_regular_file(root)) {
    const std::string command = unpacking(root);
    return command.empty() ? command
                           : fmt::format(
                                 "{}: is an archive: unpack it by: {}; then data.root is the "
                                 "folder that it makes",
                                 root.string(), command);
  }
  if (std::string found = conversion(root); !found.empty()) return found;
  std::vector<fs::path> archives;
  for (const fs::directory_entry& entry : fs::directory_iterator(root))
    if (entry.is_regular_file() && !unpacking(entry.path()).empty())
      archives.push_back(entry.path());
  if (archives.empty()) return {};
  std::ranges::sort(archives);
  return fmt::format("{}: holds {}, which is not unpacked: {}", root.string(),
                     archives.front().filename().string(), unpacking(archives.front()));
}

}  // namespace cmc::data
