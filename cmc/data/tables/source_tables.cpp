#include "cmc/data/tables/source_tables.h"

#include <fmt/format.h>

#include <set>

namespace cmc::data {

const SourceTables::File& SourceTables::open(const std::string& table,
                                             std::vector<std::string>& notes) {
  const auto known = files_.find(table);
  if (known != files_.end()) return known->second;
  File& file = files_[table];
  file.rows = manifest_;
  if (!table.empty()) {
    file.rows =
        open_rows((manifest_->folder() / table).string(), {options_.separator, options_.decimal});
    for (const std::string& note : file.rows->notes()) notes.push_back(note);
  }
  std::set<std::size_t> columns;
  for (const SourceOptions& source : options_.sources)
    if (source.kind == SourceKind::table && source.table == table)
      for (const std::size_t column :
           find_columns(*file.rows, source.columns, fmt::format("view \"{}\"", source.name)))
        columns.insert(column);
  if (table.empty() && label_ && options_.label_kind == LabelKind::number) columns.insert(*label_);
  file.decimal =
      find_decimal(*file.rows, std::vector<std::size_t>(columns.begin(), columns.end()), missing_);
  for (const std::string& note : file.decimal.notes) notes.push_back(note);
  return file;
}

}  // namespace cmc::data
