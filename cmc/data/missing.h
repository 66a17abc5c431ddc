#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cmc::data {

/// Which cells, without the blanks around them, hold no value. An empty one never does. Else:
///
/// - as numbers, none of what programs write in place of one: "NaN", "-nan", "NA", "N/A", "null",
///   "None", "NaT" (in any case), "?", "-", "--", ".", "\N", and a spreadsheet's errors ("#N/A",
///   "#DIV/0!");
/// - as texts (categories, paths, labels, keys, groups), "NaN", "nan", "NaT", "<NA>" and a
///   spreadsheet's errors. "NA" or "None" are texts that a person may mean.
///
/// Where marks are given, just these, for both.
class Missing {
 public:
  explicit Missing(std::vector<std::string> given = {}) : given_(std::move(given)) {}

  bool number(std::string_view cell) const;
  bool text(std::string_view cell) const;

  /// Whether a text is kept that would be missing as a number: a person should know. Never where
  /// marks are given.
  bool is_doubtful(std::string_view text) const;
  bool is_given() const { return !given_.empty(); }

 private:
  std::vector<std::string> given_;
};

/// How often each mark, but an empty cell, stood for no value.
using MissingMarks = std::map<std::string, std::int64_t, std::less<>>;

/// Counts a cell that is missing.
void count_mark(MissingMarks& marks, std::string_view cell);

/// A line about them: `what` holds "?" 3 times, "NA" 10 times: no value. Empty where there are
/// none.
std::string marks_note(const MissingMarks& marks, const std::string& what);

/// A line about the doubtful ones among the texts of a column, which `what` names; empty where
/// there are none.
std::string doubtful_note(const Missing& missing, const std::vector<std::string>& texts,
                          const std::string& what);

}  // namespace cmc::data
