#include "cmc/views/pictures/color_split.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/error.h"
#include "cmc/views/pictures/color_tensors.h"

namespace cmc::views {
namespace {

/// The channels of a space in the order of the views: the one that stands alone, then the other
/// two.
std::array<int, 3> order_of(const ColorOptions& options) {
  const auto& channels = describe(options.space).channels;
  const auto found = options.alone.empty()
                         ? channels.begin()
                         : std::find(channels.begin(), channels.end(), options.alone);
  check(found != channels.end(), "color.alone = \"{}\": the channels of {} are {}, {} and {}",
        options.alone, describe(options.space).name, channels[0], channels[1], channels[2]);
  const int alone = static_cast<int>(found - channels.begin());
  return {alone, alone == 0 ? 1 : 0, alone == 2 ? 1 : 2};
}

class ColorSplit : public Split {
 public:
  ColorSplit(const ColorOptions& options, const Frame& frame)
      : Split(frame, views_of(options, frame.size())),
        space_(options.space),
        order_(order_of(options)),
        normalization_(resolve(frame.normalization, options.space, 3)) {}

  cv::Mat show(std::size_t view, const float* row) const override {
    cv::Mat shown(frame().size(), CV_8UC3);
    for (auto pixel = shown.begin<cv::Vec3b>(); pixel != shown.end<cv::Vec3b>(); ++pixel) {
      *pixel = view == 0 ? grey(*row) : colored(row[0], row[1]);
      row += view == 0 ? 1 : 2;
    }
    return shown;
  }

  at::Tensor of_batch(std::size_t view, const at::Tensor& pictures) const override {
    const at::Tensor channels = converted(space_, pictures);
    std::vector<at::Tensor> chosen;
    for (const int place : places_of(view)) {
      const int c = order_[place];
      chosen.push_back((channels.slice(1, c, c + 1) - static_cast<double>(normalization_.mean[c])) /
                       static_cast<double>(normalization_.deviation[c]));
    }
    return chosen.size() == 1 ? chosen[0] : at::cat(chosen, 1);
  }

  std::string formula(std::size_t view) const override {
    const ColorSpaceDescription& space = describe(space_);
    std::string text = fmt::format("the picture in the colour space {}", space.name);
    for (const int place : places_of(view)) {
      const int c = order_[place];
      text += ", " + normalization_formula(std::string(space.channels[c]), normalization_.mean[c],
                                           normalization_.deviation[c]);
    }
    return text;
  }

 protected:
  void cut(const PictureRead& image, const RandomKey& key,
           std::span<float* const> rows) const override {
    RandomStream joint = key.stream(RandomKey::joint);
    std::array<ChannelTarget, 3> targets;
    for (int place = 0; place < 3; ++place) {
      const int c = order_[place];
      float* const data = place == 0 ? rows[0] : rows[1] + (place - 1);
      targets[c] = {data, place == 0 ? 1 : 2, normalization_.mean[c], normalization_.deviation[c]};
    }
    write(frame().augmentation(image, joint), space_, targets);
  }

 private:
  static std::vector<int> places_of(std::size_t view) {
    return view == 0 ? std::vector<int>{0} : std::vector<int>{1, 2};
  }

  static std::vector<data::ViewShape> views_of(const ColorOptions& options, cv::Size size) {
    const auto& channels = describe(options.space).channels;
    const std::array<int, 3> order = order_of(options);
    return {{std::string(channels[order[0]]), 1, size.height, size.width},
            {std::string(channels[order[1]]) + std::string(channels[order[2]]), 2, size.height,
             size.width}};
  }

  double original(int place, float value) const {
    const int c = order_[place];
    return static_cast<double>(value) * normalization_.deviation[c] + normalization_.mean[c];
  }

  /// A channel's value as its place in the channel's range.
  cv::Vec3b grey(float value) const {
    const ColorSpaceDescription& range = describe(space_);
    const int c = order_[0];
    const double place = (original(0, value) - range.low[c]) / (range.high[c] - range.low[c]);
    return cv::Vec3b::all(cv::saturate_cast<std::uint8_t>(255.0 * place));
  }

  /// Two channels as a colour, the third held at three fifths of its range.
  cv::Vec3b colored(float second, float third) const {
    const ColorSpaceDescription& range = describe(space_);
    std::array<double, 3> color;
    color[order_[0]] = 0.4 * range.low[order_[0]] + 0.6 * range.high[order_[0]];
    color[order_[1]] = original(1, second);
    color[order_[2]] = original(2, third);
    const std::array<double, 3> rgb = to_srgb(space_, color);
    cv::Vec3b pixel;
    for (int c = 0; c < 3; ++c) pixel[c] = cv::saturate_cast<std::uint8_t>(255.0 * rgb[c]);
    return pixel;
  }

  ColorSpace space_;
  std::array<int, 3> order_;
  Normalization normalization_;
};

}  // namespace

std::shared_ptr<const Split> make_split(const ColorOptions& options, const Frame& frame) {
  check(frame.channels == 3,
        "views of kind color: the data set's pictures are grey and have no colour to split; use "
        "halves, quadrants, patches, frequency or augmented");
  return std::make_shared<ColorSplit>(options, frame);
}

}  // namespace cmc::views
