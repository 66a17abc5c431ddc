#include "cmc/views/split.h"

#include "cmc/error.h"

namespace cmc::views {

Split::Split(Frame frame, std::vector<data::ViewShape> views)
    : frame_(std::move(frame)), views_(std::move(views)) {
  for (data::ViewShape& view : views_) {
    view.source = frame_.source;
    if (frame_.name.empty()) continue;
    view.name = views_.size() == 1 ? frame_.name : frame_.name + "-" + view.name;
  }
}

void Split::apply(const data::Sample& sample, const RandomKey& key,
                  std::span<float* const> rows) const {
  const cv::Mat& image = sample.values[frame_.source];
  check(rows.size() == views_.size(), "{} rows were given for {} views", rows.size(),
        views_.size());
  if (image.empty()) return;  // missing
  check((image.depth() == CV_8U || image.depth() == CV_16U) &&
            (image.channels() == 1 || image.channels() == 3),
        "sample {}: its picture is neither 8 nor 16 bit, or has {} channels; views are cut "
        "from grey and RGB pictures",
        sample.index, image.channels());
  check(image.channels() <= frame_.channels,
        "sample {}: its picture is RGB where the data set's shape says grey", sample.index);
  cut(image, key, rows);
}

}  // namespace cmc::views
