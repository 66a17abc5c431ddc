#include "cmc/data/tables/test_part.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "cmc/data/splits.h"
#include "cmc/error.h"
#include "cmc/files/lower_case.h"

namespace cmc::data {
namespace {

/// Calls visit(row, name) with what a row's part is chosen by: its group, or its key, or its
/// number.
class RowNames {
 public:
  RowNames(const Rows& rows, const Missing& missing, std::optional<std::size_t> key,
           std::optional<std::size_t> group)
      : rows_(rows), missing_(missing), key_(key), group_(group) {}

  void each(const std::function<void(std::int64_t, const std::string&)>& visit) const {
    rows_.each([&](std::int64_t index, const Record& record) { visit(index, of(index, record)); });
  }

 private:
  std::string of(std::int64_t index, const Record& record) const {
    const std::string_view group = group_ ? trimmed(record.cells[*group_]) : "";
    if (!missing_.text(group)) return std::string(group);
    if (key_) return std::string(trimmed(record.cells[*key_]));
    return fmt::format("row {}", index + 1);  // what has always been hashed: no row moves across
  }

  const Rows& rows_;
  const Missing& missing_;
  std::optional<std::size_t> key_, group_;
};

std::vector<bool> by_part(const Rows& rows, const std::string& part) {
  const std::size_t column = find_column(rows, part, "data.part");
  std::vector<bool> test(static_cast<std::size_t>(rows.size()));
  rows.each([&](std::int64_t index, const Record& record) {
    const std::string_view cell = trimmed(record.cells[column]);
    const std::optional<bool> held = is_held_part(cell);
    if (!held)
      fail("{}: the part (column \"{}\") is \"{}\"; train, test, val or validation was expected",
           rows.where(index), rows.columns()[column], cell);
    test[static_cast<std::size_t>(index)] = *held;
  });
  return test;
}

std::vector<bool> by_groups(const Rows& rows, const RowNames& names,
                            const ManifestOptions& options) {
  constexpr std::size_t most_known = 1000;
  std::vector<bool> test(static_cast<std::size_t>(rows.size()));
  std::map<std::string, std::int64_t> counts;
  for (const std::string& wanted : options.test_groups) counts[wanted] = 0;
  std::vector<std::string> known;
  names.each([&](std::int64_t index, const std::string& name) {
    const auto found = counts.find(name);
    if (found == counts.end()) {
      if (known.size() < most_known && !std::ranges::count(known, name)) known.push_back(name);
      return;
    }
    ++found->second;
    test[static_cast<std::size_t>(index)] = true;
  });
  for (const auto& [wanted, count] : counts)
    check(count > 0,
          "{}: data.test_groups names \"{}\", which does not occur in the column \"{}\"; "
          "the nearest is \"{}\"",
          rows.name(), wanted, options.split_by, nearest_name(wanted, known));
  return test;
}

std::vector<bool> by_fraction(const Rows& rows, const RowNames& names, double fraction) {
  std::vector<bool> test(static_cast<std::size_t>(rows.size()));
  names.each([&](std::int64_t index, const std::string& name) {
    test[static_cast<std::size_t>(index)] = is_held_out(name, fraction);
  });
  return test;
}

/// The lowest hashes; rows of one group stay together.
std::vector<bool> by_count(const Rows& rows, const RowNames& names, std::int64_t samples) {
  std::vector<bool> test(static_cast<std::size_t>(rows.size()));
  std::vector<std::pair<std::uint64_t, std::uint32_t>> hashes;
  hashes.reserve(test.size());
  names.each([&](std::int64_t index, const std::string& name) {
    hashes.emplace_back(name_hash(name), static_cast<std::uint32_t>(index));
  });
  std::ranges::sort(hashes);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const bool enough = static_cast<std::int64_t>(i) >= samples;
    if (enough && hashes[i].first != hashes[i - 1].first) break;
    test[hashes[i].second] = true;
  }
  return test;
}

}  // namespace

std::optional<bool> is_held_part(std::string_view name) {
  constexpr std::array<std::string_view, 2> trained = {"train", "training"};
  constexpr std::array<std::string_view, 6> held = {"test",  "testing",    "val",
                                                    "valid", "validation", "dev"};
  const std::string small = files::lower_case(name);
  if (std::ranges::count(trained, small) > 0) return false;
  return std::ranges::count(held, small) > 0 ? std::optional(true) : std::nullopt;
}

std::vector<bool> test_part(const Rows& rows, const ManifestOptions& options,
                            const Missing& missing, std::optional<std::size_t> key,
                            std::optional<std::size_t> group) {
  if (!options.part.empty()) return by_part(rows, options.part);
  check(options.test_groups.empty() || group.has_value(),
        "data.test_groups names groups: data.split_by must name their column");
  const RowNames names(rows, missing, key, group);
  if (!options.test_groups.empty()) return by_groups(rows, names, options);
  if (options.test_samples == 0) return by_fraction(rows, names, options.held_out);
  return by_count(rows, names, options.test_samples);
}

}  // namespace cmc::data
