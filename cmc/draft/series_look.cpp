#include "cmc/draft/series_look.h"

#include <fmt/format.h>

#include <algorithm>

#include "cmc/data/decode/csv_series.h"
#include "cmc/draft/column_look.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"
#include "cmc/files/npy.h"
#include "cmc/files/npz.h"

namespace cmc::draft {
namespace {

constexpr std::size_t most_series_tried = 50;
constexpr std::int64_t most_channels = 64, longest_view = 1024;

/// The look of arrays whose axis `channel` holds channels.
std::optional<SeriesLook> with_channels(const std::vector<std::vector<std::int64_t>>& shapes,
                                        std::size_t channel) {
  SeriesLook look{.channels = shapes.front()[channel],
                  .shortest = shapes.front()[1 - channel],
                  .time_first = channel == 1};
  for (const std::vector<std::int64_t>& shape : shapes) {
    if (shape[channel] != look.channels) return std::nullopt;
    look.shortest = std::min(look.shortest, shape[1 - channel]);
    look.longest = std::max(look.longest, shape[1 - channel]);
  }
  const bool is_series = look.channels >= 2 && look.channels <= most_channels &&
                         look.shortest >= 2 &&
                         (!look.one_length() || look.longest >= 4 * look.channels);
  return is_series ? std::optional(look) : std::nullopt;
}

/// The look of CSV files, a line a time step.
std::optional<SeriesLook> of_csv(const std::vector<std::filesystem::path>& files) {
  std::optional<SeriesLook> look;
  std::vector<std::string> channels;
  for (std::size_t i = 0; i < std::min(files.size(), most_series_tried); ++i) {
    try {
      const data::CsvSeries file(files[i]);
      if (look && file.channels() != channels) return std::nullopt;
      channels = file.channels();
      const std::int64_t steps = file.read({0}).cols;
      if (!look)
        look = SeriesLook{.channels = static_cast<std::int64_t>(channels.size()),
                          .shortest = steps,
                          .longest = steps,
                          .csv = true};
      look->shortest = std::min(look->shortest, steps);
      look->longest = std::max(look->longest, steps);
    } catch (const Error&) {
      continue;
    }
  }
  return look;
}

}  // namespace

std::int64_t SeriesLook::view_length() const {
  return std::min(longest, longest_view);
}

std::string SeriesLook::text() const {
  const std::string steps =
      one_length() ? fmt::format("{}", longest) : fmt::format("{} to {}", shortest, longest);
  return fmt::format("{} channels × {} steps", channels, steps);
}

std::optional<SeriesLook> look_at_series(const std::vector<std::filesystem::path>& files) {
  if (!files.empty() && is_series_name(files.front())) return of_csv(files);
  std::vector<std::vector<std::int64_t>> shapes;
  for (std::size_t i = 0; i < std::min(files.size(), most_series_tried); ++i) {
    try {
      const files::FileBytes file = files::map_file(files[i]);
      if (files::is_npz(file.bytes)) return std::nullopt;
      shapes.push_back(files::NpyArray(file.bytes, files[i].string()).shape());
      if (shapes.back().size() != 2) return std::nullopt;
    } catch (const Error&) {
      continue;  // training says what is wrong with it
    }
  }
  if (shapes.empty()) return std::nullopt;
  const std::optional<SeriesLook> rows = with_channels(shapes, 0);
  return rows ? rows : with_channels(shapes, 1);
}

}  // namespace cmc::draft
