#include "fuzz/folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace cmc::fuzz {
namespace {

/// What goes wrong here is no fault of a reader: it is no Error, and ends the campaign.
void demand_system(bool done, const std::filesystem::path& path) {
  if (!done) throw std::system_error(errno, std::generic_category(), path.string());
}

int create(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  demand_system(descriptor >= 0, path);
  return descriptor;
}

}  // namespace

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "cmc-fuzz-XXXXXX").string();
  demand_system(::mkdtemp(pattern.data()) != nullptr, pattern);
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path Folder::write(std::string_view name, Bytes bytes) const {
  const std::filesystem::path path = path_ / name;
  const int descriptor = create(path);
  const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
  ::close(descriptor);
  demand_system(written == static_cast<ssize_t>(bytes.size()), path);
  return path;
}

std::filesystem::path Folder::write(std::string_view name, std::string_view text) const {
  return write(name, Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

std::filesystem::path Folder::write_zeros(std::string_view name, std::size_t size) const {
  const std::filesystem::path path = path_ / name;
  const int descriptor = create(path);
  const bool sized = ::ftruncate(descriptor, static_cast<off_t>(size)) == 0;
  ::close(descriptor);
  demand_system(sized, path);
  return path;
}

void Folder::remove(std::string_view name) const {
  std::error_code ignored;
  std::filesystem::remove(path_ / name, ignored);
}

}  // namespace cmc::fuzz
