#include "cmc/views/table_view.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "cmc/error.h"
#include "cmc/views/shades.h"

namespace cmc::views {
namespace {

class TableView : public VisibleTransform {
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
      if (!dropped() && !std::isnan(place)) to[static_cast<std::size_t>(place)] = 1;
      to += categories_[j];
    }
    for (const std::size_t c : masked_) *to++ = lacks[c] ? 1.0f : 0.0f;
  }

  cv::Mat show(std::size_t, const float* row) const override {
    return bars(row, static_cast<std::size_t>(views_[0].channels));
  }

 private:
  TableViewOptions options_;
  Mode mode_;
  std::optional<Standardization> standardization_;
  std::size_t numbers_ = 0;
  std::vector<std::size_t> categories_;  // texts of each categorical column
  std::vector<std::size_t> masked_;      // numeric columns that have a channel for "missing"
  std::vector<data::ViewShape> views_;
};

}  // namespace

std::shared_ptr<const VisibleTransform> make_table_view(
    const std::string& name, std::size_t source, const data::Source& table,
    const TableViewOptions& options, Mode mode,
    const std::optional<Standardization>& standardization) {
  check(options.dropout >= 0 && options.dropout < 1,
        "view \"{}\": dropout = {}: it must be within [0, 1)", name, options.dropout);
  check(options.noise >= 0, "view \"{}\": noise = {}: it must be 0 or more", name, options.noise);
  return std::make_shared<TableView>(name, source, table, options, mode, standardization);
}

}  // namespace cmc::views
