#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cmc/data/excerpt.h"
#include "cmc/data/missing.h"
#include "cmc/data/source_options.h"
#include "cmc/data/tables/rows.h"
#include "cmc/data/tables/table.h"
#include "cmc/data/tables/table_join.h"

namespace cmc::data {

/// The values of one source by the rows of a manifest. Safe to call from several threads.
class SourceValues {
 public:
  virtual ~SourceValues() = default;

  /// Whether the cells of the manifest say where a value is. Where they don't, `record` below may
  /// be empty.
  virtual bool needs_record() const = 0;

  /// Whether row `index`, whose cells are `record`, has no value. Opens no file.
  virtual bool lacks(std::int64_t index, const Record& record) const = 0;

  /// Its value, or the part of it that `choose` names; empty where it lacks one. Throws
  /// UnreadableError for a file that is missing or damaged; Error, with the line, for a cell that
  /// names no row of its file.
  virtual Excerpt read(std::int64_t index, const Record& record,
                       const ChoosePart& choose) const = 0;

  /// The file of a value, as the manifest has it; empty where it has none of its own.
  virtual std::string path(const Record& /*record*/) const { return ""; }

  /// Throws Error, with the line, for a cell that can be seen to name no row of its file.
  virtual void check_row(std::int64_t /*index*/, const Record& /*record*/) const {}

  /// Why values may be missing that are there after all; empty where nothing tells.
  virtual std::string hint() const { return ""; }
};

/// Rows of a table.
std::unique_ptr<const SourceValues> column_values(std::shared_ptr<const Table> table,
                                                  TableJoin join);

/// What the cells of a column hold, of a kind whose values stand there (KindDescriptor::parse).
/// Else files, one a value or, of a kind whose files hold rows, one for some or all of them
/// (SourceOptions::file). Throws Error where `options` name no file or both kinds of name, where a
/// column isn't there, and where one file for all has another number of rows than the manifest.
std::unique_ptr<const SourceValues> file_values(std::shared_ptr<const Rows> rows,
                                                const SourceOptions& options,
                                                const Missing& missing);

}  // namespace cmc::data
