#include "cmc/exchange/one_view.h"

#include <opencv2/core/mat.hpp>
#include <utility>

#include "cmc/error.h"

namespace cmc::exchange {

OneView::OneView(std::shared_ptr<const data::Transform> transform, std::size_t view, cv::Size size)
    : transform_(std::move(transform)),
      view_(view),
      size_(size),
      shapes_{transform_->views().at(view)} {}

void OneView::apply(const data::Sample& sample, const RandomKey& key,
                    std::span<float* const> rows) const {
  const std::size_t source = shapes_[0].source;
  const data::Extent extent = sample.extent(source);
  check(size_.empty() || sample.values[source].empty() ||
            (extent.length == size_.width && extent.height == size_.height),
        "sample {}: a picture of {} × {} pixels; the run learned from {} × {}", sample.index,
        extent.length, extent.height, size_.width, size_.height);
  const std::vector<data::ViewShape>& all = transform_->views();
  thread_local std::vector<std::vector<float>> others;
  others.resize(all.size());
  std::vector<float*> targets(all.size());
  for (std::size_t v = 0; v < all.size(); ++v) {
    if (v != view_) others[v].resize(static_cast<std::size_t>(all[v].numel()));
    targets[v] = v == view_ ? rows[0] : others[v].data();
  }
  transform_->apply(sample, key, targets);
}

OneSource::OneSource(std::shared_ptr<const data::Dataset> samples, std::size_t from,
                     std::vector<data::Source> sources, std::size_t to)
    : samples_(std::move(samples)), from_(from), sources_(std::move(sources)), to_(to) {}

data::Sample OneSource::get(std::int64_t index) const {
  data::Sample sample{.index = index, .label = samples_->label(index), .values = {}};
  sample.values.resize(sources_.size());
  sample.values[to_] = samples_->value(index, from_);
  return sample;
}

data::Excerpt OneSource::excerpt(std::int64_t index, std::size_t source,
                                 const data::ChoosePart& choose) const {
  return source == to_ ? samples_->excerpt(index, from_, choose) : data::Excerpt{};
}

}  // namespace cmc::exchange
