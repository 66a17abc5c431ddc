#pragma once

#include <cstddef>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

namespace cmc::data {

/// A time series as a CSV file: a header line that names the channels, then one line a time step.
/// Cells are separated by a comma, a semicolon, a tab or a bar, whichever gives the header the most
/// cells, and may be quoted; lines of blanks are passed over. Gzipped or not, in UTF-8 or UTF-16
/// (text_file.h).
class CsvSeries {
 public:
  /// Reads the header. Throws UnreadableError where the file is missing, no text, empty, or where
  /// its first line holds numbers alone.
  explicit CsvSeries(const std::filesystem::path& path);

  const std::vector<std::string>& channels() const { return channels_; }

  /// The channels at `places`, one or more, one a row: C × T of float64. A cell without a number
  /// (Missing) is NaN; numbers have a decimal point, or where semicolons separate them perhaps a
  /// comma. Throws UnreadableError, with the line, for a line of another number of cells than the
  /// header, text where a number is due and a number that is infinite as float32; and where there
  /// is no time step.
  cv::Mat read(const std::vector<std::size_t>& places) const;

 private:
  std::string path_, text_;
  std::size_t rows_ = 0;   ///< the byte behind the header
  std::int64_t line_ = 1;  ///< that it ends
  char separator_ = ',';
  std::vector<std::string> channels_;
};

}  // namespace cmc::data
