#include "cmc/data/make_senses.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/wav.h"
#include "cmc/random.h"

namespace cmc::data {
namespace {

namespace fs = std::filesystem;

constexpr int rate = 8000;
constexpr int sound_length = 2400;
constexpr int photo_side = 32;
constexpr int columns = 12;

struct Factors {
  int shape, size, warmth, sweep;
};

Factors draw_factors(RandomStream stream) {
  const auto below = [&](std::int64_t n) { return static_cast<int>(stream.below(n)); };
  return {.shape = below(3), .size = below(2), .warmth = below(2), .sweep = below(2)};
}

cv::Mat draw_photo(const Factors& factors, RandomStream stream) {
  const int radius = factors.size == 0 ? 5 : 10;
  const auto place = [&] {
    return static_cast<int>(radius + 1 + stream.below(photo_side - 2 * radius - 2));
  };
  const cv::Point center(place(), place());
  const double light = stream.uniform(150, 255);
  // OpenCV's order is B, G, R.
  const cv::Scalar color =
      factors.warmth == 0 ? cv::Scalar(30, 60, light) : cv::Scalar(light, 60, 30);
  cv::Mat photo(photo_side, photo_side, CV_8UC3, cv::Scalar::all(stream.uniform(40, 110)));
  if (factors.shape == 0) {
    cv::circle(photo, center, radius, color, cv::FILLED);
  } else if (factors.shape == 1) {
    cv::rectangle(photo, center - cv::Point(radius, radius), center + cv::Point(radius, radius),
                  color, cv::FILLED);
  } else {
    const std::vector<cv::Point> corners = {center + cv::Point(0, -radius),
                                            center + cv::Point(-radius, radius),
                                            center + cv::Point(radius, radius)};
    cv::fillPoly(photo, std::vector<std::vector<cv::Point>>{corners}, color);
  }
  for (auto pixel = photo.begin<cv::Vec3b>(); pixel != photo.end<cv::Vec3b>(); ++pixel)
    for (int c = 0; c < 3; ++c)
      (*pixel)[c] = cv::saturate_cast<uchar>((*pixel)[c] + 8 * stream.normal());
  return photo;
}

std::vector<std::int16_t> draw_clip(const Factors& factors, RandomStream stream) {
  constexpr double tones[] = {500, 1000, 2000};
  const double loudness = stream.uniform(0.2, 0.7), hiss = stream.uniform(0.005, 0.03);
  const auto onset = static_cast<int>(stream.below(400));
  double phase = stream.uniform(0, 2 * std::numbers::pi);
  std::vector<std::int16_t> clip(sound_length);
  for (int t = 0; t < sound_length; ++t) {
    const double share = static_cast<double>(std::max(0, t - onset)) / (sound_length - onset);
    const double bend = 0.25 * (factors.sweep == 0 ? 0.5 - share : share - 0.5);
    phase += 2 * std::numbers::pi * tones[factors.shape] * (1 + bend) / rate;
    const double tremble =
        factors.size == 0 ? 1 : 0.55 + 0.45 * std::sin(2 * std::numbers::pi * 25 * t / rate);
    const double tone = t < onset ? 0 : loudness * tremble * std::sin(phase);
    clip[static_cast<std::size_t>(t)] = static_cast<std::int16_t>(
        std::lround(32767 * std::clamp(tone + hiss * stream.normal(), -1.0, 1.0)));
  }
  return clip;
}

std::array<double, columns> draw_table(const Factors& factors, const std::vector<double>& mixing,
                                       RandomStream stream) {
  std::array<double, 5> code{};
  code[static_cast<std::size_t>(factors.shape)] = 1;
  code[3] = factors.warmth;
  code[4] = factors.sweep;
  std::array<double, columns> row{};
  for (std::size_t c = 0; c < columns; ++c) {
    const bool tells = c < columns - 4;
    for (std::size_t j = 0; tells && j < code.size(); ++j)
      row[c] += mixing[c * code.size() + j] * code[j];
    row[c] += (tells ? 0.15 : 1) * stream.normal();
  }
  return row;
}

}  // namespace

double senses_information() {
  return std::log(6.0);
}

void make_senses(const fs::path& folder, const MakeSensesOptions& options) {
  check(options.test_samples > 0 && options.test_samples < options.samples,
        "of {} samples, {} cannot be the test part: each part needs at least one", options.samples,
        options.test_samples);
  std::error_code error;
  for (const char* name : {"photos", "clips"}) {
    fs::create_directories(folder / name, error);
    check(!error, "{}: can't be created: {}", (folder / name).string(), error.message());
  }
  RandomStream mixer(RandomPurpose::made_data, options.seed, /*epoch=*/1);
  std::vector<double> mixing(columns * 5);
  for (double& weight : mixing) weight = mixer.normal();

  std::string csv = "id,part,photo,clip";
  for (int c = 0; c < columns; ++c) csv += fmt::format(",t{}", c);
  csv += ",shape,size,warmth,sweep\n";
  constexpr std::array<std::string_view, 3> shapes = {"disc", "square", "triangle"};
  for (std::int64_t i = 0; i < options.samples; ++i) {
    const RandomKey key{.purpose = RandomPurpose::made_data,
                        .seed = options.seed,
                        .sample = static_cast<std::uint64_t>(i)};
    const Factors factors = draw_factors(key.stream(0));
    const std::string photo = fmt::format("photos/{:06}.png", i),
                      clip = fmt::format("clips/{:06}.wav", i);
    std::vector<unsigned char> png;
    cv::imencode(".png", draw_photo(factors, key.stream(1)), png);
    files::write_atomically(folder / photo,
                            {reinterpret_cast<const char*>(png.data()), png.size()});
    const std::vector<std::int16_t> sound = draw_clip(factors, key.stream(2));
    files::write_atomically(folder / clip, files::wav(std::span(sound), rate));
    csv += fmt::format("{},{},{},{}", i,
                       i < options.samples - options.test_samples ? "train" : "test", photo, clip);
    for (const double value : draw_table(factors, mixing, key.stream(3)))
      csv += fmt::format(",{:.5g}", value);
    csv += fmt::format(",{},{},{},{}\n", shapes[static_cast<std::size_t>(factors.shape)],
                       factors.size == 0 ? "small" : "large", factors.warmth == 0 ? "red" : "blue",
                       factors.sweep == 0 ? "falling" : "rising");
    if (options.progress && i % 64 == 0)
      options.progress(static_cast<double>(i) / static_cast<double>(options.samples));
  }
  files::write_atomically(folder / "senses.csv", csv);
}

}  // namespace cmc::data
