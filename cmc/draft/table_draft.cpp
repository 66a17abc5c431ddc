#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cmc/data/tables/test_part.h"
#include "cmc/draft/column_groups.h"
#include "cmc/draft/column_look.h"
#include "cmc/draft/drafts.h"
#include "cmc/draft/roles.h"
#include "cmc/draft/words.h"
#include "cmc/error.h"
#include "cmc/with_commas.h"

namespace cmc::draft {
namespace {

namespace fs = std::filesystem;

std::string list_of(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return toml_text(texts.front());
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + toml_text(text);
  return "[" + list + "]";
}

std::string plural(std::size_t n, const std::string& one, const std::string& many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

/// Names by their look, in words: "alcohol, ash, … (13)".
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 4;
  std::string list;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i)
    list += (i > 0 ? ", " : "") + names[i];
  return names.size() > most ? fmt::format("{}, … ({} in all)", list, names.size()) : list;
}

/// The views of a table of numbers and categories.
class FeatureViews {
 public:
  FeatureViews(const data::Rows& rows, const std::vector<ColumnLook>& looks)
      : rows_(rows), looks_(looks) {}

  /// A view of these columns.
  DraftSection view(const std::string& name, const std::vector<std::size_t>& columns) const {
    DraftSection section{"[[view]]", ""};
    section.add("name", toml_text(name));
    section.add("kind", "\"table\"");
    std::vector<std::size_t> numbers, categories;
    for (const std::size_t column : columns)
      (looks_[column].kind == CellKind::number ? numbers : categories).push_back(column);
    if (!numbers.empty()) section.add("columns", list_of(ranges(numbers)));
    if (!categories.empty()) section.add("categorical", list_of(references(categories)));
    section.add("dropout", "0.2");
    return section;
  }

  std::vector<std::string> names(const std::vector<std::size_t>& columns) const {
    std::vector<std::string> list;
    for (const std::size_t column : columns) list.push_back(rows_.columns()[column]);
    return list;
  }

 private:
  std::vector<std::string> references(const std::vector<std::size_t>& columns) const {
    std::vector<std::string> list;
    for (const std::size_t column : columns) list.push_back(reference(rows_, column));
    return list;
  }

  /// The same with "first..last" for what stands side by side, where there are many.
  std::vector<std::string> ranges(const std::vector<std::size_t>& columns) const {
    constexpr std::size_t few = 6;
    if (columns.size() <= few) return references(columns);
    std::vector<std::string> list;
    for (std::size_t begin = 0; begin < columns.size();) {
      std::size_t end = begin + 1;
      while (end < columns.size() && columns[end] == columns[end - 1] + 1) ++end;
      const std::string first = reference(rows_, columns[begin]);
      list.push_back(end == begin + 1 ? first : first + ".." + reference(rows_, columns[end - 1]));
      begin = end;
    }
    return list;
  }

  const data::Rows& rows_;
  const std::vector<ColumnLook>& looks_;
};

class TableDrafter {
 public:
  TableDrafter(std::string manifest, const DraftOptions& options, const NamePattern* found)
      : manifest_(std::move(manifest)),
        rows_(data::open_rows(manifest_)),
        of_names_(manifest_.find('{') != std::string::npos) {
    check_samples(manifest_, rows_->size());
    looks_ = look_at_columns(*rows_);
    roles_ =
        find_roles(*rows_, looks_,
                   options.label.empty() && found && found->label ? *found->label : options.label);
    if (found != nullptr) take_fields(*found, options);
  }

  Draft draft() {
    draft_.data = manifest_;
    sort_columns();
    add_data();
    add_views();
    say_what_was_found();
    say_what_is_left_out();
    add_training(draft_, kinds_, training_samples_);
    return std::move(draft_);
  }

 private:
  const std::string& name(std::size_t column) const { return rows_->columns()[column]; }
  std::string ref(std::size_t column) const { return toml_text(reference(*rows_, column)); }

  /// What the form of the names tells, in place of what their fields alone do.
  void take_fields(const NamePattern& found, const DraftOptions& options) {
    if (options.label.empty()) {
      if (found.label)
        roles_.label->reason = found.label_reason;
      else
        roles_.label.reset();
    }
    roles_.groups.reset();
    if (found.groups)
      roles_.groups = {data::find_column(*rows_, *found.groups, "the files' names"),
                       found.groups_reason};
  }

  void sort_columns() {
    for (const ColumnLook& look : looks_) {
      if (!roles_.is_free(look.place)) continue;
      if (look.is_path())
        files_.push_back(look.place);
      else if (!of_names_ && (look.kind == CellKind::text || look.is_language()))
        texts_.push_back(look.place);
      else if (!of_names_ && (look.kind == CellKind::number || look.kind == CellKind::category))
        features_.push_back(look.place);
    }
    const auto is_category = [&](std::size_t column) {
      return looks_[column].kind == CellKind::category;
    };
    if (files_.empty() && texts_.empty()) {
      // All that is known of a sample stands in the table.
      roles_.other_labels.clear();
      return;
    }
    for (const std::size_t column : features_)
      if (is_category(column) && roles_.label) {
        categories_.push_back(column);
        std::erase(roles_.other_labels, column);
      } else if (is_category(column)) {
        roles_.left_out.push_back({column, "words beside files, which may as well be labels"});
        if (!std::ranges::count(roles_.other_labels, column)) roles_.other_labels.push_back(column);
      }
    std::erase_if(features_, is_category);
  }

  void add_data() {
    DraftSection section{"[data]", ""};
    section.add("manifest", toml_text(manifest_));
    if (roles_.key) section.add("key", ref(roles_.key->column), roles_.key->reason);
    if (roles_.label)
      section.add("label", ref(roles_.label->column),
                  roles_.label->reason + "; for evaluation alone");
    if (roles_.label_is_number) section.add("label_kind", "\"number\"");
    if (roles_.groups) section.add("split_by", ref(roles_.groups->column), roles_.groups->reason);
    training_samples_ = rows_->size();
    if (roles_.part) {
      section.add("part", ref(roles_.part->column), roles_.part->reason);
      training_samples_ = trained_rows(looks_[roles_.part->column]);
    } else {
      const TestPart part = test_part_of(rows_->size());
      section.add("test_samples", fmt::format("{}", part.samples), part.reason);
      training_samples_ -= part.samples;
    }
    std::int64_t absent = 0, tried = 0;
    for (const std::size_t column : files_) {
      absent += looks_[column].files_absent;
      tried += looks_[column].files_tried;
    }
    if (absent > 0)
      section.add("unreadable", "\"missing\"",
                  fmt::format("of {} files that were tried {} aren't there", tried, absent));
    draft_.sections.push_back(section);
  }

  /// Rows of the training part, by those that were looked at.
  std::int64_t trained_rows(const ColumnLook& look) const {
    std::int64_t held = 0;
    const std::vector<std::int64_t> counts = look.counts_of_texts();
    for (std::size_t t = 0; t < counts.size(); ++t)
      if (data::is_held_part(look.texts[t]).value_or(false)) held += counts[t];
    const double share = static_cast<double>(held) / static_cast<double>(look.rows);
    return rows_->size() - static_cast<std::int64_t>(share * static_cast<double>(rows_->size()));
  }

  void add_views() {
    const FeatureViews features(*rows_, looks_);
    if (files_.empty() && texts_.empty()) {
      add_feature_views(features);
      return;
    }
    const bool alone =
        files_.size() + texts_.size() == 1 && features_.empty() && categories_.empty();
    for (const std::size_t column : files_) add_file_view(column, alone);
    for (const std::size_t column : texts_) add_text_view(column, alone);
    add_features(features, features_, "numbers", "column of numbers", "columns of numbers");
    add_features(features, categories_, "categories", "column of categories",
                 "columns of categories");
  }

  /// A view of columns that stand beside files or texts, by the name of the only one.
  void add_features(const FeatureViews& features, const std::vector<std::size_t>& columns,
                    const std::string& several, const char* one, const char* many) {
    if (columns.empty()) return;
    kinds_.tables = true;
    DraftSection section = features.view(
        taken_name(columns.size() == 1 ? view_name(name(columns.front())) : several), columns);
    section.reason = plural(columns.size(), one, many) + ", one view";
    draft_.sections.push_back(section);
  }

  void add_text_view(std::size_t column, bool alone) {
    const double words = looks_[column].mean_words;
    kinds_.texts = true;
    if (alone) {
      kinds_.alike = true;
      push(text_view("one", words, "", true), column, "each text with words left out …");
      push(text_view("other", words, "", true), column, "… and with others left out");
      return;
    }
    const std::string view = taken_name(view_name(name(column)));
    push(text_view(view, words, read_by_, false), column, "a column of texts, one view");
    if (read_by_.empty()) read_by_ = view;
  }

  void add_feature_views(const FeatureViews& features) {
    check(features_.size() >= 2, "{}", too_little());
    kinds_.tables = true;
    std::vector<std::string> names = features.names(features_);
    if (const auto groups = group_by_name(names)) {
      for (const ColumnGroup& group : *groups) {
        std::vector<std::size_t> columns;
        for (const std::size_t member : group.members) columns.push_back(features_[member]);
        DraftSection section = features.view(taken_name(view_name(group.name)), columns);
        section.reason = group.name == "rest"
                             ? "the other columns"
                             : fmt::format("{} whose names begin or end with \"{}\"",
                                           plural(columns.size(), "column", "columns"), group.name);
        draft_.sections.push_back(section);
      }
      return;
    }
    const auto middle = features_.begin() + static_cast<std::ptrdiff_t>((features_.size() + 1) / 2);
    const std::vector<std::size_t> halves[] = {{features_.begin(), middle},
                                               {middle, features_.end()}};
    const char* const half_names[] = {"first", "second"};
    for (std::size_t h = 0; h < 2; ++h) {
      DraftSection section = features.view(half_names[h], halves[h]);
      section.reason = fmt::format("the {} half of the columns, since their names form no groups",
                                   half_names[h]);
      draft_.sections.push_back(section);
    }
  }

  std::string too_little() const {
    std::vector<std::string> usable, others;
    for (const std::size_t column : features_) usable.push_back("\"" + name(column) + "\"");
    for (const Role& role : roles_.left_out)
      others.push_back(fmt::format("\"{}\" ({})", name(role.column), role.reason));
    if (roles_.label)
      others.push_back(
          fmt::format("\"{}\" (the label, {})", name(roles_.label->column), roles_.label->reason));
    if (roles_.groups)
      others.push_back(fmt::format("\"{}\" (groups)", name(roles_.groups->column)));
    if (roles_.key) others.push_back(fmt::format("\"{}\" (the key)", name(roles_.key->column)));
    return fmt::format(
        "{}: of its {} {} can be learned from{}{}; two views need two columns of numbers, "
        "categories or texts, or one with paths of pictures, sounds, series or arrays{}",
        manifest_, plural(looks_.size(), "column", "columns"),
        usable.empty() ? "none" : "only " + some_of(usable), others.empty() ? "" : "; not ",
        some_of(others), of_names_ ? ": files with endings such as .jpg, .wav or .npy" : "");
  }

  std::string cell(std::int64_t row, std::size_t column) const {
    thread_local data::Record record;
    rows_->read(row, record);
    return std::string(data::trimmed(record.cells[column]));
  }

  /// The files of a column's first most_rows rows.
  std::vector<fs::path> files_of(std::size_t column) const {
    std::vector<fs::path> files;
    for (std::int64_t row = 0; row < std::min(rows_->size(), most_rows); ++row) {
      const std::string path = cell(row, column);
      if (!path.empty()) files.push_back(rows_->folder() / path);
    }
    return files;
  }

  void add_file_view(std::size_t column, bool alone) {
    const ColumnLook& look = looks_[column];
    check(look.files_absent < look.files_tried,
          "{}: the column \"{}\" holds paths, but {} isn't there, nor is any other of {} that were "
          "tried; they are taken from {}",
          manifest_, look.name, look.absent_file, look.files_tried,
          rows_->folder().empty() ? "the current folder" : rows_->folder().string());
    const std::vector<fs::path> files = files_of(column);
    const bool may_have_bands = look.kind == CellKind::picture || look.kind == CellKind::array;
    const std::optional<BandsLook> bands = may_have_bands ? look_at_bands(files) : std::nullopt;
    if (bands) looks_[column].kind = CellKind::bands;
    const std::string view = taken_name(of_names_ ? kind_name(look.kind) : view_name(look.name));
    if (bands) {
      kinds_.picture_side = std::max(kinds_.picture_side, bands->side());
      push(
          bands_view(alone ? "one" : view, *bands, alone ? 1 : 0), column,
          alone ? "the first half of the bands …" : "a column of pictures of many bands, one view");
      if (alone) push(bands_view("other", *bands, 2), column, "… and the second half");
    } else if (look.kind == CellKind::picture) {
      const PictureLook pictures = look_at_pictures(
          static_cast<std::int64_t>(files.size()),
          [&](std::int64_t i) { return read_picture(files[static_cast<std::size_t>(i)]); });
      kinds_.picture_side = std::max(kinds_.picture_side, pictures.side());
      kinds_.alike = kinds_.alike || (alone && !pictures.colored);
      push(picture_view(view, pictures, alone), column,
           alone ? "" : "a column of pictures, one view");
    } else if (look.kind == CellKind::sound) {
      const SoundLook sounds = look_at_sounds(files);
      kinds_.sounds = true;
      kinds_.alike = alone;
      push(sound_view(alone ? "one" : view, sounds, alone), column,
           alone ? "a stretch of each sound, changed at random …" : "a column of sounds, one view");
      if (alone) push(sound_view("other", sounds, alone), column, "… and another stretch of it");
    } else if (const std::optional<SeriesLook> series = look_at_series(files)) {
      kinds_.series = true;
      kinds_.alike = alone;
      push(series_view(alone ? "one" : view, *series, alone), column,
           alone ? "a window of each series, changed at random …" : "a column of series, one view");
      if (alone) push(series_view("other", *series, alone), column, "… and another window of it");
    } else {
      check(look.kind != CellKind::series,
            "{}: the column \"{}\" holds paths of CSV files that are not time series with one "
            "header, channels by name and a line a time step, such as {}",
            manifest_, look.name, files.front().string());
      kinds_.arrays = true;
      kinds_.alike = alone;
      push(array_view(alone ? "one" : view, alone, false), column,
           alone ? "each array with numbers left out at random …" : "a column of arrays, one view");
      if (alone) push(array_view("other", alone, false), column, "… and with others left out");
    }
  }

  static std::string kind_name(CellKind kind) {
    if (kind == CellKind::picture || kind == CellKind::bands) return "picture";
    if (kind == CellKind::series) return "series";
    return kind == CellKind::sound ? "sound" : "array";
  }

  void push(DraftSection section, std::size_t column, const std::string& reason) {
    section.reason = reason;
    section.keys.insert(section.keys.begin() + 2, DraftKey{"column", ref(column)});
    draft_.sections.push_back(std::move(section));
  }

  /// A name that no view has yet.
  std::string taken_name(const std::string& wanted) {
    std::string name = wanted;
    for (int number = 2; !names_.insert(name).second; ++number)
      name = fmt::format("{}-{}", wanted, number);
    return name;
  }

  void say_what_was_found() {
    std::map<CellKind, std::size_t> counts;
    for (const std::size_t column : files_) ++counts[looks_[column].kind];
    counts[CellKind::text] = texts_.size();
    for (const auto& columns : {features_, categories_})
      for (const std::size_t column : columns) ++counts[looks_[column].kind];
    const struct {
      CellKind kind;
      const char *one, *many;
    } kinds[] = {
        {CellKind::picture, "column of pictures", "columns of pictures"},
        {CellKind::bands, "column of pictures of many bands", "columns of pictures of many bands"},
        {CellKind::sound, "column of sounds", "columns of sounds"},
        {CellKind::series, "column of series", "columns of series"},
        {CellKind::text, "column of texts", "columns of texts"},
        {CellKind::array, "column of arrays", "columns of arrays"},
        {CellKind::number, "column of numbers", "columns of numbers"},
        {CellKind::category, "column of categories", "columns of categories"}};
    std::string text;
    for (const auto& each : kinds)
      if (const std::size_t n = counts[each.kind]; n > 0)
        text += (text.empty() ? "" : ", ") + plural(n, each.one, each.many);
    draft_.found = fmt::format("{} samples: {}", with_commas(rows_->size()), text);
    if (of_names_ && files_.size() == 1)
      draft_.found =
          fmt::format("{} {}{}", with_commas(rows_->size()), kind_name(looks_[files_.front()].kind),
                      looks_[files_.front()].kind == CellKind::series ? "" : "s");
    if (rows_->size() > most_rows)
      draft_.notes.push_back(
          fmt::format("The first {} rows were looked at.", with_commas(most_rows)));
    for (const std::string& note : rows_->notes()) draft_.notes.push_back(note);
    if (!roles_.label)
      draft_.notes.push_back(
          "No column looks like a label: training needs none, and cmc evaluate judges retrieval "
          "alone; --label COLUMN names one.");
  }

  void say_what_is_left_out() {
    std::map<std::string, std::vector<std::string>> by_reason;
    for (const Role& role : roles_.left_out)
      if (!of_names_) by_reason[role.reason].push_back("\"" + name(role.column) + "\"");
    for (const auto& [reason, columns] : by_reason)
      draft_.notes.push_back(
          fmt::format("Left out of the views: {}: {}.", some_of(columns), reason));
    std::vector<std::string> others;
    for (const std::size_t column : roles_.other_labels) others.push_back(name(column));
    if (!others.empty() && roles_.label)
      draft_.notes.push_back(
          fmt::format("Other columns may be the label, too: {} (cmc evaluate RUN --label {}).",
                      some_of(others), others.front()));
  }

  std::string manifest_;
  std::shared_ptr<const data::Rows> rows_;
  bool of_names_;
  std::vector<ColumnLook> looks_;
  Roles roles_;
  std::vector<std::size_t> files_, texts_, features_, categories_;
  std::string read_by_;  // the view whose encoder reads all texts
  std::int64_t training_samples_ = 0;
  std::set<std::string> names_;
  ViewKinds kinds_;
  Draft draft_;
};

}  // namespace

Draft draft_table(const std::string& manifest, const DraftOptions& options,
                  const NamePattern* found) {
  return TableDrafter(manifest, options, found).draft();
}

Draft draft_tables(const fs::path& folder, const std::vector<std::string>& names,
                   const DraftOptions& options) {
  std::vector<std::shared_ptr<const data::Rows>> tables;
  for (const std::string& name : names) {
    tables.push_back(data::open_rows((folder / name).string()));
    check(
        tables.back()->size() == tables.front()->size(),
        "{}: holds {} tables, of which {} has {} rows and {} has {}: their rows can't be the same "
        "samples; name one of them: cmc init {}",
        folder.string(), names.size(), names.front(), tables.front()->size(), name,
        tables.back()->size(), (folder / names.front()).string());
  }
  const data::Rows& manifest = *tables.front();
  check_samples(manifest.name(), manifest.size());
  const std::vector<ColumnLook> looks = look_at_columns(manifest);
  const Roles roles = find_roles(manifest, looks, options.label);

  Draft draft{.data = folder.string(),
              .found = fmt::format("{} samples in {} tables, row by row the same",
                                   with_commas(manifest.size()), names.size())};
  draft.notes.push_back(
      "That row i of each table is the same sample is a guess: they have as many.");
  DraftSection data{"[data]", ""};
  data.add("manifest", toml_text(manifest.name()));
  if (roles.key && !roles.key_is_file)
    data.add("key", toml_text(reference(manifest, roles.key->column)), roles.key->reason);
  if (roles.label)
    data.add("label", toml_text(reference(manifest, roles.label->column)),
             roles.label->reason + "; for evaluation alone");
  const TestPart part = test_part_of(manifest.size());
  data.add("test_samples", fmt::format("{}", part.samples), part.reason);
  draft.sections.push_back(data);
  for (std::size_t t = 0; t < tables.size(); ++t) {
    const data::Rows& rows = *tables[t];
    const std::vector<ColumnLook> own = look_at_columns(rows);
    const Roles own_roles = t == 0 ? roles : find_roles(rows, own, "");
    std::vector<std::size_t> columns;
    for (const ColumnLook& look : own) {
      // What one table calls its label another may call otherwise.
      const bool is_label = (roles.label && says_the_same(look, looks[roles.label->column])) ||
                            (t == 0 && roles.label && look.place == roles.label->column);
      const bool usable = look.kind == CellKind::number || look.kind == CellKind::category;
      const bool left = std::ranges::count(own_roles.left_out, look.place, &Role::column) > 0 ||
                        (own_roles.key && own_roles.key->column == look.place);
      if (usable && !is_label && !left) columns.push_back(look.place);
    }
    check(!columns.empty(), "{}: no column of numbers or categories to learn from", rows.name());
    DraftSection view =
        FeatureViews(rows, own).view(view_name(fs::path(names[t]).stem().string()), columns);
    view.reason = fmt::format("{} of {}", plural(columns.size(), "column", "columns"), names[t]);
    if (t > 0)
      view.keys.insert(
          view.keys.begin() + 2,
          DraftKey{"table", toml_text(fs::path(names[t])
                                          .lexically_relative(fs::path(names[0]).parent_path())
                                          .string())});
    draft.sections.push_back(view);
  }
  add_training(draft, {.tables = true}, manifest.size() - part.samples);
  return draft;
}

}  // namespace cmc::draft
