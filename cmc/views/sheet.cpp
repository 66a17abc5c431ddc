#include "cmc/views/sheet.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>

#include "cmc/data/decode/decode_text.h"
#include "cmc/error.h"
#include "cmc/views/pictures/lettering.h"

namespace cmc::views {
namespace {

constexpr int margin = 14;  // around the sheet and between its cells
constexpr int font = cv::FONT_HERSHEY_SIMPLEX;
constexpr double font_scale = 0.5;
/// Red, green, blue and alpha.
struct Palette {
  cv::Scalar paper, text, edge;
};
const Palette white = {{255, 255, 255, 255}, {40, 40, 48, 255}, {205, 205, 210, 255}};
/// The text's own colour under it, so that its smooth edges differ in alpha alone.
const Palette see_through = {{125, 128, 135, 0}, {125, 128, 135, 255}, {125, 128, 135, 255}};
/// What stands for a view that a sample lacks.
const cv::Mat missing(1, 1, CV_8UC3, cv::Scalar(205, 205, 210));

struct Column {
  std::string caption;
  std::vector<cv::Mat> cells;
};

cv::Size text_size(const std::string& text) {
  int baseline = 0;
  const cv::Size size = cv::getTextSize(text, font, font_scale, 1, &baseline);
  return {size.width, size.height + baseline};
}

void put_text(cv::Mat& canvas, const std::string& text, cv::Point bottom_left,
              const cv::Scalar& color) {
  cv::putText(canvas, text, bottom_left, font, font_scale, color, 1, cv::LINE_AA);
}

/// A picture at `scale`: enlarged by a whole factor, pixels left square, or shrunk by averaging.
cv::Mat scaled(const cv::Mat& picture, double scale) {
  cv::Mat shown;
  if (scale >= 1) {
    const int factor = std::max(1, static_cast<int>(std::lround(scale)));
    cv::resize(picture, shown, picture.size() * factor, 0, 0, cv::INTER_NEAREST);
  } else {
    const cv::Size size(std::max(1, static_cast<int>(std::lround(picture.cols * scale))),
                        std::max(1, static_cast<int>(std::lround(picture.rows * scale))));
    cv::resize(picture, shown, size, 0, 0, cv::INTER_AREA);
  }
  return shown;
}

/// All views of a sample as rows of floats.
std::vector<std::vector<float>> rows_of(const VisibleTransform& transform,
                                        const data::Sample& sample, const RandomKey& key) {
  std::vector<std::vector<float>> rows;
  std::vector<float*> pointers;
  for (const data::ViewShape& shape : transform.views()) {
    pointers.push_back(rows.emplace_back(static_cast<std::size_t>(shape.numel())).data());
  }
  transform.apply(sample, key, pointers);
  return rows;
}

/// A view of a sample that has it: a text as it reads, all else as the transform shows its row.
cv::Mat look_of(const VisibleTransform& transform, const data::Sample& sample, std::size_t view,
                const float* row) {
  const data::ViewShape& shape = transform.views()[view];
  if (shape.symbols > 0) return lettering(data::text_of(sample.values[shape.source]));
  return transform.show(view, row);
}

double scale_to(cv::Size size, std::int64_t cell) {
  return static_cast<double>(cell) / std::max(size.width, size.height);
}

std::vector<std::size_t> image_sources(const data::Dataset& dataset) {
  std::vector<std::size_t> found;
  for (std::size_t s = 0; s < dataset.sources().size(); ++s)
    if (dataset.sources()[s].kind == data::SourceKind::image) found.push_back(s);
  return found;
}

/// The greatest height and width of the views of one source, which are drawn to one scale.
cv::Size largest_of(const std::vector<data::ViewShape>& views, std::size_t source) {
  cv::Size size(1, 1);
  for (const data::ViewShape& view : views) {
    if (view.source != source) continue;
    size.width = std::max(size.width, static_cast<int>(view.width));
    size.height = std::max(size.height, static_cast<int>(view.height));
  }
  return size;
}

/// What stands to the left of a row: which row of the input the sample is, and its class.
std::string row_caption(const data::Dataset& dataset, const data::Sample& sample) {
  const std::vector<std::string>& classes = dataset.classes();
  std::string row = fmt::format("#{}", dataset.row(sample.index));
  if (sample.label < 0 || sample.label >= static_cast<std::int64_t>(classes.size())) return row;
  return row + " " + classes[static_cast<std::size_t>(sample.label)];
}

int widest(const Column& column) {
  int width = text_size(column.caption).width;
  for (const cv::Mat& cell : column.cells) width = std::max(width, cell.cols);
  return width;
}

cv::Mat compose(const std::vector<std::string>& rows, const std::vector<Column>& columns,
                const Palette& palette) {
  const int caption_height = text_size("Ag").height;
  int left = 0;
  for (const std::string& row : rows) left = std::max(left, text_size(row).width);
  int width = margin + left + margin;
  for (const Column& column : columns) width += widest(column) + margin;
  std::vector<int> heights(rows.size(), 0);
  int height = margin + caption_height + margin / 2;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (const Column& column : columns) heights[r] = std::max(heights[r], column.cells[r].rows);
    height += heights[r] + margin;
  }

  cv::Mat canvas(height, width, CV_8UC4, palette.paper);
  const int first_row = margin + caption_height + margin / 2;
  int y = first_row;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    put_text(canvas, rows[r],
             {margin + left - text_size(rows[r]).width, y + (heights[r] + caption_height / 2) / 2},
             palette.text);
    y += heights[r] + margin;
  }
  int x = margin + left + margin;
  for (const Column& column : columns) {
    const int column_width = widest(column);
    put_text(
        canvas, column.caption,
        {x + (column_width - text_size(column.caption).width) / 2, margin + caption_height * 3 / 4},
        palette.text);
    y = first_row;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const cv::Mat& cell = column.cells[r];
      const cv::Rect place(x + (column_width - cell.cols) / 2, y + (heights[r] - cell.rows) / 2,
                           cell.cols, cell.rows);
      cv::Mat under = canvas(place);
      cv::cvtColor(cell, under, cv::COLOR_RGB2RGBA);
      cv::rectangle(canvas, place + cv::Size(2, 2) - cv::Point(1, 1), palette.edge, 1);
      y += heights[r] + margin;
    }
    x += column_width + margin;
  }
  return canvas;
}

}  // namespace

cv::Mat picture_of(const cv::Mat& image) {
  cv::Mat bytes, shown;
  image.convertTo(bytes, CV_8U, image.depth() == CV_16U ? 1.0 / 257.0 : 1.0);
  if (bytes.channels() == 3) return bytes.clone();
  cv::cvtColor(bytes, shown, cv::COLOR_GRAY2RGB);
  return shown;
}

cv::Mat view_of(const VisibleTransform& transform, const data::Sample& sample, std::size_t view,
                const RandomKey& key) {
  check(view < transform.views().size(), "view {} was asked for; there are {}", view,
        transform.views().size());
  if (sample.values[transform.views()[view].source].empty()) return missing.clone();
  return look_of(transform, sample, view, rows_of(transform, sample, key)[view].data());
}

cv::Mat sheet(const data::Dataset& dataset, const VisibleTransform& transform,
              const std::vector<std::int64_t>& indices, const SheetOptions& options) {
  check(options.cell >= 16 && options.cell <= 1024,
        "cell = {}: it must be within [16, 1024] pixels", options.cell);
  const std::vector<std::size_t> pictures = image_sources(dataset);
  const std::vector<data::ViewShape>& views = transform.views();
  std::vector<std::string> rows;
  std::vector<Column> columns;
  for (const std::size_t source : pictures) columns.push_back({dataset.sources()[source].name, {}});
  for (const data::ViewShape& view : views) columns.push_back({view.name, {}});
  for (const std::int64_t index : indices) {
    check(index >= 0 && index < dataset.size(), "sample {} was asked for; there are {}", index,
          dataset.size());
    auto column = columns.begin();
    data::Sample sample;
    try {
      sample = dataset.get(index);
    } catch (const UnreadableError&) {
      rows.push_back(fmt::format("#{} unreadable", dataset.row(index)));
      for (Column& each : columns)
        each.cells.push_back(scaled(missing, static_cast<double>(options.cell)));
      continue;
    }
    rows.push_back(row_caption(dataset, sample));
    for (const std::size_t source : pictures) {
      const cv::Mat& image = sample.values[source];
      (column++)->cells.push_back(
          image.empty() ? missing
                        : scaled(picture_of(image), scale_to(image.size(), options.cell)));
    }
    const RandomKey key{
        .seed = options.seed, .epoch = options.epoch, .sample = static_cast<std::uint64_t>(index)};
    const std::vector<std::vector<float>> values = rows_of(transform, sample, key);
    for (std::size_t v = 0; v < views.size(); ++v) {
      const cv::Mat shown = sample.values[views[v].source].empty()
                                ? missing
                                : look_of(transform, sample, v, values[v].data());
      if (views[v].symbols > 0 && shown.cols > 1) {
        (column++)->cells.push_back(shown);
        continue;
      }
      const double scale = scale_to(largest_of(views, views[v].source), options.cell);
      (column++)->cells.push_back(
          scaled(shown, std::min(scale, scale_to(shown.size(), options.cell))));
    }
  }
  cv::Mat sheet = compose(rows, columns, options.transparent ? see_through : white);
  if (!options.transparent) cv::cvtColor(sheet, sheet, cv::COLOR_RGBA2RGB);
  return sheet;
}

}  // namespace cmc::views
