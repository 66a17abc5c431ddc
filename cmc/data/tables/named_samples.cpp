#include "cmc/data/tables/named_samples.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <unordered_map>

#include "cmc/error.h"

namespace cmc::data {
namespace {

/// Rows by their names.
class Names {
 public:
  Names(const Rows& rows, std::optional<std::size_t> key) : rows_(rows), key_(key) {
    if (!key_) return;
    rows_.each([&](std::int64_t index, const Record& record) {
      by_key_.emplace(trimmed(record.cells[*key_]), index);
    });
  }

  std::optional<std::int64_t> find(std::string_view name) const {
    if (key_) {
      const auto found = by_key_.find(std::string(name));
      return found == by_key_.end() ? std::nullopt : std::optional(found->second);
    }
    std::int64_t row = -1;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), row);
    const bool whole = error == std::errc() && end == name.data() + name.size();
    return whole && row >= 0 && row < rows_.size() ? std::optional(row) : std::nullopt;
  }

  /// What a name could have been.
  std::string hint() const {
    if (!key_)
      return fmt::format(
          "a row from 0 to {} was expected (data.key names the column by whose cells samples are "
          "called)",
          rows_.size() - 1);
    return fmt::format("a cell of the column \"{}\" was expected", rows_.columns()[*key_]);
  }

  std::string nearest(std::string_view name) const {
    if (!key_) return "";
    std::vector<std::string> known;
    for (const auto& [key, index] : by_key_) known.push_back(key);
    std::ranges::sort(known);
    return fmt::format("; the nearest is \"{}\"", nearest_name(name, known));
  }

 private:
  const Rows& rows_;
  std::optional<std::size_t> key_;
  std::unordered_map<std::string, std::int64_t> by_key_;
};

}  // namespace

std::vector<std::vector<std::int64_t>> named_samples(const Rows& rows, std::size_t column,
                                                     std::optional<std::size_t> key,
                                                     const Missing& missing,
                                                     const std::string& what) {
  const Names names(rows, key);
  std::vector<std::vector<std::int64_t>> samples(static_cast<std::size_t>(rows.size()));
  rows.each([&](std::int64_t index, const Record& record) {
    const std::string_view cell = trimmed(record.cells[column]);
    if (missing.text(cell)) return;
    for (std::size_t begin = 0; begin <= cell.size();) {
      const std::size_t end = std::min(cell.find(';', begin), cell.size());
      const std::string_view name = trimmed(cell.substr(begin, end - begin));
      begin = end + 1;
      if (name.empty()) continue;
      const std::optional<std::int64_t> sample = names.find(name);
      const auto refuse = [&](const std::string& why) {
        fail("{}: column \"{}\", which {} reads, names \"{}\", {}", rows.where(index),
             rows.columns()[column], what, name, why);
      };
      if (!sample)
        refuse(fmt::format("which is no sample: {}{}{}", names.hint(), names.nearest(name),
                           name.find_first_of(", \t|") == name.npos
                               ? ""
                               : "; several are separated by semicolons"));
      if (*sample == index) refuse("which is the sample itself");
      std::vector<std::int64_t>& own = samples[static_cast<std::size_t>(index)];
      if (std::ranges::find(own, *sample) == own.end()) own.push_back(*sample);
    }
  });
  return samples;
}

}  // namespace cmc::data
