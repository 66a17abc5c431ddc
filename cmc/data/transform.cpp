#include "cmc/data/transform.h"

#include <utility>

namespace cmc::data {

std::vector<std::string> view_names(const Transform& transform) {
  std::vector<std::string> names;
  for (const ViewShape& view : transform.views()) names.push_back(view.name);
  return names;
}

Sample read_for(const Transform& transform, const Dataset& dataset, std::int64_t index,
                const RandomKey& key) {
  Sample sample{.index = index, .label = dataset.label(index), .values = {}};
  for (std::size_t s = 0; s < dataset.sources().size(); ++s) {
    const ChoosePart choose{
        .stretch = [&](std::int64_t length) { return transform.stretch(s, length, key); },
        .cutout = [&](cv::Size size) { return transform.cutout(s, size, key); }};
    Excerpt excerpt = dataset.excerpt(index, s, choose);
    sample.values.push_back(std::move(excerpt.value));
    sample.extents.push_back(excerpt.extent);
  }
  return sample;
}

}  // namespace cmc::data
