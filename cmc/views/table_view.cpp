#include "cmc/views/table_view.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "cmc/error.h"
#include "cmc/views/shades.h"

namespace cmc::views {
namespace {

class TableView : public PortableTransform {
 public:
  TableView(const std::string& name, std::size_t source, const data::Source& table,
            const TableViewOptions& options, Mode mode,
            const std::optional<Standardization>& standardization)
      : options_(options), mode_(mode), standardization_(standardization) {
    for (const data::TableColumn& column : table.columns)
      if (column.categories.empty())
        ++numbers_;
      else
        categories_.push_back(column.categories.size());
    std::size_t channels = numbers_;
    if (standardization_) {
      check(standardization_->mean.size() == numbers_,
            "view \"{}\": statistics of {} columns for a table with {} numeric ones", name,
            standardization_->mean.size(), numbers_);
      for (const std::size_t size : categories_) channels += size;
      for (std::size_t c = 0; c < numbers_; ++c)
        if (standardization_->missing[c] > 0) masked_.push_back(c);
      channels += masked_.size();
    }
    views_.push_back({name, static_cast<std::int64_t>(channels), 1, 1, source});
    if (!standardization_) return;
    mean_ = at::tensor(standardization_->mean);
    deviation_ = at::tensor(standardization_->deviation);
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
    const float* const cells = value.ptr<float>();
    float* to = rows[0];
    if (!standardization_) {
      std::copy_n(cells, numbers_, to);
      return;
    }
    const bool train = mode_ == Mode::train;
    RandomStream stream = key.stream(0);
    const auto dropped = [&] {
      return train && options_.dropout > 0 && stream.bernoulli(options_.dropout);
    };
    thread_local std::vector<bool> lacks;
    lacks.assign(numbers_, false);
    for (std::size_t c = 0; c < numbers_; ++c) {
      lacks[c] = std::isnan(cells[c]) || dropped();
      const float x = (cells[c] - standardization_->mean[c]) / standardization_->deviation[c];
      to[c] = lacks[c] ? 0.0f : x;
      if (train && options_.noise > 0 && !lacks[c])
        to[c] += static_cast<float>(options_.noise * stream.normal());
    }
    to += numbers_;
    for (std::size_t j = 0; j < categories_.size(); ++j) {
      std::fill_n(to, categories_[j], 0.0f);
      const float place = cells[numbers_ + j];
      if (!dropped() && place >= 0) to[static_cast<std::size_t>(place)] = 1;
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
        "float32 [N, {0}]: N rows of the {0} columns that the metadata's \"columns\" lists, in "
        "that "
        "order; NaN in an empty cell",
        columns);
    if (!categories_.empty())
      text +=
          "; a category as its place in the column's list, from 0, and -1 for one it doesn't hold";
    return {.name = "rows", .shape = {columns}, .description = std::move(text)};
  }

  at::Tensor of_batch(std::size_t, const at::Tensor& rows) const override {
    check(standardization_.has_value(), "view \"{}\": its statistics are not known",
          views_[0].name);
    const auto n = static_cast<std::int64_t>(numbers_);
    std::vector<at::Tensor> parts;
    const at::Tensor numbers = rows.slice(1, 0, n), lacks = numbers.isnan();
    if (n > 0) parts.push_back(numbers.sub(mean_).div(deviation_).masked_fill(lacks, 0.0));
    for (std::size_t j = 0; j < places_.size(); ++j) {
      const std::int64_t column = n + static_cast<std::int64_t>(j);
      const at::Tensor place = rows.slice(1, column, column + 1);  // NaN and -1 equal none
      parts.push_back(place.eq(places_[j]).to(at::kFloat));
    }
    if (!masked_.empty()) parts.push_back(lacks.to(at::kFloat).index_select(1, place_of_masked_));
    return at::cat(parts, 1).unsqueeze(2).unsqueeze(3);
  }

  std::string formula(std::size_t) const override {
    std::string text =
        fmt::format("{} columns, (x − mean) / deviation of each, 0 where x is missing", numbers_);
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
  std::optional<Standardization> standardization_;
  std::size_t numbers_ = 0;
  std::vector<std::size_t> categories_;  // texts of each categorical column
  std::vector<std::size_t> masked_;      // numeric columns that have a channel for "missing"
  std::vector<data::ViewShape> views_;
  // The same for of_batch, made beforehand so that a traced graph holds them as constants.
  at::Tensor mean_, deviation_, place_of_masked_;
  std::vector<at::Tensor> places_;  // 0, 1, … of each categorical column
};

}  // namespace

std::shared_ptr<const PortableTransform> make_table_view(
    const std::string& name, std::size_t source, const data::Source& table,
    const TableViewOptions& options, Mode mode,
    const std::optional<Standardization>& standardization) {
  check(options.dropout >= 0 && options.dropout < 1,
        "view \"{}\": dropout = {}: it must be within [0, 1)", name, options.dropout);
  check(options.noise >= 0, "view \"{}\": noise = {}: it must be 0 or more", name, options.noise);
  return std::make_shared<TableView>(name, source, table, options, mode, standardization);
}

}  // namespace cmc::views
