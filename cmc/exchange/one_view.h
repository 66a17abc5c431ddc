#pragma once

#include <memory>
#include <opencv2/core/types.hpp>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/data/transform.h"

namespace cmc::exchange {

/// One view of a transform. Others of the same source are made and dropped. Where `size` isn't
/// empty, apply() throws Error for a picture of another size.
class OneView : public data::Transform {
 public:
  OneView(std::shared_ptr<const data::Transform> transform, std::size_t view, cv::Size size = {});

  const std::vector<data::ViewShape>& views() const override { return shapes_; }
  data::Stretch stretch(std::size_t source, std::int64_t length,
                        const RandomKey& key) const override {
    return transform_->stretch(source, length, key);
  }
  data::Cutout cutout(std::size_t source, cv::Size size, const RandomKey& key) const override {
    return transform_->cutout(source, size, key);
  }
  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override;

 private:
  std::shared_ptr<const data::Transform> transform_;
  std::size_t view_;
  cv::Size size_;
  std::vector<data::ViewShape> shapes_;
};

/// Samples of which one source alone is read, `from` of theirs, and stands at the place `to` among
/// `sources`; the others are missing.
class OneSource : public data::Dataset {
 public:
  OneSource(std::shared_ptr<const data::Dataset> samples, std::size_t from,
            std::vector<data::Source> sources, std::size_t to);

  std::int64_t size() const override { return samples_->size(); }
  data::Sample get(std::int64_t index) const override;
  data::Excerpt excerpt(std::int64_t index, std::size_t source,
                        const data::ChoosePart& choose) const override;
  std::int64_t label(std::int64_t index) const override { return samples_->label(index); }
  bool has_targets() const override { return samples_->has_targets(); }
  double target(std::int64_t index) const override { return samples_->target(index); }
  const std::vector<std::string>& classes() const override { return samples_->classes(); }
  const std::vector<data::Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override { return samples_->name(index); }
  std::int64_t row(std::int64_t index) const override { return samples_->row(index); }
  std::string_view part(std::int64_t index) const override { return samples_->part(index); }
  std::vector<data::UnreadableSample> unreadable() const override { return samples_->unreadable(); }

 private:
  std::shared_ptr<const data::Dataset> samples_;
  std::size_t from_;
  std::vector<data::Source> sources_;
  std::size_t to_;
};

}  // namespace cmc::exchange
