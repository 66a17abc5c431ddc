#include "cmc/data/decode/csv_series.h"

#include <cmath>
#include <vector>

#include "fuzz/demand.h"
#include "fuzz/folder.h"
#include "fuzz/readers.h"

/// A time series as CSV: all of its channels.
void cmc::fuzz::csv_series(Bytes input) {
  static const Folder folder;
  const data::CsvSeries file(folder.write("series.csv", input));
  std::vector<std::size_t> all;
  for (std::size_t c = 0; c < file.channels().size(); ++c) all.push_back(c);
  const cv::Mat values = file.read(all);
  demand(values.rows == static_cast<int>(all.size()) && values.cols > 0, "each channel has steps");
  for (std::size_t i = 0; i < values.total(); ++i)
    demand(!std::isinf(static_cast<float>(values.ptr<double>()[i])), "no number is infinite");
}
