#include "cmc/data/tables/array_rows.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "cmc/error.h"
#include "cmc/files/file_bytes.h"
#include "cmc/files/npy.h"
#include "cmc/files/npz.h"

namespace cmc::data {
namespace {

constexpr std::size_t most_open = 64;
constexpr std::size_t most_inflated_kept = std::size_t{1} << 30;

}  // namespace

/// An open file.
class ArrayRows::Mapped {
 public:
  Mapped(const std::filesystem::path& path, const std::string& entry) : path_(path) {
    try {
      file_ = files::map_file(path);
      if (!files::is_npz(file_.bytes)) {
        array_.emplace(file_.bytes, path.string());
        return;
      }
      const files::ZipEntry record = files::npz_array(file_.bytes, path.string(), entry);
      if (record.deflated) inflated_ = files::unpacked(record, path.string());
      array_.emplace(record.deflated ? inflated_ : record.content,
                     fmt::format("{}: {}.npy", path.string(), record.name));
    } catch (const UnreadableError&) {
      throw;
    } catch (const Error& error) {
      throw UnreadableError(error.what());  // Other files may well be there.
    }
  }

  const std::filesystem::path& path() const { return path_; }
  const files::NpyArray& array() const { return *array_; }
  std::size_t inflated() const { return inflated_.size(); }

  /// Throws where the file has become shorter, as it does while numpy.save writes it anew: to read
  /// beyond its end would end the process.
  void check_whole() const {
    std::error_code error;
    const auto size = std::filesystem::file_size(path_, error);
    if (inflated_.empty() && !error && size < file_.bytes.size())
      throw UnreadableError(fmt::format(
          "{}: byte {}: the file has become shorter since it was opened", path_.string(), size));
  }

 private:
  std::filesystem::path path_;
  files::FileBytes file_;
  std::vector<std::uint8_t> inflated_;
  std::optional<files::NpyArray> array_;
};

ArrayRows::ArrayRows(std::string entry) : entry_(std::move(entry)) {}
ArrayRows::~ArrayRows() = default;

std::shared_ptr<const ArrayRows::Mapped> ArrayRows::open(const std::filesystem::path& path) const {
  // Held while a file is opened, so that none is inflated twice at the same time.
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(open_, path, [](const auto& each) { return each->path(); });
  if (found != open_.end()) {
    open_.splice(open_.begin(), open_, found);
    return open_.front();
  }
  open_.push_front(std::make_shared<const Mapped>(path, entry_));
  std::size_t inflated = 0;
  for (const auto& each : open_) inflated += each->inflated();
  while (open_.size() > 1 && (open_.size() > most_open || inflated > most_inflated_kept)) {
    inflated -= open_.back()->inflated();
    open_.pop_back();
  }
  return open_.front();
}

std::int64_t ArrayRows::count(const std::filesystem::path& path) const {
  return open(path)->array().shape()[0];
}

cv::Mat ArrayRows::read(const std::filesystem::path& path, std::int64_t row) const {
  const std::shared_ptr<const Mapped> file = open(path);
  file->check_whole();
  return file->array().read_row(row);
}

}  // namespace cmc::data
