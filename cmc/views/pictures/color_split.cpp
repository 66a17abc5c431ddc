#include "cmc/views/pictures/color_split.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <utility>
#include <vector>

#include "cmc/error.h"
#include "cmc/views/pictures/color_tensors.h"

namespace cmc::views {
namespace {

/// Of each view the channels, by their places in the space: one or two.
using ChannelGroups = std::vector<std::vector<int>>;

/// The one that stands alone, then the other two.
ChannelGroups channel_groups(const ColorOptions& options) {
  const auto& channels = describe(options.space).channels;
  const auto found = options.alone.empty()
                         ? channels.begin()
                         : std::find(channels.begin(), channels.end(), options.alone);
  check(found != channels.end(), "color.alone = \"{}\": the channels of {} are {}, {} and {}",
        options.alone, describe(options.space).name, channels[0], channels[1], channels[2]);
  const int alone = static_cast<int>(found - channels.begin());
  return {{alone}, {alone == 0 ? 1 : 0, alone == 2 ? 1 : 2}};
}

class ColorSplit : public Split {
 public:
  ColorSplit(ColorSpace space, ChannelGroups groups, const Frame& frame)
      : Split(frame, views_of(space, groups, frame.size())),
        space_(space),
        groups_(std::move(groups)),
        normalization_(resolve(frame.normalization, space, 3)) {}

  cv::Mat show(std::size_t view, const float* row) const override {
    const std::vector<int>& own = groups_[view];
    cv::Mat shown(frame().size(), CV_8UC3);
    for (auto pixel = shown.begin<cv::Vec3b>(); pixel != shown.end<cv::Vec3b>(); ++pixel) {
      *pixel = own.size() == 1 ? grey(own[0], *row) : colored(own[0], row[0], own[1], row[1]);
      row += own.size();
    }
    return shown;
  }

  at::Tensor of_batch(std::size_t view, const at::Tensor& pictures) const override {
    const at::Tensor channels = converted(space_, pictures);
    std::vector<at::Tensor> chosen;
    for (const int c : groups_[view])
      chosen.push_back(normalized_channel(channels, c, normalization_));
    return chosen.size() == 1 ? chosen[0] : at::cat(chosen, 1);
  }

  std::string formula(std::size_t view) const override {
    return channels_formula(space_, groups_[view], normalization_);
  }

 protected:
  void cut(const PictureRead& image, const RandomKey& key,
           std::span<float* const> rows) const override {
    RandomStream joint = key.stream(RandomKey::joint);
    std::array<ChannelTarget, 3> targets;
    for (std::size_t v = 0; v < groups_.size(); ++v) {
      const auto stride = static_cast<std::int64_t>(groups_[v].size());
      float* data = rows[v];
      for (const int c : groups_[v])
        targets[c] = {data++, stride, normalization_.mean[c], normalization_.deviation[c]};
    }
    write(frame().augmentation(image, joint), space_, targets);
  }

 private:
  static std::vector<data::ViewShape> views_of(ColorSpace space, const ChannelGroups& groups,
                                               cv::Size size) {
    std::vector<data::ViewShape> views;
    for (const std::vector<int>& group : groups) {
      std::string name;
      for (const int c : group) name += describe(space).channels[c];
      views.push_back({name, static_cast<std::int64_t>(group.size()), size.height, size.width});
    }
    return views;
  }

  double original(int c, float value) const {
    return static_cast<double>(value) * normalization_.deviation[c] + normalization_.mean[c];
  }

  /// A channel's value as its place in the channel's range.
  cv::Vec3b grey(int c, float value) const {
    const ColorSpaceDescription& range = describe(space_);
    const double place = (original(c, value) - range.low[c]) / (range.high[c] - range.low[c]);
    return cv::Vec3b::all(cv::saturate_cast<std::uint8_t>(255.0 * place));
  }

  /// Two channels as a colour, the third held at three fifths of its range.
  cv::Vec3b colored(int a, float value_of_a, int b, float value_of_b) const {
    const ColorSpaceDescription& range = describe(space_);
    const int third = 3 - a - b;
    std::array<double, 3> color;
    color[third] = 0.4 * range.low[third] + 0.6 * range.high[third];
    color[a] = original(a, value_of_a);
    color[b] = original(b, value_of_b);
    const std::array<double, 3> rgb = to_srgb(space_, color);
    cv::Vec3b pixel;
    for (int c = 0; c < 3; ++c) pixel[c] = cv::saturate_cast<std::uint8_t>(255.0 * rgb[c]);
    return pixel;
  }

  ColorSpace space_;
  ChannelGroups groups_;
  Normalization normalization_;
};

std::shared_ptr<const Split> split_of_groups(ColorSpace space, ChannelGroups groups,
                                             const Frame& frame) {
  check(frame.channels == 3,
        "views of colours: the data set's pictures are grey and have no colour to split; use "
        "halves, quadrants, patches, frequency or augmented");
  return std::make_shared<ColorSplit>(space, std::move(groups), frame);
}

}  // namespace

std::shared_ptr<const Split> make_split(const ColorOptions& options, const Frame& frame) {
  return split_of_groups(options.space, channel_groups(options), frame);
}

std::shared_ptr<const Split> make_split(const ChannelsOptions& options, const Frame& frame) {
  return split_of_groups(options.space, {{0}, {1}, {2}}, frame);
}

}  // namespace cmc::views
