#include "cmc/files/npz.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "cmc/error.h"

namespace cmc::files {
namespace {

constexpr std::uint64_t most_inflated = std::uint64_t{1} << 30;
constexpr std::string_view array_ending = ".npy";

}  // namespace

bool is_npz(std::span<const std::uint8_t> file) {
  return file.size() >= 4 &&
         (std::memcmp(file.data(), "PK\3\4", 4) == 0 || std::memcmp(file.data(), "PK\5\6", 4) == 0);
}

std::vector<ZipEntry> npz_arrays(std::span<const std::uint8_t> file, const std::string& path) {
  std::vector<ZipEntry> arrays;
  try {
    arrays = zip_directory(file, path);
  } catch (const Error& error) {
    throw UnreadableError(error.what());
  }
  std::erase_if(arrays, [](const ZipEntry& entry) { return !entry.name.ends_with(array_ending); });
  for (ZipEntry& array : arrays) array.name.resize(array.name.size() - array_ending.size());
  return arrays;
}

ZipEntry npz_array(std::span<const std::uint8_t> file, const std::string& path,
                   const std::string& name) {
  const std::vector<ZipEntry> arrays = npz_arrays(file, path);
  std::vector<std::string> names;
  for (const ZipEntry& array : arrays) names.push_back(array.name);
  if (arrays.empty()) throw UnreadableError(fmt::format("{}: holds no array", path));
  if (name.empty() && arrays.size() > 1)
    throw UnreadableError(fmt::format("{}: holds {} arrays, {}; entry = \"{}\" names one of them",
                                      path, arrays.size(), fmt::join(names, ", "), names[0]));
  const auto found =
      name.empty() ? arrays.begin() : std::ranges::find(arrays, name, &ZipEntry::name);
  if (found == arrays.end())
    throw UnreadableError(
        fmt::format("{}: holds no array \"{}\"; it holds {}", path, name, fmt::join(names, ", ")));
  if (found->deflated && found->size > most_inflated)
    throw UnreadableError(fmt::format(
        "{}: its array \"{}\" has {:.1f} GB and is compressed, so that its rows can't be read one "
        "by one; save it by numpy.savez or numpy.save",
        path, found->name, static_cast<double>(found->size) / 1e9));
  return *found;
}

}  // namespace cmc::files
