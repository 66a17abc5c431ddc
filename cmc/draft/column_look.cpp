#include "cmc/draft/column_look.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "cmc/data/missing.h"
#include "cmc/data/number.h"
#include "cmc/files/folder_walk.h"
#include "cmc/files/lower_case.h"

namespace cmc::draft {
namespace {

namespace fs = std::filesystem;

/// Of so many paths it is tried whether the file is there.
constexpr std::int64_t most_tried = 50;
/// Up to here whole numbers that are few may be classes.
constexpr std::int64_t most_numbered_classes = 20;

CellKind kind_of_path(std::string_view cell) {
  if (files::is_image_name(cell)) return CellKind::picture;
  if (is_sound_name(cell)) return CellKind::sound;
  if (is_series_name(cell)) return CellKind::series;
  return is_array_name(cell) ? CellKind::array : CellKind::text;
}

/// Whether a cell reads as words rather than as an identifier. Bytes outside ASCII count as
/// letters.
bool reads_as_words(std::string_view cell) {
  std::size_t letters = 0, others = 0, on_end = 0, longest = 0;
  for (const char each : cell) {
    const auto c = static_cast<unsigned char>(each);
    const bool is_letter = c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c != ' ') ++(is_letter ? letters : others);
    on_end = is_letter ? on_end + 1 : 0;
    longest = std::max(longest, on_end);
  }
  return longest >= 3 && 4 * others <= letters;
}

std::int64_t words_in(std::string_view cell) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < cell.size(); ++i)
    if (cell[i] != ' ' && (i == 0 || cell[i - 1] == ' ')) ++count;
  return count;
}

class ColumnLooker {
 public:
  ColumnLooker(const data::Rows& rows, std::size_t place)
      : folder_(rows.folder()), mark_(rows.decimal()) {
    look_.name = rows.columns()[place];
    look_.place = place;
  }

  void take(std::string_view cell) {
    ++look_.rows;
    const bool no_number = missing_.number(cell), no_text = missing_.text(cell);
    present_numbers_ += no_number ? 0 : 1;
    look_.present += no_text ? 0 : 1;
    if (numbers_ && !no_number) take_number(cell);
    if (!no_text) {
      take_path(cell);
      look_.worded += reads_as_words(cell) ? 1 : 0;
      words_ += words_in(cell);
    }
    take_text(cell, no_text);
  }

  ColumnLook finish() {
    const bool numbers = numbers_ && present_numbers_ > 0;
    const std::int64_t texts = look_.present;
    if (texts > 0) look_.mean_words = static_cast<double>(words_) / static_cast<double>(texts);
    if (numbers) look_.present = present_numbers_;
    look_.all_differ = texts > 0 && !repeats_ && look_.present == look_.rows;
    look_.distinct = static_cast<std::int64_t>(places_.size());
    look_.whole = numbers && whole_;
    look_.counts = look_.whole && counts_ && look_.present == look_.rows && look_.rows > 2;
    if (places_.size() > most_texts) {
      look_.texts = {};
      look_.codes = {};
    }
    if (look_.present == 0)
      look_.kind = CellKind::empty;
    else if (numbers)
      look_.kind = CellKind::number;
    else if (path_ != CellKind::text)
      look_.kind = path_;
    else
      look_.kind = are_few() ? CellKind::category : CellKind::text;
    if (!look_.is_path()) {
      look_.files_absent = 0;
      look_.absent_file.clear();
    }
    return std::move(look_);
  }

 private:
  void take_number(std::string_view cell) {
    const std::optional<double> value =
        mark_ ? data::number(cell, *mark_) : number_of_any_mark(cell);
    if (!value || !std::isfinite(*value)) {
      numbers_ = false;
      return;
    }
    whole_ = whole_ && *value == std::floor(*value);
    counts_ = counts_ && (!before_ || *value == *before_ + 1);
    before_ = value;
  }

  /// Where a file does not tell its decimal mark, one column has one.
  std::optional<double> number_of_any_mark(std::string_view cell) {
    points_ = points_ || cell.find('.') != std::string_view::npos;
    commas_ = commas_ || cell.find(',') != std::string_view::npos;
    if (points_ && commas_) return std::nullopt;
    return data::number(cell, commas_ ? ',' : '.');
  }

  void take_path(std::string_view cell) {
    const CellKind kind = kind_of_path(cell);
    if (look_.present == 1) path_ = kind;
    if (kind != path_) path_ = CellKind::text;
    if (path_ == CellKind::text || look_.files_tried >= most_tried) return;
    ++look_.files_tried;
    std::error_code ignored;
    if (fs::exists(folder_ / cell, ignored)) return;
    if (look_.files_absent++ == 0) look_.absent_file = (folder_ / cell).string();
  }

  void take_text(std::string_view cell, bool missing) {
    // What is neither few nor all different is of no use beyond its number.
    if (places_.size() > most_texts && repeats_) return;
    std::int32_t code = -1;
    if (!missing) {
      const auto [place, is_new] =
          places_.try_emplace(std::string(cell), static_cast<std::int32_t>(places_.size()));
      repeats_ = repeats_ || !is_new;
      code = place->second;
      if (is_new && places_.size() <= most_texts) look_.texts.emplace_back(cell);
    }
    if (places_.size() <= most_texts) look_.codes.push_back(code);
  }

  bool are_few() const {
    const std::int64_t n = look_.distinct;
    return (n <= 50 && 2 * n <= look_.present) ||
           (n <= static_cast<std::int64_t>(most_texts) && 20 * n <= look_.present);
  }

  fs::path folder_;
  std::optional<char> mark_;
  data::Missing missing_;
  ColumnLook look_;
  std::int64_t present_numbers_ = 0, words_ = 0;
  bool numbers_ = true, whole_ = true, counts_ = true, points_ = false, commas_ = false;
  bool repeats_ = false;
  std::optional<double> before_;
  CellKind path_ = CellKind::text;
  std::unordered_map<std::string, std::int32_t> places_;
};

template <std::size_t N>
bool ends_as(const fs::path& path, const std::array<std::string_view, N>& endings) {
  return std::ranges::find(endings, files::small_ending(path)) != endings.end();
}

}  // namespace

bool is_sound_name(const fs::path& path) {
  constexpr std::array<std::string_view, 10> endings = {".wav",  ".flac", ".mp3", ".ogg", ".oga",
                                                        ".opus", ".aiff", ".aif", ".au",  ".snd"};
  return ends_as(path, endings);
}

bool is_array_name(const fs::path& path) {
  constexpr std::array<std::string_view, 2> endings = {".npy", ".npz"};
  return ends_as(path, endings);
}

bool is_series_name(const fs::path& path) {
  constexpr std::array<std::string_view, 3> endings = {".csv", ".tsv", ".tab"};
  return ends_as(path, endings);
}

bool ColumnLook::may_be_classes() const {
  if (distinct < 2 || texts.empty()) return false;
  if (kind == CellKind::category) return true;
  return kind == CellKind::number && whole && distinct <= most_numbered_classes &&
         5 * distinct <= present;
}

std::vector<std::int64_t> ColumnLook::counts_of_texts() const {
  std::vector<std::int64_t> counts(texts.size(), 0);
  for (const std::int32_t code : codes)
    if (code >= 0) ++counts[static_cast<std::size_t>(code)];
  return counts;
}

std::vector<ColumnLook> look_at_columns(const data::Rows& rows) {
  std::vector<ColumnLooker> lookers;
  for (std::size_t place = 0; place < rows.columns().size(); ++place)
    lookers.emplace_back(rows, place);
  data::Record record;
  for (std::int64_t row = 0; row < std::min(rows.size(), most_rows); ++row) {
    rows.read(row, record);
    for (std::size_t place = 0; place < lookers.size(); ++place)
      lookers[place].take(data::trimmed(record.cells[place]));
  }
  std::vector<ColumnLook> looks;
  for (ColumnLooker& looker : lookers) looks.push_back(looker.finish());
  return looks;
}

std::string reference(const data::Rows& rows, std::size_t column) {
  const std::string& name = rows.columns()[column];
  const bool plain = !name.empty() && !name.starts_with('#') &&
                     name.find("..") == std::string::npos &&
                     std::ranges::count(rows.columns(), name) == 1;
  return plain ? name : fmt::format("#{}", column + 1);
}

}  // namespace cmc::draft
