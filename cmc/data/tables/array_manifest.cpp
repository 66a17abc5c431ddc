#include "cmc/data/tables/array_manifest.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cmc/data/numbers.h"
#include "cmc/data/tables/array_rows.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"
#include "cmc/files/npz.h"

namespace cmc::data {
namespace {

/// A number as a cell: whole ones without a point, the others in the fewest digits that tell them.
std::string cell_of(double number) {
  if (std::isnan(number)) return {};
  const bool whole = number == std::floor(number) && std::abs(number) < 0x1p63;
  return whole ? fmt::format("{}", static_cast<std::int64_t>(number)) : fmt::format("{}", number);
}

class ArrayManifest : public Rows {
 public:
  explicit ArrayManifest(const std::filesystem::path& path) : path_(path) {
    name_ = path.string();
    folder_ = path.parent_path();
    const files::FileBytes file = files::map_file(path);
    if (!files::is_npz(file.bytes)) {
      size_ = ArrayRows("").count(path);
      return;
    }
    const std::vector<files::ZipEntry> arrays = files::npz_arrays(file.bytes, name_);
    check(!arrays.empty(), "{}: holds no array", name_);
    size_ =
        ArrayRows(std::ranges::max_element(arrays, {}, &files::ZipEntry::size)->name).count(path);
    for (const files::ZipEntry& array : arrays) {
      try {
        add_column(array.name);
      } catch (const UnreadableError&) {
        continue;  // Texts and the like are no column.
      }
    }
  }

  std::int64_t size() const override { return size_; }

  void read(std::int64_t index, Record& record) const override {
    std::vector<std::string> cells;
    for (const auto& column : cells_)
      cells.push_back(cell_of(column[static_cast<std::size_t>(index)]));
    record.text.clear();
    for (const std::string& cell : cells) record.text += cell;
    record.cells.clear();
    for (std::size_t c = 0, at = 0; c < cells.size(); at += cells[c++].size())
      record.cells.push_back(std::string_view(record.text).substr(at, cells[c].size()));
  }

  void each(const std::function<void(std::int64_t, const Record&)>& visit) const override {
    Record record;
    for (std::int64_t index = 0; index < size_; ++index) {
      read(index, record);
      visit(index, record);
    }
  }

  std::string where(std::int64_t index) const override {
    return fmt::format("{}, row {}", name_, index + 1);
  }

 private:
  void add_column(const std::string& array) {
    const ArrayRows rows(array);
    if (rows.count(path_) != size_ || rows.read(path_, 0).total() != 1) return;
    std::vector<double> cells;
    for (std::int64_t row = 0; row < size_; ++row)
      cells.push_back(Numbers(rows.read(path_, row))[0]);
    columns_.push_back(array);
    cells_.push_back(std::move(cells));
  }

  std::filesystem::path path_;
  std::int64_t size_ = 0;
  std::vector<std::vector<double>> cells_;  // by column
};

}  // namespace

std::shared_ptr<const Rows> open_array_manifest(const std::filesystem::path& path) {
  return std::make_shared<ArrayManifest>(path);
}

bool is_array_manifest(const std::filesystem::path& path) {
  return path.extension() == ".npy" || path.extension() == ".npz";
}

}  // namespace cmc::data
