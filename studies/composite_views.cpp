#include "studies/composite_views.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "cmc/error.h"

namespace cmc::studies {
namespace {

constexpr int side = 40, garment_side = 20, grid = 3, step = 9, corner = 1;

/// What one view shows.
struct Content {
  cv::Mat garment;
  std::int64_t place = 0;
  std::int64_t texture = 0;
};

/// A draw for one factor, independent of the others'.
std::int64_t draw(RandomStream stream, std::int64_t bound, int skip) {
  for (int i = 0; i < skip; ++i) stream();
  return stream.below(bound);
}

/// A grating of four directions and two wavelengths, 0 … 1.
float texture_at(std::int64_t texture, double phase, int x, int y) {
  const double angle = static_cast<double>(texture % 4) * std::numbers::pi / 4;
  const double wavelength = texture < 4 ? 4.5 : 9.0;
  const double along = std::cos(angle) * x + std::sin(angle) * y;
  return static_cast<float>(0.5 +
                            0.5 * std::sin(2 * std::numbers::pi * along / wavelength + phase));
}

void paint(const Content& content, RandomStream& free, float* row) {
  cv::Mat garment;
  cv::resize(content.garment, garment, {garment_side, garment_side}, 0, 0, cv::INTER_AREA);
  const double phase = free.uniform(0, 2 * std::numbers::pi);
  const int left =
      corner + step * static_cast<int>(content.place % grid) + static_cast<int>(free.below(3)) - 1;
  const int top =
      corner + step * static_cast<int>(content.place / grid) + static_cast<int>(free.below(3)) - 1;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      float value = 0.5f * texture_at(content.texture, phase, x, y);
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
  return factor == Factor::position ? draw(key.stream(0), places, 0)
                                    : draw(key.stream(0), textures, 8);
}

void CompositeViews::apply(const data::Sample& sample, const RandomKey& key,
                           std::span<float* const> rows) const {
  const auto shares = [&](Factor factor) { return shared_[static_cast<std::size_t>(factor)]; };
  const Content first{sample.values[0], drawn(Factor::position, key),
                      drawn(Factor::background, key)};
  Content second = first;
  if (!shares(Factor::garment)) {
    const std::int64_t other = draw(key.stream(1), garments_->size(), 16);
    second.garment = garments_->value(other, 0);
  }
  if (!shares(Factor::position)) second.place = draw(key.stream(1), places, 0);
  if (!shares(Factor::background)) second.texture = draw(key.stream(1), textures, 8);
  RandomStream first_free = key.stream(2), second_free = key.stream(3);
  paint(first, first_free, rows[0]);
  paint(second, second_free, rows[1]);
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
