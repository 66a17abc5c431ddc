#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>
#include <vector>

#include "cmc/data/missing.h"
#include "cmc/data/source_options.h"
#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// The columns of a table source, as float64 by row: numeric columns first, then categorical ones.
/// All numbers are read and checked once; up to 2²⁶ of them (512 MiB) stay in memory, larger tables
/// are read when asked for. Safe to call from several threads.
class Table {
 public:
  /// `in_training` says whether a row's categories count; numbers have the mark `decimal`. Throws
  /// Error, with the line, for text where a number is due and a number that is infinite as float32;
  /// and where a column is missing or has more than 1,000 categories.
  Table(std::shared_ptr<const Rows> rows, const SourceOptions& options,
        const std::function<bool(std::int64_t)>& in_training, Missing missing = Missing(),
        char decimal = '.');

  const std::vector<TableColumn>& columns() const { return columns_; }
  const Rows& rows() const { return *rows_; }
  /// A line about the marks that stood for no value, and one for each column whose whole numbers
  /// are so large that float64 rounds them.
  std::vector<std::string> notes() const;

  /// Row `index`, 1 × F, as SourceKind::table has it; empty where every cell is.
  cv::Mat read(std::int64_t index) const;

 private:
  void fill(std::int64_t index, const Record& record, std::span<double> values) const;

  std::shared_ptr<const Rows> rows_;
  std::string name_;
  Missing missing_;
  char decimal_;
  std::vector<std::size_t> numeric_, categorical_;
  std::vector<TableColumn> columns_;
  std::vector<double> kept_;  // size · F, or nothing
  MissingMarks marks_;
  std::vector<std::int64_t> rounded_;  // of each numeric column, how many numbers
};

}  // namespace cmc::data
