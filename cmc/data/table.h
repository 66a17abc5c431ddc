#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>
#include <vector>

#include "cmc/data/missing.h"
#include "cmc/data/rows.h"
#include "cmc/data/source_options.h"

namespace cmc::data {

/// The columns of a table source, as float32 by row: numeric columns first, then categorical ones.
/// All numbers are read and checked once; up to 256 MiB of them stay in memory, larger tables are
/// read when asked for. Safe to call from several threads.
class Table {
 public:
  /// `in_training` says whether a row's categories count; numbers have the mark `decimal`. Throws
  /// Error, with the line, for text where a number is due and a number that is not finite; and
  /// where a column is missing or has more than 1,000 categories.
  Table(std::shared_ptr<const Rows> rows, const SourceOptions& options,
        const std::function<bool(std::int64_t)>& in_training, Missing missing = Missing(),
        char decimal = '.');

  const std::vector<TableColumn>& columns() const { return columns_; }
  const Rows& rows() const { return *rows_; }

  /// Row `index`, 1 × F, as SourceKind::table has it; empty where every cell is.
  cv::Mat read(std::int64_t index) const;

 private:
  void fill(std::int64_t index, const Record& record, std::span<float> values) const;

  std::shared_ptr<const Rows> rows_;
  std::string name_;
  Missing missing_;
  char decimal_;
  std::vector<std::size_t> numeric_, categorical_;
  std::vector<TableColumn> columns_;
  std::vector<float> kept_;  // size · F, or nothing
};

}  // namespace cmc::data
