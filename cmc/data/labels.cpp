#include "cmc/data/labels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include "cmc/data/number.h"
#include "cmc/data/sample.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

constexpr double no_target = std::numeric_limits<double>::quiet_NaN();
/// From so many classes of whole numbers, with fewer samples each, it is said that they may be
/// targets.
constexpr std::size_t many_classes = 20;
constexpr std::int64_t few_samples = 10;

/// A text that stands in the column of the labels.
struct LabelText {
  std::string text;
  /// Its number, where it is one that is finite.
  std::optional<double> value;
  std::int64_t samples = 0;
  /// Its class, or no_label.
  std::int32_t label = 0;
};

bool is_whole(double value) {
  return value == std::floor(value);
}

class LabelReader {
 public:
  LabelReader(const Rows& rows, std::size_t column, const Missing& missing, const Decimal& decimal)
      : rows_(rows), column_(column), missing_(missing), mark_(decimal.mark), told_(decimal.told) {}

  Labels targets() {
    if (!told_) find_mark();
    labels_.targets.reserve(static_cast<std::size_t>(rows_.size()));
    rows_.each([&](std::int64_t index, const Record& record) {
      const std::string_view cell = trimmed(record.cells[column_]);
      const bool none = missing_.number(cell);
      if (none) count_mark(marks_, cell);
      const double value =
          none ? no_target : number(cell, mark_).value_or(std::numeric_limits<double>::infinity());
      if (std::isinf(value))
        fail("{}: the label (column \"{}\"): {}; a finite one (data.label_kind = \"number\")",
             rows_.where(index), rows_.columns()[column_], number_expected(cell, mark_));
      labels_.targets.push_back(value);
    });
    note_marks();
    return std::move(labels_);
  }

  Labels classes_or_targets(bool may_be_targets) {
    collect();
    const std::vector<LabelText*> named = without_marks();
    const bool numbers = !named.empty() && std::ranges::all_of(named, [](const LabelText* each) {
      return each->value.has_value();
    });
    const bool whole = numbers && std::ranges::all_of(named, [](const LabelText* e) {
                         return is_whole(*e->value);
                       });
    if (numbers && !whole && may_be_targets) {
      note(
          "are numbers, {} different ones: the targets of a regression (data.label_kind = "
          "\"classes\" makes each a class)",
          named.size());
      labels_.classes_of_rows = {};
      marks_.clear();
      return targets();
    }
    const bool by_other_mark =
        !named.empty() && !numbers && std::ranges::all_of(named, [&](const LabelText* each) {
          return number(each->text, mark_ == ',' ? '.' : ',').has_value();
        });
    if (by_other_mark && may_be_targets)
      note(
          "have another decimal mark than the file's other numbers, such as \"{}\": each is a "
          "class "
          "(data.label_kind = \"classes\" says that this is right)",
          named.front()->text);
    if (numbers) drop([&](const LabelText& each) { return !each.value.has_value(); });
    note_marks();
    drop_minus_one(numbers && whole);
    number_classes(numbers);
    if (may_be_targets && whole && labels_.classes.size() > many_classes &&
        labelled_ < few_samples * static_cast<std::int64_t>(labels_.classes.size()))
      note(
          "are {} different whole numbers, each a class (data.label_kind = \"number\" makes them "
          "the targets of a regression)",
          labels_.classes.size());
    const std::string doubtful =
        doubtful_note(missing_, labels_.classes,
                      fmt::format("the column of the labels, \"{}\",", rows_.columns()[column_]));
    if (!doubtful.empty()) labels_.notes.push_back(doubtful);
    return std::move(labels_);
  }

 private:
  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    labels_.notes.push_back(fmt::format("the labels (column \"{}\") ", rows_.columns()[column_]) +
                            fmt::format(format, std::forward<Args>(args)...));
  }

  void note_marks() {
    const std::string note = marks_note(
        marks_, fmt::format("the column of the labels, \"{}\",", rows_.columns()[column_]));
    if (!note.empty()) labels_.notes.push_back(note);
  }

  void find_mark() {
    const Decimal own = find_decimal(rows_, std::array{column_}, missing_);
    mark_ = own.mark;
    told_ = true;
    labels_.notes.insert(labels_.notes.end(), own.notes.begin(), own.notes.end());
  }

  /// Gathers the texts, and which one each row has.
  void collect() {
    std::unordered_map<std::string, std::int32_t> places;
    labels_.classes_of_rows.reserve(static_cast<std::size_t>(rows_.size()));
    rows_.each([&](std::int64_t, const Record& record) {
      const std::string_view cell = trimmed(record.cells[column_]);
      if (missing_.text(cell)) {
        count_mark(marks_, cell);
        labels_.classes_of_rows.push_back(static_cast<std::int32_t>(no_label));
        return;
      }
      const auto next = static_cast<std::int32_t>(places.size());
      const auto [place, is_new] = places.try_emplace(std::string(cell), next);
      if (is_new) texts_.push_back({.text = place->first, .value = {}});
      ++texts_[static_cast<std::size_t>(place->second)].samples;
      labels_.classes_of_rows.push_back(place->second);
    });
    const bool commas = !told_ && std::ranges::all_of(texts_, [&](const LabelText& each) {
      return number(each.text, '.') || number(each.text, ',') || missing_.is_doubtful(each.text);
    });
    if (commas) find_mark();
    for (LabelText& each : texts_) {
      each.value = number(each.text, mark_);
      if (each.value && !std::isfinite(*each.value)) each.value.reset();
    }
  }

  /// Those that would be there as numbers, too.
  std::vector<LabelText*> without_marks() {
    std::vector<LabelText*> named;
    for (LabelText& each : texts_)
      if (!missing_.is_doubtful(each.text)) named.push_back(&each);
    return named;
  }

  /// Makes no label of some texts.
  template <class Chosen>
  void drop(const Chosen& chosen) {
    for (LabelText& each : texts_) {
      if (each.label == no_label || !chosen(each)) continue;
      each.label = static_cast<std::int32_t>(no_label);
      note(
          "hold \"{}\" {} times: no label (data.missing, a list of what is missing, without it "
          "makes it a class)",
          each.text, each.samples);
    }
  }

  void drop_minus_one(bool whole_numbers) {
    const auto is_minus_one = [](const LabelText& each) { return each.value == -1.0; };
    if (missing_.is_given() || std::ranges::none_of(texts_, is_minus_one)) return;
    bool others = false, from_zero = true, only_one = true, any_number = false;
    for (const LabelText& each : texts_) {
      if (is_minus_one(each) || each.label == no_label) continue;
      others = true;
      any_number = any_number || each.value.has_value();
      from_zero = from_zero && each.value >= 0.0;
      only_one = only_one && each.value == 1.0;
    }
    if (!others) return;
    if (whole_numbers && only_one) {
      note("are -1 and 1, both classes (data.missing = [\"-1\"] makes -1 no label)");
    } else if ((whole_numbers && from_zero) || !any_number) {
      drop(is_minus_one);
    }
  }

  void number_classes(bool by_value) {
    std::vector<LabelText*> order;
    for (LabelText& each : texts_)
      if (each.label != no_label) order.push_back(&each);
    std::ranges::sort(order, [&](const LabelText* a, const LabelText* b) {
      return by_value && *a->value != *b->value ? *a->value < *b->value : a->text < b->text;
    });
    for (LabelText* each : order) {
      each->label = static_cast<std::int32_t>(labels_.classes.size());
      labels_.classes.push_back(each->text);
      labelled_ += each->samples;
    }
    for (std::int32_t& label : labels_.classes_of_rows)
      if (label != no_label) label = texts_[static_cast<std::size_t>(label)].label;
  }

  const Rows& rows_;
  std::size_t column_;
  const Missing& missing_;
  char mark_;
  bool told_;
  std::vector<LabelText> texts_;
  MissingMarks marks_;
  std::int64_t labelled_ = 0;
  Labels labels_;
};

}  // namespace

std::int64_t Labels::label(std::int64_t row) const {
  return classes_of_rows.empty() ? no_label : classes_of_rows[static_cast<std::size_t>(row)];
}

double Labels::target(std::int64_t row) const {
  return targets.empty() ? no_target : targets[static_cast<std::size_t>(row)];
}

bool Labels::has(std::int64_t row) const {
  return label(row) != no_label || !std::isnan(target(row));
}

Labels read_labels(const Rows& rows, std::size_t column, LabelKind kind, const Missing& missing,
                   const Decimal& decimal) {
  LabelReader reader(rows, column, missing, decimal);
  return kind == LabelKind::number ? reader.targets()
                                   : reader.classes_or_targets(kind == LabelKind::automatic);
}

}  // namespace cmc::data
