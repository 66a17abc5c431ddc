#include "cmc/views/sources/table_view.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>

#include "cmc/data/numbers.h"
#include "cmc/error.h"
#include "cmc/views/pictures/shades.h"

namespace cmc::views {
namespace {

class TableView : public PortableTransform {
 public:
  TableView(const TableViewOptions& options, const ViewOrigin& origin, Mode mode,
            const Standardization& known)
      : options_(options),
        mode_(mode),
        known_(known),
        numbers_(data::number_layout(origin.source).channels),
        raw_type_(fits_float32(known) ? at::kFloat : at::kDouble) {
    check_statistics(known_, numbers_, origin.name);
    std::size_t channels = numbers_;
    for (const data::TableColumn& column : origin.source.columns) {
      if (column.categories.empty()) continue;
      categories_.push_back(column.categories.size());
      channels += column.categories.size();
    }
    for (std::size_t c = 0; c < numbers_; ++c)
      if (known_.missing[c] > 0) masked_.push_back(c);
    channels += masked_.size();
    views_.push_back({origin.name, static_cast<std::int64_t>(channels), 1, 1, origin.place});
    mean_ = at::tensor(known_.mean, raw_type_);
    deviation_ = at::tensor(known_.deviation, raw_type_);
    place_of_masked_ =
        at::tensor(std::vector<std::int64_t>(masked_.begin(), masked_.end()), at::kLong);
    for (const std::size_t size : categories_)
      places_.push_back(at::arange(static_cast<std::int64_t>(size), at::kFloat));
  }

  const std::vector<data::ViewShape>& views() const override { return views_; }

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    const cv::Mat& value = sample.values[views_[0].source];
    if (value.empty()) return;
    const data::Numbers cells(value);
    float* to = rows[0];
    const bool train = mode_ == Mode::train;
    RandomStream stream = key.stream(0);
    const auto dropped = [&] {
      return train && options_.dropout > 0 && stream.bernoulli(options_.dropout);
    };
    thread_local std::vector<bool> lacks;
    lacks.assign(numbers_, false);
    for (std::size_t c = 0; c < numbers_; ++c) {
      lacks[c] = std::isnan(cells[c]) || dropped();
      to[c] = lacks[c] ? 0.0f : standardized(cells[c], known_, c, views_[0].name);
      if (train && options_.noise > 0 && !lacks[c])
        to[c] += static_cast<float>(options_.noise * stream.normal());
    }
    to += numbers_;
    for (std::size_t j = 0; j < categories_.size(); ++j) {
      std::fill_n(to, categories_[j], 0.0f);
      const double place = cells[numbers_ + j];
      const bool known = place >= 0 && place < static_cast<double>(categories_[j]);
      if (!dropped() && known) to[static_cast<std::size_t>(place)] = 1;
      to += categories_[j];
    }
    for (const std::size_t c : masked_) *to++ = lacks[c] ? 1.0f : 0.0f;
  }

  cv::Mat show(std::size_t, const float* row) const override {
    return bars(row, static_cast<std::size_t>(views_[0].channels));
  }

  RawInput raw_input(std::size_t) const override {
    const auto columns = static_cast<std::int64_t>(numbers_ + categories_.size());
    std::string text = fmt::format(
        "{0} [N, {1}]: N rows of the {1} columns that the metadata's \"columns\" lists, in that "
        "order; NaN in an empty cell",
        raw_type_ == at::kDouble ? "float64" : "float32", columns);
    if (!categories_.empty())
      text +=
          "; a category as its place in the column's list, from 0, and -1 for one it doesn't hold";
    return {.name = "rows", .type = raw_type_, .shape = {columns}, .description = std::move(text)};
  }

  at::Tensor of_batch(std::size_t, const at::Tensor& rows) const override {
    const auto n = static_cast<std::int64_t>(numbers_);
    std::vector<at::Tensor> parts;
    const at::Tensor numbers = rows.slice(1, 0, n), lacks = numbers.isnan();
    if (n > 0)
      parts.push_back(numbers.sub(mean_).div(deviation_).to(at::kFloat).masked_fill(lacks, 0.0));
    for (std::size_t j = 0; j < places_.size(); ++j) {
      const std::int64_t column = n + static_cast<std::int64_t>(j);
      // NaN and -1 equal none.
      const at::Tensor place = rows.slice(1, column, column + 1).to(at::kFloat);
      parts.push_back(place.eq(places_[j]).to(at::kFloat));
    }
    if (!masked_.empty()) parts.push_back(lacks.to(at::kFloat).index_select(1, place_of_masked_));
    return at::cat(parts, 1).unsqueeze(2).unsqueeze(3);
  }

  std::string formula(std::size_t) const override {
    std::string text =
        fmt::format("{} columns, (x − mean) / deviation of each{}, 0 where x is missing", numbers_,
                    raw_type_ == at::kDouble ? ", computed in float64" : "");
    for (const std::size_t size : categories_)
      text += fmt::format("; 1 at the category's place among {} and 0 elsewhere", size);
    if (!masked_.empty())
      text += fmt::format(
          "; for each of the {} columns whose \"missing\" is above 0, 1 where it is "
          "missing, else 0",
          masked_.size());
    return text + " (the metadata's \"columns\" and \"standardization\")";
  }

 private:
  TableViewOptions options_;
  Mode mode_;
  Standardization known_;
  std::size_t numbers_;
  at::ScalarType raw_type_;              // of what of_batch takes
  std::vector<std::size_t> categories_;  // texts of each categorical column
  std::vector<std::size_t> masked_;      // numeric columns that have a channel for "missing"
  std::vector<data::ViewShape> views_;
  // The same for of_batch, made beforehand so that a traced graph holds them as constants.
  at::Tensor mean_, deviation_, place_of_masked_;
  std::vector<at::Tensor> places_;  // 0, 1, … of each categorical column
};

}  // namespace

std::shared_ptr<const PortableTransform> make_view(const TableViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known) {
  check_disturbance(origin.name, options.dropout, options.noise);
  return std::make_shared<TableView>(options, origin, mode, known.value());
}

std::optional<Standardization> measure_view(const TableViewOptions& /*options*/,
                                            const ViewOrigin& origin, const data::Dataset& train) {
  if (data::number_layout(origin.source).channels == 0) return Standardization{};
  return measure_numbers(origin.name, train, origin.place,
                         std::numeric_limits<std::int64_t>::max());
}

}  // namespace cmc::views
