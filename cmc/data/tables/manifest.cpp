#include "cmc/data/tables/manifest.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "cmc/data/decode/read_value.h"
#include "cmc/data/labels.h"
#include "cmc/data/subset.h"
#include "cmc/data/tables/array_rows.h"
#include "cmc/data/tables/decimal.h"
#include "cmc/data/tables/join_hint.h"
#include "cmc/data/tables/key_index.h"
#include "cmc/data/tables/missing.h"
#include "cmc/data/tables/rows.h"
#include "cmc/data/tables/table.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t no_row = ~std::uint32_t{0};
/// So many keys without a row are looked at for what is wrong with them.
constexpr std::size_t most_missed = 1000;

/// A path with columns in braces.
class PathTemplate {
 public:
  PathTemplate() = default;
  PathTemplate(const Rows& rows, const SourceOptions& options) {
    const std::string what = fmt::format("view \"{}\"", options.name);
    const bool rows_of_arrays = options.kind == SourceKind::array && !options.file.empty();
    check(options.column.empty() != options.file.empty() || rows_of_arrays,
          "{}: kind = \"{}\" needs either column, which holds a file's path, or file, the path "
          "itself with columns in braces",
          what, name(options.kind));
    if (options.file.empty()) {
      pieces_ = {{"", find_column(rows, options.column, what)}};
      return;
    }
    const std::string& text = options.file;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t open = std::min(text.find('{', i), text.size());
      Piece piece{text.substr(i, open - i), std::nullopt};
      i = open;
      if (open < text.size()) {
        const std::size_t close = text.find('}', open);
        check(close != std::string::npos, "{}: file = \"{}\": the brace at byte {} is never closed",
              what, text, open);
        piece.column = find_column(rows, text.substr(open + 1, close - open - 1), what);
        i = close + 1;
      }
      pieces_.push_back(std::move(piece));
    }
  }

  /// Empty where a cell that it asks for is missing.
  std::string fill(const Record& record, const Missing& missing) const {
    std::string path;
    for (const Piece& piece : pieces_) {
      path += piece.text;
      if (!piece.column) continue;
      const std::string_view cell = trimmed(record.cells[*piece.column]);
      if (missing.text(cell)) return "";
      path += cell;
    }
    return path;
  }

 private:
  struct Piece {
    std::string text;
    std::optional<std::size_t> column;
  };
  std::vector<Piece> pieces_;
};

/// Whether each file of a source holds several samples as rows.
bool holds_rows(const SourceOptions& options) {
  return options.kind == SourceKind::array && !options.file.empty() &&
         (!options.column.empty() || options.file.find('{') == std::string::npos);
}

/// The whole number from 0 on that a cell holds; "17.0" too, as pandas writes a column with gaps.
std::optional<std::int64_t> row_number(std::string_view cell) {
  std::int64_t number = 0;
  const char* const end = cell.data() + cell.size();
  auto [last, error] = std::from_chars(cell.data(), end, number);
  if (last + 1 < end && *last == '.')
    last = std::find_if(last + 1, end, [](char c) { return c != '0'; });
  return error == std::errc() && last == end && number >= 0 ? std::optional(number) : std::nullopt;
}

/// The shape of an array as its source has it.
SourceShape shape_of(const cv::Mat& array) {
  const auto size = [&](int d) { return static_cast<std::int64_t>(array.size[d]); };
  if (array.dims == 3) return {size(0), size(1), size(2)};
  return {1, size(0), size(1)};
}

/// For each row of the manifest the row of a table that belongs to it; no row where both are alike.
struct Join {
  std::vector<std::uint32_t> rows;
  /// What may be wrong with keys that were not found.
  std::string hint;
};

Join join(const Rows& manifest, std::optional<std::size_t> key,
          const std::shared_ptr<const Rows>& table, const SourceOptions& options,
          const Missing& missing) {
  if (options.table_key.empty()) {
    check(manifest.size() == table->size(),
          "{} has {} rows and {} has {}: rows that are matched by their number are as many; "
          "table_key (view \"{}\") and data.key match them by a key",
          table->name(), table->size(), manifest.name(), manifest.size(), options.name);
    return {};
  }
  check(key.has_value(),
        "view \"{}\" joins {} by table_key = \"{}\": data.key must name the manifest's column",
        options.name, table->name(), options.table_key);
  const std::size_t column =
      find_column(*table, options.table_key, fmt::format("view \"{}\"", options.name));
  const KeyIndex index(table, column, missing);
  Join join{std::vector<std::uint32_t>(static_cast<std::size_t>(manifest.size()), no_row), ""};
  std::vector<std::string> missed;
  manifest.each([&](std::int64_t row, const Record& record) {
    const std::string_view text = trimmed(record.cells[*key]);
    const std::optional<std::uint32_t> found = index.find(text);
    join.rows[static_cast<std::size_t>(row)] = found.value_or(no_row);
    if (!found && missed.size() < most_missed) missed.emplace_back(text);
  });
  if (!missed.empty()) join.hint = join_hint(missed, *table, column);
  return join;
}

/// Whether a part's name means what is held out; empty where it is no part's name.
std::optional<bool> is_held_part(std::string_view cell) {
  std::string name(cell);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (name == "train" || name == "training") return false;
  const bool held = name == "test" || name == "testing" || name == "val" || name == "valid" ||
                    name == "validation" || name == "dev";
  return held ? std::optional(true) : std::nullopt;
}

class Manifest : public Dataset {
 public:
  explicit Manifest(const ManifestOptions& options)
      : options_(options),
        missing_(options.missing),
        rows_(open_rows(options.manifest, {options.separator, options.decimal})) {
    check(!options_.sources.empty(),
          "{}: the recipe has no [[view]] that says what to read from it", rows_->name());
    check(rows_->size() > 0, "{}: holds no row", rows_->name());
    check(rows_->size() < no_row, "{}: {} rows; up to {} can be read", rows_->name(), rows_->size(),
          no_row);
    check(options_.unreadable == "error" || options_.unreadable == "missing",
          "data.unreadable = \"{}\": it must be error or missing", options_.unreadable);
    notes_ = rows_->notes();
    if (!options_.key.empty()) {
      key_ = find_column(*rows_, options_.key, "data.key");
      const KeyIndex refuses_equal_keys(rows_, *key_, missing_);
    }
    if (!options_.split_by.empty())
      group_ = find_column(*rows_, options_.split_by, "data.split_by");
    if (!options_.label.empty()) label_column_ = find_column(*rows_, options_.label, "data.label");
    read_labels();
    read_duplicates();
    is_test_ = choose_test();
    for (const SourceOptions& source : options_.sources) add_source(source);
    count_missing();
  }

  std::int64_t size() const override { return rows_->size(); }

  Sample get(std::int64_t index) const override {
    Sample sample{.index = index, .label = label(index), .values = {}};
    thread_local Record record;
    if (reads_files_) rows_->read(index, record);
    for (std::size_t s = 0; s < readers_.size(); ++s)
      sample.values.push_back(read(index, s, record));
    return sample;
  }

  cv::Mat value(std::int64_t index, std::size_t source) const override {
    thread_local Record record;
    if (!readers_[source].table) rows_->read(index, record);
    return read(index, source, record);
  }

  std::int64_t label(std::int64_t index) const override {
    const std::vector<std::int32_t>& classes = labels_.classes_of_rows;
    return classes.empty() ? no_label : classes[static_cast<std::size_t>(index)];
  }
  bool has_targets() const override { return !labels_.targets.empty(); }
  double target(std::int64_t index) const override {
    return has_targets() ? labels_.targets[static_cast<std::size_t>(index)] : std::nan("");
  }
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
    const Reader& reader = readers_[source];
    thread_local Record record;
    if (reader.table) return !read(index, source, record).empty();
    rows_->read(index, record);
    return !lacks_file(reader, record);
  }
  std::vector<std::int64_t> duplicates() const override { return duplicates_; }

  std::vector<UnreadableSample> unreadable() const override {
    const std::lock_guard lock(mutex_);
    std::vector<UnreadableSample> list;
    for (const auto& [place, sample] : unreadable_) list.push_back(sample);
    return list;
  }

  bool is_test(std::int64_t index) const { return is_test_[static_cast<std::size_t>(index)]; }
  std::vector<std::string> notes() const { return notes_; }

 private:
  /// How one source's values are read.
  struct Reader {
    PathTemplate path;
    std::shared_ptr<const Table> table;
    std::vector<std::uint32_t> joined;        // rows of the table; empty: the manifest's own
    std::string hint;                         // of keys that have no row there
    std::shared_ptr<const ArrayRows> arrays;  // whose rows are the values; null: a file each
    std::optional<std::size_t> row_column;    // of the row's number; else it is the sample's
  };

  /// A file of rows that some sources have their columns in; the manifest itself for no name.
  struct RowsFile {
    std::shared_ptr<const Rows> rows;
    Decimal decimal;
  };

  /// Opens it once for all sources, since its numbers have one decimal mark.
  const RowsFile& file_of(const std::string& table) {
    const auto known = files_.find(table);
    if (known != files_.end()) return known->second;
    RowsFile& file = files_[table];
    file.rows = rows_;
    if (!table.empty()) {
      file.rows =
          open_rows((rows_->folder() / table).string(), {options_.separator, options_.decimal});
      for (const std::string& note : file.rows->notes()) notes_.push_back(note);
    }
    std::set<std::size_t> columns;
    for (const SourceOptions& source : options_.sources)
      if (source.kind == SourceKind::table && source.table == table)
        for (const std::size_t column :
             find_columns(*file.rows, source.columns, fmt::format("view \"{}\"", source.name)))
          columns.insert(column);
    if (table.empty() && !options_.label.empty() && options_.label_kind == "number")
      columns.insert(label_column_);
    file.decimal = find_decimal(*file.rows,
                                std::vector<std::size_t>(columns.begin(), columns.end()), missing_);
    for (const std::string& note : file.decimal.notes) notes_.push_back(note);
    return file;
  }

  void read_labels() {
    if (options_.label.empty()) return;
    labels_ = data::read_labels(*rows_, label_column_, options_.label_kind, missing_,
                                file_of("").decimal);
    for (const std::string& note : labels_.notes) notes_.push_back(note);
  }

  void read_duplicates() {
    if (options_.duplicates.empty()) return;
    const std::size_t column = find_column(*rows_, options_.duplicates, "data.duplicates");
    duplicates_.reserve(static_cast<std::size_t>(size()));
    rows_->each([&](std::int64_t index, const Record& record) {
      const std::string_view cell = trimmed(record.cells[column]);
      duplicates_.push_back(missing_.text(cell) ? index
                                                : static_cast<std::int64_t>(name_hash(cell)));
    });
  }

  /// Warns of each column of a view that repeats the labels, as far as a thousand rows tell, at
  /// even distances: many a manifest is sorted by class.
  void warn_of_leak(const SourceOptions& options, const Rows& table,
                    const std::vector<std::uint32_t>& joined) {
    if (options_.label.empty()) return;
    constexpr std::int64_t rows_compared = 1000;
    std::vector<std::size_t> repeating;
    for (const auto* columns : {&options.columns, &options.categorical})
      for (const std::size_t column :
           find_columns(table, *columns, fmt::format("view \"{}\"", options.name)))
        repeating.push_back(column);
    std::set<std::string, std::less<>> labels;
    Record own, other;
    const std::int64_t compared = std::min(size(), rows_compared);
    for (std::int64_t n = 0; n < compared; ++n) {
      const std::int64_t i = n * size() / compared;  // size() < 2³²
      const std::uint32_t row =
          joined.empty() ? static_cast<std::uint32_t>(i) : joined[static_cast<std::size_t>(i)];
      if (row == no_row || (label(i) == no_label && std::isnan(target(i)))) continue;
      rows_->read(i, own);
      table.read(row, other);
      const std::string_view text = trimmed(own.cells[label_column_]);
      labels.emplace(text);
      std::erase_if(repeating,
                    [&](std::size_t column) { return text != trimmed(other.cells[column]); });
    }
    if (labels.size() < 2) return;
    for (const std::size_t column : repeating)
      notes_.push_back(fmt::format(
          "column \"{}\" of view \"{}\" repeats the labels: they leak into what is learned",
          table.columns()[column], options.name));
  }

  std::vector<bool> choose_test() const {
    std::vector<bool> test(static_cast<std::size_t>(size()));
    if (!options_.part.empty()) return chosen_by_part();
    check(options_.test_groups.empty() || group_.has_value(),
          "data.test_groups names groups: data.split_by must name their column");
    const auto name_of = [&](std::int64_t index, const Record& record) {
      const std::string_view group = group_ ? trimmed(record.cells[*group_]) : "";
      if (!missing_.text(group)) return std::string(group);
      if (key_) return std::string(trimmed(record.cells[*key_]));
      return fmt::format("row {}", index + 1);  // what has always been hashed: no row moves across
    };
    if (!options_.test_groups.empty()) {
      std::map<std::string, std::int64_t> counts;
      for (const std::string& wanted : options_.test_groups) counts[wanted] = 0;
      std::vector<std::string> known;
      rows_->each([&](std::int64_t index, const Record& record) {
        const std::string name = name_of(index, record);
        const auto found = counts.find(name);
        if (found == counts.end()) {
          if (known.size() < 1000 && !std::ranges::count(known, name)) known.push_back(name);
          return;
        }
        ++found->second;
        test[static_cast<std::size_t>(index)] = true;
      });
      for (const auto& [wanted, count] : counts)
        check(count > 0,
              "{}: data.test_groups names \"{}\", which does not occur in the column \"{}\"; "
              "the nearest is \"{}\"",
              rows_->name(), wanted, options_.split_by, nearest_name(wanted, known));
      return test;
    }
    if (options_.test_samples == 0) {
      rows_->each([&](std::int64_t index, const Record& record) {
        test[static_cast<std::size_t>(index)] =
            is_held_out(name_of(index, record), options_.held_out);
      });
      return test;
    }
    // Groups (or samples) by their hash; rows of one group stay together.
    std::vector<std::pair<std::uint64_t, std::uint32_t>> hashes;
    hashes.reserve(test.size());
    rows_->each([&](std::int64_t index, const Record& record) {
      hashes.emplace_back(name_hash(name_of(index, record)), static_cast<std::uint32_t>(index));
    });
    std::ranges::sort(hashes);
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      const bool enough = static_cast<std::int64_t>(i) >= options_.test_samples;
      if (enough && hashes[i].first != hashes[i - 1].first) break;
      test[hashes[i].second] = true;
    }
    return test;
  }

  std::vector<bool> chosen_by_part() const {
    const std::size_t column = find_column(*rows_, options_.part, "data.part");
    std::vector<bool> test(static_cast<std::size_t>(size()));
    rows_->each([&](std::int64_t index, const Record& record) {
      const std::string_view cell = trimmed(record.cells[column]);
      const std::optional<bool> held = is_held_part(cell);
      if (!held)
        fail("{}: the part (column \"{}\") is \"{}\"; train, test, val or validation was expected",
             rows_->where(index), rows_->columns()[column], cell);
      test[static_cast<std::size_t>(index)] = *held;
    });
    return test;
  }

  void add_source(const SourceOptions& options) {
    Reader reader;
    Source source{
        .name = options.name, .kind = options.kind, .shape = {}, .rate = 0, .columns = {}};
    if (options.kind == SourceKind::table) {
      const RowsFile& file = file_of(options.table);
      const std::shared_ptr<const Rows>& rows = file.rows;
      if (rows != rows_) {
        Join joined = join(*rows_, key_, rows, options, missing_);
        reader.joined = std::move(joined.rows);
        reader.hint = std::move(joined.hint);
      }
      std::vector<bool> training(static_cast<std::size_t>(rows->size()), reader.joined.empty());
      for (std::int64_t i = 0; i < size(); ++i) {
        const std::size_t row = reader.joined.empty() ? static_cast<std::size_t>(i)
                                                      : reader.joined[static_cast<std::size_t>(i)];
        if (row < training.size()) training[row] = !is_test(i);
      }
      reader.table = std::make_shared<Table>(
          rows, options, [&](std::int64_t row) { return training[static_cast<std::size_t>(row)]; },
          missing_, file.decimal.mark);
      source.columns = reader.table->columns();
      source.shape = {static_cast<std::int64_t>(source.columns.size()), 1, 1};
      for (const TableColumn& column : source.columns) {
        const std::string note =
            doubtful_note(missing_, column.categories,
                          fmt::format("column \"{}\" of view \"{}\"", column.name, options.name));
        if (!note.empty()) notes_.push_back(note);
      }
      for (std::string& note : reader.table->notes()) notes_.push_back(std::move(note));
      warn_of_leak(options, *rows, reader.joined);
    } else {
      reads_files_ = true;
      reader.path = PathTemplate(*rows_, options);
      if (holds_rows(options)) {
        reader.arrays = std::make_shared<ArrayRows>(options.entry);
        if (!options.column.empty())
          reader.row_column =
              find_column(*rows_, options.column, fmt::format("view \"{}\"", options.name));
      }
      if (options.kind == SourceKind::image)
        source.shape = {.channels = options.channels, .height = 0, .width = 0};
      if (options.kind == SourceKind::depth) source.shape.channels = 1;
      if (options.kind == SourceKind::audio) {
        source.shape = {1, 1, 0};
        source.rate = options.rate;
      }
    }
    readers_.push_back(std::move(reader));
    sources_.push_back(std::move(source));
  }

  /// Whether a cell is empty that says which file a value is in, or where in it.
  bool lacks_file(const Reader& reader, const Record& record) const {
    return reader.path.fill(record, missing_).empty() ||
           (reader.row_column && missing_.number(trimmed(record.cells[*reader.row_column])));
  }

  /// Which row of the array in `path`, of `count` rows, a sample is. Throws Error, with the line,
  /// where there is no such row.
  std::int64_t row_of(std::int64_t index, std::size_t s, const Record& record, const fs::path& path,
                      std::int64_t count) const {
    const std::optional<std::size_t> column = readers_[s].row_column;
    const std::string cell(column ? trimmed(record.cells[*column]) : "");
    const std::optional<std::int64_t> row = column ? row_number(cell) : index;
    if (!row || *row >= count)
      fail("{}: view \"{}\": \"{}\" is not a row of {}; its rows are 0 to {}", rows_->where(index),
           sources_[s].name, column ? cell : fmt::format("{}", index), path.string(), count - 1);
    return *row;
  }

  cv::Mat read_row(std::int64_t index, std::size_t s, const Record& record) const {
    const Reader& reader = readers_[s];
    const fs::path path = rows_->folder() / reader.path.fill(record, missing_);
    return reader.arrays->read(path, row_of(index, s, record, path, reader.arrays->count(path)));
  }

  /// The file whose rows are all samples' values, of a source that has one, and how many: as many
  /// as samples where no column says which.
  std::optional<std::pair<fs::path, std::int64_t>> one_array(std::size_t s) const {
    const SourceOptions& options = options_.sources[s];
    if (!readers_[s].arrays || options.file.find('{') != std::string::npos) return std::nullopt;
    const fs::path path = rows_->folder() / options.file;
    std::int64_t count = 0;
    try {
      count = readers_[s].arrays->count(path);
    } catch (const UnreadableError& error) {
      fail("view \"{}\": {}", options.name, error.what());
    }
    check(readers_[s].row_column || count == size(),
          "view \"{}\": {} holds {} rows, and {} has {}: a row's number says which is its own, so "
          "that they must be as many; or column names the column that says it",
          options.name, path.string(), count, rows_->name(), size());
    return std::pair(path, count);
  }

  /// Counts empty cells, and reads the first array of each such source for its shape.
  void count_missing() {
    std::vector<std::int64_t> missing(readers_.size(), 0);
    std::vector<std::int64_t> first(readers_.size(), -1);
    std::vector<std::optional<std::pair<fs::path, std::int64_t>>> arrays;
    for (std::size_t s = 0; s < readers_.size(); ++s) arrays.push_back(one_array(s));
    if (reads_files_) {
      rows_->each([&](std::int64_t index, const Record& record) {
        for (std::size_t s = 0; s < readers_.size(); ++s) {
          if (readers_[s].table) continue;
          const bool lacks = lacks_file(readers_[s], record);
          missing[s] += lacks;
          if (!lacks && first[s] < 0) first[s] = index;
          if (!lacks && arrays[s]) row_of(index, s, record, arrays[s]->first, arrays[s]->second);
        }
      });
    }
    for (std::size_t s = 0; s < readers_.size(); ++s) {
      if (readers_[s].table) {
        Record none;
        for (std::int64_t i = 0; i < size(); ++i) missing[s] += read(i, s, none).empty();
      }
      const std::string hint = readers_[s].hint.empty() ? "" : " (" + readers_[s].hint + ")";
      check(missing[s] < size(), "{}: view \"{}\" has no sample: it is missing from every row{}",
            rows_->name(), sources_[s].name, hint);
      if (missing[s] > 0)
        notes_.push_back(fmt::format("view \"{}\" is missing from {} of {} samples{}",
                                     sources_[s].name, missing[s], size(), hint));
      if (sources_[s].kind == SourceKind::array) sources_[s].shape = first_shape(s, first[s]);
    }
  }

  /// The shape of the first array that can be read, from sample `index` on.
  SourceShape first_shape(std::size_t s, std::int64_t index) const {
    for (; index < size(); ++index)
      if (const cv::Mat array = value(index, s); !array.empty()) return shape_of(array);
    const auto first =
        std::ranges::find(unreadable_, s, [](const auto& each) { return each.first.second; });
    fail("{}: view \"{}\": none of its arrays can be read; the first: {}", rows_->name(),
         sources_[s].name, first->second.reason);
  }

  cv::Mat read(std::int64_t index, std::size_t s, const Record& record) const {
    const Reader& reader = readers_[s];
    if (reader.table) {
      if (reader.joined.empty()) return reader.table->read(index);
      const std::uint32_t row = reader.joined[static_cast<std::size_t>(index)];
      return row == no_row ? cv::Mat() : reader.table->read(row);
    }
    if (lacks_file(reader, record)) return {};
    const std::string path = reader.path.fill(record, missing_);
    try {
      cv::Mat value = reader.arrays ? read_row(index, s, record)
                                    : read_value(rows_->folder() / path, options_.sources[s]);
      if (sources_[s].kind == SourceKind::array && sources_[s].shape.width > 0 &&
          shape_of(value) != sources_[s].shape) {
        const SourceShape own = shape_of(value), due = sources_[s].shape;
        throw UnreadableError(
            fmt::format("{}: an array of {} × {} × {} where the first has {} × {} × {}",
                        (rows_->folder() / path).string(), own.channels, own.height, own.width,
                        due.channels, due.height, due.width));
      }
      return value;
    } catch (const UnreadableError& error) {
      if (options_.unreadable == "error")
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
  std::map<std::string, RowsFile> files_;
  std::optional<std::size_t> key_;
  std::optional<std::size_t> group_;
  std::size_t label_column_ = 0;
  Labels labels_;
  std::vector<std::int64_t> duplicates_;
  std::vector<bool> is_test_;
  std::vector<Reader> readers_;
  std::vector<Source> sources_;
  bool reads_files_ = false;
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
