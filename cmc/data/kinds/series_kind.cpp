#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <opencv2/core.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "cmc/data/column_names.h"
#include "cmc/data/decode/csv_series.h"
#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/error.h"
#include "cmc/files/lower_case.h"
#include "cmc/files/npy.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

template <class... Args>
[[noreturn]] void unreadable(fmt::format_string<Args...> format, Args&&... args) {
  throw UnreadableError(fmt::format(format, std::forward<Args>(args)...));
}

bool is_array(const fs::path& path) {
  const std::string ending = files::small_ending(path);
  return ending == ".npy" || ending == ".npz";
}

std::string asker(const SourceOptions& options) {
  return fmt::format("view \"{}\"", options.name);
}

/// A series' array as it is stored, of two dimensions.
cv::Mat stored_array(const fs::path& path, const SourceOptions& options) {
  cv::Mat array = files::read_npy(path, options.entry);
  if (array.dims == 2) return array;
  if (array.dims == 3 && array.size[0] == 1)
    return array.reshape(1, {array.size[1], array.size[2]});
  unreadable("{}: {} dimensions, [{}, {}, {}]; a series has two, its channels and its time steps",
             path.string(), array.dims, array.size[0], array.size[1], array.size[2]);
}

const char* name_of_axes(bool time_first) {
  return time_first ? "[T, C]" : "[C, T]";
}

/// "#1" to "#n", which an array's channels are called by.
std::vector<std::string> places_of(std::int64_t channels) {
  std::vector<std::string> names;
  for (std::int64_t c = 1; c <= channels; ++c) names.push_back(fmt::format("#{}", c));
  return names;
}

/// The places of the chosen channels, all where none is chosen.
std::vector<std::size_t> chosen(const std::vector<std::string>& names, const fs::path& path,
                                const SourceOptions& options) {
  std::vector<std::size_t> places;
  if (options.columns.empty()) {
    for (std::size_t c = 0; c < names.size(); ++c) places.push_back(c);
    return places;
  }
  if (is_array(path))
    for (const std::string& each : options.columns)
      check(each.starts_with('#'),
            "{}: {} asks for the channel \"{}\"; an array's channels have no names, but places: "
            "\"#1\" to \"#{}\"",
            path.string(), asker(options), each, names.size());
  return find_names(names, options.columns, path.string(), asker(options));
}

/// C × T, before channels are chosen.
cv::Mat in_channels(const cv::Mat& stored, const fs::path& path, const SeriesLayout& layout) {
  const int axis = layout.time_first ? 1 : 0;
  const std::int64_t own = stored.size[axis], steps = stored.size[1 - axis];
  if (layout.channels > 0 && own != layout.channels) {
    const char* const due = name_of_axes(layout.time_first);
    if (steps == layout.channels)
      unreadable(
          "{}: [{}, {}], {} where {} channels are due as {}: its axes are swapped; save it as x.T",
          path.string(), stored.rows, stored.cols, name_of_axes(!layout.time_first),
          layout.channels, due);
    unreadable("{}: [{}, {}], {} channels as {}; the other series have {}", path.string(),
               stored.rows, stored.cols, own, due, layout.channels);
  }
  return layout.time_first ? cv::Mat(stored.t()) : stored;
}

cv::Mat read_channels(const fs::path& path, const SourceOptions& options) {
  if (!is_array(path)) {
    const CsvSeries file(path);
    return file.read(chosen(file.channels(), path, options));
  }
  const cv::Mat all = in_channels(stored_array(path, options), path, options.layout);
  const std::vector<std::size_t> places = chosen(places_of(all.rows), path, options);
  cv::Mat values(static_cast<int>(places.size()), all.cols, all.type());
  for (std::size_t c = 0; c < places.size(); ++c)
    all.row(static_cast<int>(places[c])).copyTo(values.row(static_cast<int>(c)));
  return values;
}

template <class Predicate>
bool any_number(const cv::Mat& value, const Predicate& predicate) {
  const Numbers numbers(value);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (predicate(numbers[i])) return true;
  return false;
}

bool is_nan(double x) {
  return std::isnan(x);
}

cv::Mat read_series(const fs::path& path, const SourceOptions& options) {
  cv::Mat values;
  try {
    values = read_channels(path, options);
  } catch (const UnreadableError&) {
    throw;
  } catch (const Error& error) {
    throw UnreadableError(error.what());
  }
  if (values.cols < 2)
    unreadable("{}: a series of 1 time step; two or more were expected", path.string());
  if (!any_number(values, [](double x) { return !std::isnan(x); }))
    unreadable("{}: holds no number: all of its {} values are missing", path.string(),
               values.total());
  return values;
}

ReadFile series_reader(const SourceOptions& options) {
  return [options](const fs::path& path, const ChoosePart&) {
    return whole(read_series(path, options));
  };
}

// Which axis of arrays holds the channels.

struct Axis {
  int place = 0;
  std::int64_t size = 0;
  std::int64_t arrays = 0;  // that have this size there
};

/// The axis that the most of the shapes share; the first and shorter of several.
std::optional<Axis> shared_axis(const std::vector<std::array<int, 2>>& shapes, int place) {
  std::map<std::int64_t, std::int64_t> sizes;
  for (const std::array<int, 2>& shape : shapes) ++sizes[shape[static_cast<std::size_t>(place)]];
  std::optional<Axis> best;
  for (const auto& [size, arrays] : sizes)
    if (!best || arrays > best->arrays) best = Axis{place, size, arrays};
  return best;
}

SeriesLayout layout_of(const std::vector<std::array<int, 2>>& shapes, const SourceOptions& options,
                       std::vector<std::string>& notes) {
  const std::optional<Axis> rows = shared_axis(shapes, 0), columns = shared_axis(shapes, 1);
  if (!rows || !columns) return {};
  if (options.axes != SeriesAxes::automatic) {
    const bool time_first = options.axes == SeriesAxes::time_first;
    const Axis& own = time_first ? *columns : *rows;
    const Axis& other = time_first ? *rows : *columns;
    const auto all = static_cast<std::int64_t>(shapes.size());
    check(own.arrays == all || other.arrays < all,
          "view \"{}\": axes = \"{}\", but the arrays have {} on the other axis and differ on this "
          "one: they are {}, axes = \"{}\"",
          options.name, time_first ? "time_first" : "channels_first", other.size,
          name_of_axes(!time_first), time_first ? "channels_first" : "time_first");
    return {time_first, own.size};
  }
  const bool time_first =
      columns->arrays != rows->arrays ? columns->arrays > rows->arrays : columns->size < rows->size;
  if (columns->arrays == rows->arrays && columns->size != rows->size)
    notes.push_back(fmt::format(
        "view \"{}\": its arrays are [{}, {}]: read as {} of {} channels, the shorter axis, since "
        "all are of one length (axes says which)",
        options.name, rows->size, columns->size, name_of_axes(time_first),
        std::min(rows->size, columns->size)));
  return {time_first, time_first ? columns->size : rows->size};
}

/// The layout of arrays, and the names of the channels.
SourceOptions settle_series(const SourceOptions& options, std::span<const fs::path> files,
                            std::vector<std::string>& notes) {
  SourceOptions settled = options;
  std::vector<std::array<int, 2>> shapes;
  std::optional<fs::path> first;
  std::vector<std::string> names;
  std::string trouble;
  for (const fs::path& path : files) {
    try {
      if (is_array(path)) {
        if (options.layout.channels > 0 && first) continue;
        const cv::Mat array = stored_array(path, options);
        shapes.push_back({array.rows, array.cols});
      } else if (!first) {
        names = CsvSeries(path).channels();
      }
      if (!first) first = path;
    } catch (const UnreadableError& error) {
      if (trouble.empty()) trouble = error.what();
    }
  }
  check(first.has_value(), "{}: none of its series can be read; the first: {}", asker(options),
        trouble);
  if (options.layout.channels == 0) settled.layout = layout_of(shapes, options, notes);
  if (is_array(*first)) names = places_of(settled.layout.channels);
  std::vector<std::string> own;
  for (const std::size_t place : chosen(names, *first, options)) {
    const std::string& name = names[place];
    const bool tells = !name.empty() && name[0] != '#' && std::ranges::count(names, name) == 1;
    own.push_back(tells ? name : fmt::format("#{}", place + 1));
  }
  settled.columns = own;
  return settled;
}

Source declare_series(const SourceOptions& options) {
  Source source{.name = options.name,
                .kind = SourceKind::series,
                .shape = {static_cast<std::int64_t>(options.columns.size()), 1, 0},
                .layout = options.layout};
  for (const std::string& column : options.columns) source.columns.push_back({column, {}});
  return source;
}

void check_series(const Source& source) {
  check(!source.columns.empty() &&
            source.shape.channels == static_cast<std::int64_t>(source.columns.size()),
        "its channels must be as many as their names, one or more");
  for (const TableColumn& column : source.columns)
    check(column.categories.empty(), "a channel of a series has no categories");
  check(source.layout.channels >= 0, "its arrays have {} channels", source.layout.channels);
}

std::string size_in_steps(const Source& /*source*/, const SourceShape& value) {
  return fmt::format("{} × {} steps", value.height, value.width);
}

bool has_gaps(const cv::Mat& value) {
  return any_number(value, is_nan);
}

/// Whether each channel holds one number alone.
bool is_still(const cv::Mat& value) {
  const Numbers numbers(value);
  const auto steps = static_cast<std::size_t>(value.cols);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (!std::isnan(numbers[i]) && numbers[i] != numbers[i / steps * steps]) return false;
  return true;
}

constexpr std::array series_defects = {
    Defect{has_gaps, "series have gaps, which are filled: linearly, at the ends by the nearest"},
    Defect{is_still, "series never change"}};

}  // namespace

constinit const KindDescriptor series_kind = {.name = "series",
                                              .declare = declare_series,
                                              .settle = settle_series,
                                              .reader = series_reader,
                                              .check = check_series,
                                              .size = size_in_steps,
                                              .defects = series_defects};

}  // namespace cmc::data
