#include "cmc/data/tables/manifest.h"

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/data/labels.h"
#include "cmc/data/missing.h"
#include "cmc/data/subset.h"
#include "cmc/data/tables/key_index.h"
#include "cmc/data/tables/label_leak.h"
#include "cmc/data/tables/named_samples.h"
#include "cmc/data/tables/rows.h"
#include "cmc/data/tables/source_tables.h"
#include "cmc/data/tables/source_values.h"
#include "cmc/data/tables/table.h"
#include "cmc/data/tables/table_join.h"
#include "cmc/data/tables/test_part.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

class Manifest : public Dataset {
 public:
  explicit Manifest(const ManifestOptions& options)
      : options_(options),
        missing_(options.missing),
        rows_(open_rows(options.manifest, {options.separator, options.decimal})) {
    constexpr std::int64_t most_rows = std::numeric_limits<std::uint32_t>::max();
    check(!options_.sources.empty(),
          "{}: the recipe has no [[view]] that says what to read from it", rows_->name());
    check(rows_->size() > 0, "{}: holds no row", rows_->name());
    check(rows_->size() < most_rows, "{}: {} rows; up to {} can be read", rows_->name(),
          rows_->size(), most_rows);
    add_notes(rows_->notes());
    key_ = column(options_.key, "data.key");
    if (key_) const KeyIndex refuses_equal_keys(rows_, *key_, missing_);
    group_ = column(options_.split_by, "data.split_by");
    label_ = column(options_.label, "data.label");
    SourceTables tables(rows_, options_, missing_, label_);
    if (label_) {
      labels_ = read_labels(*rows_, *label_, options_.label_kind, missing_,
                            tables.open("", notes_).decimal);
      add_notes(labels_.notes);
    }
    read_duplicates();
    is_test_ = test_part(*rows_, options_, missing_, key_, group_);
    for (const SourceOptions& source : options_.sources) {
      if (descriptor(source.kind).reader == nullptr)
        add_table(source, tables);
      else
        add_files(source);
    }
    count_missing();
  }

  std::int64_t size() const override { return rows_->size(); }

  Sample get(std::int64_t index) const override {
    Sample sample{.index = index, .label = label(index), .values = {}};
    thread_local Record record;
    if (needs_records()) rows_->read(index, record);
    for (std::size_t s = 0; s < values_.size(); ++s)
      sample.values.push_back(read(index, s, record, {}).value);
    return sample;
  }

  Excerpt excerpt(std::int64_t index, std::size_t source, const ChoosePart& choose) const override {
    thread_local Record record;
    if (values_[source]->needs_record()) rows_->read(index, record);
    return read(index, source, record, choose);
  }

  std::int64_t label(std::int64_t index) const override { return labels_.label(index); }
  bool has_targets() const override { return !labels_.targets.empty(); }
  double target(std::int64_t index) const override { return labels_.target(index); }
  const std::vector<std::string>& classes() const override { return labels_.classes; }
  const std::vector<Source>& sources() const override { return sources_; }

  std::string name(std::int64_t index) const override {
    if (!key_) return fmt::format("row {}", index);
    Record record;
    rows_->read(index, record);
    return std::string(trimmed(record.cells[*key_]));
  }
  std::string group(std::int64_t index) const override {
    if (!group_) return name(index);
    Record record;
    rows_->read(index, record);
    const std::string_view group = trimmed(record.cells[*group_]);
    return missing_.text(group) ? name(index) : std::string(group);
  }

  bool has(std::int64_t index, std::size_t source) const override {
    thread_local Record record;
    if (values_[source]->needs_record()) rows_->read(index, record);
    return !values_[source]->lacks(index, record);
  }
  std::vector<std::int64_t> duplicates() const override { return duplicates_; }
  std::vector<std::int64_t> column_groups(const std::string& name,
                                          const std::string& what) const override {
    const std::size_t place = find_column(*rows_, name, what);
    std::unordered_map<std::string, std::int64_t> groups;
    std::vector<std::int64_t> own;
    own.reserve(static_cast<std::size_t>(size()));
    rows_->each([&](std::int64_t, const Record& record) {
      const std::string_view cell = trimmed(record.cells[place]);
      const auto next = static_cast<std::int64_t>(groups.size());
      own.push_back(
          missing_.text(cell) ? -1 : groups.try_emplace(std::string(cell), next).first->second);
    });
    return own;
  }

  std::vector<std::vector<std::int64_t>> column_samples(const std::string& name,
                                                        const std::string& what) const override {
    return named_samples(*rows_, find_column(*rows_, name, what), key_, missing_, what);
  }

  std::vector<UnreadableSample> unreadable() const override {
    const std::lock_guard lock(mutex_);
    std::vector<UnreadableSample> list;
    for (const auto& [place, sample] : unreadable_) list.push_back(sample);
    return list;
  }

  bool is_test(std::int64_t index) const { return is_test_[static_cast<std::size_t>(index)]; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void add_notes(const std::vector<std::string>& notes) {
    notes_.insert(notes_.end(), notes.begin(), notes.end());
  }

  /// The place of a column that an option names; nothing where the option is empty.
  std::optional<std::size_t> column(const std::string& name, const std::string& option) const {
    return name.empty() ? std::nullopt : std::optional(find_column(*rows_, name, option));
  }

  bool needs_records() const {
    return std::ranges::any_of(values_, [](const auto& each) { return each->needs_record(); });
  }

  void read_duplicates() {
    const std::optional<std::size_t> marks = column(options_.duplicates, "data.duplicates");
    if (!marks) return;
    duplicates_.reserve(static_cast<std::size_t>(size()));
    rows_->each([&](std::int64_t index, const Record& record) {
      const std::string_view cell = trimmed(record.cells[*marks]);
      duplicates_.push_back(missing_.text(cell) ? index
                                                : static_cast<std::int64_t>(name_hash(cell)));
    });
  }

  TableJoin join(const std::shared_ptr<const Rows>& table, const SourceOptions& options) const {
    if (table == rows_) return {};
    if (options.table_key.empty()) {
      check(size() == table->size(),
            "{} has {} rows and {} has {}: rows that are matched by their number are as many; "
            "table_key (view \"{}\") and data.key match them by a key",
            table->name(), table->size(), rows_->name(), size(), options.name);
      return {};
    }
    check(key_.has_value(),
          "view \"{}\" joins {} by table_key = \"{}\": data.key must name the manifest's column",
          options.name, table->name(), options.table_key);
    const std::size_t table_key =
        find_column(*table, options.table_key, fmt::format("view \"{}\"", options.name));
    return join_by_key(*rows_, *key_, table, table_key, missing_);
  }

  void add_table(const SourceOptions& options, SourceTables& tables) {
    const SourceTables::File& file = tables.open(options.table, notes_);
    TableJoin joined = join(file.rows, options);
    std::vector<bool> training(static_cast<std::size_t>(file.rows->size()));
    for (std::int64_t i = 0; i < size(); ++i)
      if (const std::optional<std::int64_t> row = joined.row(i))
        training[static_cast<std::size_t>(*row)] = !is_test(i);
    const auto table = std::make_shared<const Table>(
        file.rows, options,
        [&](std::int64_t row) { return training[static_cast<std::size_t>(row)]; }, missing_,
        file.decimal.mark);
    Source source = descriptor(options.kind).declare(options);
    source.columns = table->columns();
    source.shape = {static_cast<std::int64_t>(source.columns.size()), 1, 1};
    const std::string view = fmt::format("view \"{}\"", options.name);
    for (const TableColumn& each : source.columns) {
      const std::string note = doubtful_note(missing_, each.categories,
                                             fmt::format("column \"{}\" of {}", each.name, view));
      if (!note.empty()) notes_.push_back(note);
    }
    add_notes(table->notes());
    if (label_) {
      std::vector<std::size_t> columns = find_columns(*file.rows, options.columns, view);
      const auto texts = find_columns(*file.rows, options.categorical, view);
      columns.insert(columns.end(), texts.begin(), texts.end());
      for (const std::size_t leak :
           leaking_columns(*rows_, *label_, labels_, *file.rows, joined, std::move(columns)))
        notes_.push_back(
            fmt::format("column \"{}\" of {} repeats the labels: they leak into what is learned",
                        file.rows->columns()[leak], view));
    }
    values_.push_back(column_values(table, std::move(joined)));
    sources_.push_back(std::move(source));
  }

  void add_files(const SourceOptions& options) {
    const KindDescriptor& kind = descriptor(options.kind);
    std::unique_ptr<const SourceValues> values = file_values(rows_, options, missing_);
    SourceOptions settled = options;
    const std::vector<std::filesystem::path> files =
        kind.settle != nullptr ? first_files(*values) : std::vector<std::filesystem::path>();
    if (!files.empty()) {
      settled = kind.settle(options, files, notes_);
      values = file_values(rows_, settled, missing_);
    }
    values_.push_back(std::move(values));
    sources_.push_back(kind.declare(settled));
  }

  /// The files of the first samples that have one.
  std::vector<std::filesystem::path> first_files(const SourceValues& values) const {
    constexpr std::size_t enough = 64;
    std::vector<std::filesystem::path> files;
    Record record;
    for (std::int64_t i = 0; i < size() && files.size() < enough; ++i) {
      rows_->read(i, record);
      if (!values.lacks(i, record)) files.push_back(rows_->folder() / values.path(record));
    }
    return files;
  }

  /// Counts the samples that lack each source, and reads the first value of each whose shape it
  /// tells.
  void count_missing() {
    std::vector<std::int64_t> missing(values_.size(), 0), first(values_.size(), size());
    const auto count = [&](std::size_t s, std::int64_t index, const Record& record) {
      if (values_[s]->lacks(index, record)) {
        ++missing[s];
        return;
      }
      first[s] = std::min(first[s], index);
      values_[s]->check_row(index, record);
    };
    if (needs_records())
      rows_->each([&](std::int64_t index, const Record& record) {
        for (std::size_t s = 0; s < values_.size(); ++s)
          if (values_[s]->needs_record()) count(s, index, record);
      });
    const Record none;
    for (std::size_t s = 0; s < values_.size(); ++s) {
      if (!values_[s]->needs_record())
        for (std::int64_t i = 0; i < size(); ++i) count(s, i, none);
      std::string hint = values_[s]->hint();
      if (!hint.empty()) hint = " (" + hint + ")";
      check(missing[s] < size(), "{}: view \"{}\" has no sample: it is missing from every row{}",
            rows_->name(), sources_[s].name, hint);
      if (missing[s] > 0)
        notes_.push_back(fmt::format("view \"{}\" is missing from {} of {} samples{}",
                                     sources_[s].name, missing[s], size(), hint));
      if (descriptor(sources_[s].kind).shape_of != nullptr)
        sources_[s].shape = first_shape(s, first[s]);
    }
  }

  /// The shape of the first value that can be read, from sample `index` on.
  SourceShape first_shape(std::size_t s, std::int64_t index) const {
    for (; index < size(); ++index)
      if (const cv::Mat first = value(index, s); !first.empty())
        return descriptor(sources_[s].kind).shape_of(first);
    const auto unread =
        std::ranges::find(unreadable_, s, [](const auto& each) { return each.first.second; });
    fail("{}: view \"{}\": none of its files can be read; the first: {}", rows_->name(),
         sources_[s].name, unread->second.reason);
  }

  /// Throws UnreadableError where a value has another shape than the first of its source.
  void check_shape(std::size_t s, const cv::Mat& value, const Record& record) const {
    const auto shape_of = descriptor(sources_[s].kind).shape_of;
    if (shape_of == nullptr || sources_[s].shape == SourceShape{} || value.empty()) return;
    const SourceShape own = shape_of(value), due = sources_[s].shape;
    if (own == due) return;
    throw UnreadableError(
        fmt::format("{}: an array of {} × {} × {} where the first has {} × {} × {}",
                    (rows_->folder() / values_[s]->path(record)).string(), own.channels, own.height,
                    own.width, due.channels, due.height, due.width));
  }

  Excerpt read(std::int64_t index, std::size_t s, const Record& record,
               const ChoosePart& choose) const {
    try {
      Excerpt excerpt = values_[s]->read(index, record, choose);
      check_shape(s, excerpt.value, record);
      return excerpt;
    } catch (const UnreadableError& error) {
      const std::string path = values_[s]->path(record);
      if (options_.unreadable == UnreadableFile::error)
        fail("{}: view \"{}\": {} (data.unreadable = \"missing\" goes on without such files{})",
             rows_->where(index), sources_[s].name, error.what(),
             missing_.is_doubtful(path)
                 ? fmt::format("; data.missing = [\"{}\"] makes it no file", path)
                 : "");
      const std::lock_guard lock(mutex_);
      unreadable_.try_emplace(
          {index, s}, UnreadableSample{index, fmt::format("{} ({})", name(index), sources_[s].name),
                                       error.what()});
      return {};
    }
  }

  ManifestOptions options_;
  Missing missing_;
  std::shared_ptr<const Rows> rows_;
  std::optional<std::size_t> key_, group_, label_;  // columns
  Labels labels_;
  std::vector<std::int64_t> duplicates_;
  std::vector<bool> is_test_;
  std::vector<std::unique_ptr<const SourceValues>> values_;
  std::vector<Source> sources_;
  std::vector<std::string> notes_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<std::int64_t, std::size_t>, UnreadableSample> unreadable_;
};

}  // namespace

Splits open_manifest(const ManifestOptions& options) {
  const auto manifest = std::make_shared<Manifest>(options);
  std::vector<std::int64_t> train, test;
  for (std::int64_t i = 0; i < manifest->size(); ++i)
    (manifest->is_test(i) ? test : train).push_back(i);
  return {.train = std::make_shared<Subset>(manifest, std::move(train)),
          .test = std::make_shared<Subset>(manifest, std::move(test)),
          .notes = manifest->notes()};
}

}  // namespace cmc::data
