#pragma once

#include <memory>
#include <vector>

#include "cmc/views/visible_transform.h"

namespace cmc::views {

/// Some of another transform's views, in an order of their own.
class ChosenViews : public VisibleTransform {
 public:
  /// `chosen`: the places of views of `whole`. Throws Error where one isn't there.
  ChosenViews(std::shared_ptr<const VisibleTransform> whole, std::vector<std::size_t> chosen);

  const std::vector<data::ViewShape>& views() const override { return views_; }
  data::Stretch stretch(std::size_t source, std::int64_t length,
                        const RandomKey& key) const override {
    return whole_->stretch(source, length, key);
  }
  data::Cutout cutout(std::size_t source, cv::Size size, const RandomKey& key) const override {
    return whole_->cutout(source, size, key);
  }
  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override;
  cv::Mat show(std::size_t view, const float* row) const override {
    return whole_->show(chosen_[view], row);
  }

 private:
  std::shared_ptr<const VisibleTransform> whole_;
  std::vector<std::size_t> chosen_;
  std::vector<data::ViewShape> views_;
};

}  // namespace cmc::views
