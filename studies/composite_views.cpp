#include "studies/composite_views.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "cmc/error.h"

namespace cmc::studies {
namespace {

constexpr int side = 40, garment_side = 20, room = side - garment_side + 1, grid = 3;
constexpr int directions = 8, waves = 16;

/// Which of the key's streams: of a factor in the first or the second view, or what is free there.
std::uint32_t stream_of(Factor factor, std::uint32_t view) {
  return 2 * static_cast<std::uint32_t>(factor) + view;
}
std::uint32_t free_stream(std::uint32_t view) {
  return 2 * static_cast<std::uint32_t>(factors.size()) + view;
}

struct Place {
  int left, top;
};

Place draw_place(RandomStream stream) {
  const auto left = static_cast<int>(stream.below(room));
  return {left, static_cast<int>(stream.below(room))};
}

/// What one view shows.
struct Content {
  cv::Mat garment;
  Place place;
  cv::Mat background;  ///< float, mean 0, deviation 1
};

/// The first that a background's stream gives.
std::int64_t texture_class(RandomStream& stream) {
  return stream.below(CompositeViews::textures);
}

/// Waves about as long and in about the same direction, of random phases: neighbouring classes
/// touch.
cv::Mat draw_background(RandomStream stream) {
  const std::int64_t texture = texture_class(stream);
  const double direction = static_cast<double>(texture % directions) + 0.5;
  const double length = texture < directions ? 4.5 : 8.0;
  cv::Mat field(side, side, CV_32F, cv::Scalar(0));
  for (int wave = 0; wave < waves; ++wave) {
    const double angle = (direction + stream.uniform(-0.5, 0.5)) * std::numbers::pi / directions;
    const double frequency = 2 * std::numbers::pi / (length * stream.uniform(0.75, 1.33));
    const double phase = stream.uniform(0, 2 * std::numbers::pi);
    const std::complex<float> along_x(std::polar(1.0, frequency * std::cos(angle)));
    for (int y = 0; y < side; ++y) {
      std::complex<float> value(
          std::polar(std::sqrt(2.0 / waves), frequency * std::sin(angle) * y + phase));
      auto* const row = field.ptr<float>(y);
      for (int x = 0; x < side; ++x, value *= along_x) row[x] += value.real();
    }
  }
  return field;
}

void paint(const Content& content, RandomStream free, float* row) {
  cv::Mat garment;
  cv::resize(content.garment, garment, {garment_side, garment_side}, 0, 0, cv::INTER_AREA);
  const auto brightness = static_cast<float>(free.uniform(0.2, 0.3));
  const int left =
      std::clamp(content.place.left + static_cast<int>(free.below(3)) - 1, 0, room - 1);
  const int top = std::clamp(content.place.top + static_cast<int>(free.below(3)) - 1, 0, room - 1);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      float value = std::clamp(brightness + 0.1f * content.background.at<float>(y, x), 0.0f, 0.5f);
      const int gx = x - left, gy = y - top;
      if (gx >= 0 && gy >= 0 && gx < garment_side && gy < garment_side)
        value = std::max(value, static_cast<float>(garment.at<std::uint8_t>(gy, gx)) / 255.0f);
      row[side * y + x] = 2 * value - 1;
    }
  }
}

}  // namespace

std::string name(Factor factor) {
  if (factor == Factor::garment) return "garment";
  return factor == Factor::position ? "position" : "background";
}

CompositeViews::CompositeViews(std::shared_ptr<const data::Dataset> garments,
                               const std::vector<Factor>& shared)
    : garments_(std::move(garments)), views_{{"first", 1, side, side}, {"second", 1, side, side}} {
  const data::SourceShape shape = garments_->sources()[0].shape;
  check(shape.channels == 1, "composite pictures are made of grey garments, not of {} channels",
        shape.channels);
  for (const Factor factor : shared) shared_[static_cast<std::size_t>(factor)] = true;
}

std::int64_t CompositeViews::drawn(Factor factor, const RandomKey& key) {
  RandomStream stream = key.stream(stream_of(factor, 0));
  if (factor == Factor::background) return texture_class(stream);
  const Place place = draw_place(stream);
  return grid * (grid * place.top / room) + grid * place.left / room;
}

void CompositeViews::apply(const data::Sample& sample, const RandomKey& key,
                           std::span<float* const> rows) const {
  const auto shares = [&](Factor factor) { return shared_[static_cast<std::size_t>(factor)]; };
  const auto stream = [&](Factor factor, std::uint32_t view) {
    return key.stream(stream_of(factor, view));
  };
  const Content first{sample.values[0], draw_place(stream(Factor::position, 0)),
                      draw_background(stream(Factor::background, 0))};
  Content second = first;
  if (!shares(Factor::garment))
    second.garment = garments_->value(stream(Factor::garment, 1).below(garments_->size()), 0);
  if (!shares(Factor::position)) second.place = draw_place(stream(Factor::position, 1));
  if (!shares(Factor::background))
    second.background = draw_background(stream(Factor::background, 1));
  paint(first, key.stream(free_stream(0)), rows[0]);
  paint(second, key.stream(free_stream(1)), rows[1]);
}

cv::Mat CompositeViews::show(std::size_t /*view*/, const float* row) const {
  cv::Mat picture(side, side, CV_8UC3);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      picture.at<cv::Vec3b>(y, x) =
          cv::Vec3b::all(static_cast<std::uint8_t>(std::lround((row[side * y + x] + 1) * 127.5f)));
  return picture;
}

}  // namespace cmc::studies
