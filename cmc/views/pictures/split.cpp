#include "cmc/views/pictures/split.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

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

data::Cutout Split::seen(cv::Size size, const RandomKey& key) const {
  RandomStream joint = key.stream(RandomKey::joint);
  return frame_.augmentation.cutout(size, joint);
}

data::Cutout Split::cutout(std::size_t source, cv::Size size, const RandomKey& key) const {
  if (source != frame_.source) return Transform::cutout(source, size, key);
  if (cuts_once()) return seen(size, key);
  data::Cutout all = seen(size, key.of_view(0));
  for (std::size_t v = 1; v < views_.size(); ++v)
    all = both(all, seen(size, key.of_view(static_cast<std::uint32_t>(v))));
  return all;
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
  const PictureRead picture(image, sample.extent(frame_.source));
  if (cuts_once())
    cut(picture, key, rows);
  else
    cut_apart(picture, key, rows);
}

RawInput Split::raw_input(std::size_t) const {
  const std::int64_t channels = frame_.channels;
  const cv::Size size = frame_.size();
  return {.name = "pictures",
          .type = at::kByte,
          .shape = {channels, size.height, size.width},
          .description = fmt::format(
              "uint8 [N, {}, {}, {}]: N {} pictures of {} × {} pixels (width × height), 0 … 255; "
              "of a picture of another size, the centre whose sides are 224/256 of the largest "
              "window of this shape, resized (by area where it shrinks, else bilinearly)",
              channels, size.height, size.width, channels == 1 ? "grey" : "RGB", size.width,
              size.height)};
}

void Split::cut_apart(const PictureRead& image, const RandomKey& key,
                      std::span<float* const> rows) const {
  thread_local std::vector<float> unwanted;
  std::int64_t largest = 0;
  for (const data::ViewShape& view : views_)
    largest = std::max(largest, view.channels * view.height * view.width);
  unwanted.resize(static_cast<std::size_t>(largest));
  for (std::size_t v = 0; v < rows.size(); ++v) {
    std::vector<float*> own(rows.size(), unwanted.data());
    own[v] = rows[v];
    cut(image, key.of_view(static_cast<std::uint32_t>(v)), own);
  }
}

}  // namespace cmc::views
