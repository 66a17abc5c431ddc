#include "cmc/draft/roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "cmc/data/tables/test_part.h"
#include "cmc/draft/words.h"

namespace cmc::draft {
namespace {

constexpr std::array<std::string_view, 18> label_words = {
    "label",   "labels",   "target", "targets", "class", "classes", "y",    "diagnosis", "species",
    "outcome", "category", "type",   "quality", "genre", "digit",   "kind", "emotion",   "income"};
constexpr std::array<std::string_view, 8> exact_labels = {"label", "labels",  "target", "targets",
                                                          "class", "classes", "y",      "outcome"};
constexpr std::array<std::string_view, 24> group_words = {
    "patient", "subject", "speaker", "person",  "user",   "participant", "session",   "scene",
    "walk",    "group",   "site",    "house",   "room",   "family",      "animal",    "document",
    "author",  "video",   "actor",   "student", "client", "customer",    "recording", "experiment"};
constexpr std::array<std::string_view, 8> key_words = {"id",   "key",  "name",   "index",
                                                       "uuid", "code", "sample", "filename"};

/// Whether nothing but these words is in a name.
template <std::size_t N>
bool is_called(const std::string& name, const std::array<std::string_view, N>& wanted) {
  const std::vector<std::string> all = words(name);
  return all.size() == 1 && std::ranges::find(wanted, all.front()) != wanted.end();
}

class RoleFinder {
 public:
  RoleFinder(const data::Rows& rows, const std::vector<ColumnLook>& looks, const std::string& label)
      : rows_(rows), looks_(looks), asked_(label) {}

  Roles find() {
    takes_texts_ = has_texts_to_read();
    leave_out_what_tells_nothing();
    find_part();
    if (asked_.empty())
      find_label();
    else
      roles_.label = {data::find_column(rows_, asked_, "--label"), "as asked by --label"};
    find_groups();
    find_key();
    if (roles_.label) {
      settle_label();
      leave_out_other_spellings();
    }
    for (const ColumnLook& look : looks_)
      if (roles_.is_free(look.place) && look.kind == CellKind::text && !is_read(look))
        leave_out(look, "texts that differ from row to row: neither numbers nor categories");
    return std::move(roles_);
  }

 private:
  /// Whether texts become views: where they stand beside files or each other, or are sentences. The
  /// names of a table of numbers are but names.
  bool has_texts_to_read() const {
    std::size_t texts = 0;
    bool files = false, sentences = false;
    for (const ColumnLook& look : looks_) {
      files = files || look.is_path();
      texts += look.is_language() ? 1 : 0;
      sentences = sentences || (look.is_language() && look.mean_words >= 3);
    }
    return texts >= 2 || (texts == 1 && (files || sentences));
  }

  /// Whether a view reads the texts of a column.
  bool is_read(const ColumnLook& look) const { return takes_texts_ && look.is_language(); }

  void leave_out(const ColumnLook& look, std::string why) {
    roles_.left_out.push_back({look.place, std::move(why)});
  }

  void leave_out_what_tells_nothing() {
    for (const ColumnLook& look : looks_) {
      if (look.kind == CellKind::empty)
        leave_out(look, "no row has a value");
      else if (look.distinct == 1 && !look.is_path())
        leave_out(look, "the same value in every row");
      else if (look.counts && !is_called(look.name, key_words))
        leave_out(look, "row numbers");
    }
  }

  void find_part() {
    for (const ColumnLook& look : looks_) {
      if (!roles_.is_free(look.place) || look.texts.size() < 2 || look.texts.size() > 4) continue;
      bool any_held = false, any_trained = false, all = true;
      for (const std::string& text : look.texts) {
        const std::optional<bool> held = data::is_held_part(text);
        all = all && held.has_value();
        any_held = any_held || held == true;
        any_trained = any_trained || held == false;
      }
      if (!all || !any_held || !any_trained) continue;
      roles_.part = {look.place, "its cells are names of parts"};
      return;
    }
  }

  bool may_be_label(const ColumnLook& look) const {
    return roles_.is_free(look.place) && !says(look.name, group_words) && look.may_be_classes();
  }

  /// Whole numbers from 0 or 1 on, all about as frequent: classes, where measurements would pile up
  /// somewhere.
  static bool are_balanced(const ColumnLook& look) {
    const std::vector<std::int64_t> counts = look.counts_of_texts();
    return 2 * look.distinct * std::ranges::min(counts) >= look.present;
  }

  void find_label() {
    for (const ColumnLook& look : looks_)
      if (roles_.is_free(look.place) && is_called(look.name, exact_labels) &&
          (look.kind == CellKind::number || look.may_be_classes()) && look.distinct > 1) {
        roles_.label = {look.place, "by its name"};
        return;
      }
    std::vector<const ColumnLook*> candidates;
    for (const ColumnLook& look : looks_)
      if (may_be_label(look)) candidates.push_back(&look);
    for (const ColumnLook* each : candidates)
      if (says(each->name, label_words)) {
        take_label(*each, "by its name");
        return;
      }
    find_label_by_place(candidates);
  }

  void take_label(const ColumnLook& look, const std::string& why) {
    roles_.label = {look.place, fmt::format("{}, and of {} values only", why, look.distinct)};
  }

  void find_label_by_place(const std::vector<const ColumnLook*>& candidates) {
    if (candidates.empty()) return;
    const auto texts = [](const ColumnLook* each) { return each->kind == CellKind::category; };
    const ColumnLook& last = *candidates.back();
    const bool at_end = last.place + 1 == looks_.size();
    const auto others_like_it =
        static_cast<std::size_t>(std::ranges::count_if(looks_, [](const ColumnLook& look) {
          return look.kind == CellKind::number && look.may_be_classes();
        }));
    if (at_end && texts(&last)) {
      // Of several columns of words at the end, the first: what comes behind tells more of it.
      std::size_t first = candidates.size() - 1;
      while (first > 0 && texts(candidates[first - 1]) &&
             candidates[first - 1]->place + 1 == candidates[first]->place)
        --first;
      if (has_other_content(*candidates[first])) {
        take_label(*candidates[first], first + 1 == candidates.size()
                                           ? "the last column, texts"
                                           : "the first of the last columns, which are texts");
        return;
      }
      take_label(last, "the last column, texts");
      return;
    }
    if (at_end && (4 * others_like_it < looks_.size() || are_balanced(last))) {
      take_label(last, "the last column, whole numbers");
      return;
    }
    if (candidates.front()->place == 0 && texts(candidates.front())) {
      take_label(*candidates.front(), "the first column, texts");
      return;
    }
    if (std::ranges::count_if(candidates, texts) == 1)
      take_label(**std::ranges::find_if(candidates, texts), "the one column of few words");
    else if (candidates.front()->place == 0 && others_like_it == 1)
      take_label(*candidates.front(), "the first column, whole numbers");
  }

  /// Whether numbers or files stand before a column: else all columns are words, and features too.
  bool has_other_content(const ColumnLook& label) const {
    return std::ranges::any_of(looks_, [&](const ColumnLook& look) {
      return look.place < label.place && roles_.is_free(look.place) &&
             (look.kind == CellKind::number || look.is_path());
    });
  }

  void find_groups() {
    for (const ColumnLook& look : looks_) {
      if (!roles_.is_free(look.place) || !says(look.name, group_words) || look.is_path()) continue;
      if (look.kind == CellKind::number && !look.whole) continue;
      const bool repeats = look.distinct > 1 && 2 * look.distinct <= look.present;
      if (!repeats) continue;
      roles_.groups = {look.place, "by its name, and each value stands in several rows"};
      return;
    }
  }

  void find_key() {
    for (const ColumnLook& look : looks_) {
      const bool names =
          look.kind == CellKind::text || (look.whole && look.kind == CellKind::number);
      if (!roles_.is_free(look.place) || !names || !look.all_differ || is_read(look)) continue;
      if (!says(look.name, key_words) && look.kind != CellKind::text) continue;
      roles_.key = {look.place, "a value of its own in every row"};
      return;
    }
    for (const ColumnLook& look : looks_)
      if (roles_.is_free(look.place) && look.is_path() && look.all_differ) {
        roles_.key = {look.place, "a file of its own in every row"};
        roles_.key_is_file = true;
        return;
      }
  }

  void settle_label() {
    const ColumnLook& label = looks_[roles_.label->column];
    roles_.label_is_number = label.kind == CellKind::number && label.whole && label.distinct > 20 &&
                             label.present < 10 * label.distinct;
    if (roles_.label_is_number)
      roles_.label->reason += fmt::format("; of {} whole numbers, so a number to predict",
                                          label.all_differ ? label.present : label.distinct);
    for (const ColumnLook& look : looks_)
      if (may_be_label(look) && look.kind == CellKind::category &&
          look.place != roles_.label->column)
        roles_.other_labels.push_back(look.place);
  }

  void leave_out_other_spellings() {
    const ColumnLook& label = looks_[roles_.label->column];
    for (const ColumnLook& look : looks_) {
      if (!roles_.is_free(look.place) || !says_the_same(look, label)) continue;
      leave_out(look, fmt::format("the label in other words (\"{}\")", label.name));
      std::erase(roles_.other_labels, look.place);
    }
  }

  const data::Rows& rows_;
  const std::vector<ColumnLook>& looks_;
  const std::string& asked_;
  bool takes_texts_ = false;
  Roles roles_;
};

}  // namespace

bool Roles::is_free(std::size_t column) const {
  const auto is = [&](const std::optional<Role>& role) { return role && role->column == column; };
  return !is(label) && !is(part) && !is(groups) && (key_is_file || !is(key)) &&
         std::ranges::find(left_out, column, &Role::column) == left_out.end();
}

bool says_the_same(const ColumnLook& column, const ColumnLook& other) {
  if (other.texts.empty() || column.texts.size() != other.texts.size() ||
      column.codes.size() != other.codes.size())
    return false;
  std::set<std::pair<std::int32_t, std::int32_t>> pairs;
  for (std::size_t row = 0; row < column.codes.size(); ++row)
    if (column.codes[row] >= 0 && other.codes[row] >= 0)
      pairs.emplace(column.codes[row], other.codes[row]);
  return pairs.size() == other.texts.size();
}

Roles find_roles(const data::Rows& rows, const std::vector<ColumnLook>& looks,
                 const std::string& label) {
  return RoleFinder(rows, looks, label).find();
}

}  // namespace cmc::draft
