#include "cmc/views/pictures/learned.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <opencv2/core.hpp>

#include "cmc/error.h"
#include "cmc/views/pictures/color_tensors.h"

namespace cmc::views {
namespace {

class Learned : public Split {
 public:
  Learned(const LearnedOptions& options, const Frame& frame)
      : Split(frame, views_of(frame.size())),
        space_(options.space),
        normalization_(resolve(frame.normalization, options.space, 3)) {}

  /// The picture: what the generator makes of it is not known here.
  cv::Mat show(std::size_t, const float* row) const override {
    cv::Mat shown(frame().size(), CV_8UC3);
    for (auto pixel = shown.begin<cv::Vec3b>(); pixel != shown.end<cv::Vec3b>();
         ++pixel, row += 3) {
      std::array<double, 3> color;
      for (int c = 0; c < 3; ++c)
        color[c] =
            static_cast<double>(row[c]) * normalization_.deviation[c] + normalization_.mean[c];
      const std::array<double, 3> rgb = to_srgb(space_, color);
      for (int c = 0; c < 3; ++c) (*pixel)[c] = cv::saturate_cast<std::uint8_t>(255.0 * rgb[c]);
    }
    return shown;
  }

  at::Tensor of_batch(std::size_t, const at::Tensor& pictures) const override {
    const at::Tensor values = converted(space_, pictures);
    std::vector<at::Tensor> channels;
    for (const int c : all) channels.push_back(normalized_channel(values, c, normalization_));
    return at::cat(channels, 1);
  }

  std::string formula(std::size_t view) const override {
    return channels_formula(space_, all, normalization_) +
           (view == 0 ? "; the encoder sees the first channel that its generator makes of them"
                      : "; the encoder sees the other two that its generator makes of them");
  }

 protected:
  void cut(const PictureRead& image, const RandomKey& key,
           std::span<float* const> rows) const override {
    RandomStream joint = key.stream(RandomKey::joint);
    std::array<ChannelTarget, 3> targets;
    for (int c = 0; c < 3; ++c)
      targets[c] = {rows[0] + c, 3, normalization_.mean[c], normalization_.deviation[c]};
    write(frame().augmentation(image, joint), space_, targets);
    std::copy_n(rows[0], 3 * frame().size().area(), rows[1]);
  }

 private:
  static constexpr std::array<int, 3> all = {0, 1, 2};

  static std::vector<data::ViewShape> views_of(cv::Size size) {
    return {{"learned-1", 3, size.height, size.width}, {"learned-2", 3, size.height, size.width}};
  }

  ColorSpace space_;
  Normalization normalization_;
};

}  // namespace

std::shared_ptr<const Split> make_split(const LearnedOptions& options, const Frame& frame) {
  check(frame.channels == 3,
        "views of kind learned: the data set's pictures are grey and have no colour to split; use "
        "halves, quadrants, patches, frequency or augmented");
  return std::make_shared<Learned>(options, frame);
}

}  // namespace cmc::views
