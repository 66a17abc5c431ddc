#include "cmc/data/decode/resample.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <numbers>
#include <numeric>
#include <opencv2/core.hpp>
#include <utility>
#include <vector>

#include "cmc/error.h"

namespace cmc::data {
namespace {

constexpr int zero_crossings = 32;
constexpr double kaiser_beta = 9;
constexpr double rolloff = 0.95;

double bessel_i0(double x) {
  double sum = 1, term = 1;
  for (int k = 1; term > 1e-12 * sum; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

/// Taps of the interpolation, one row a phase; all in units of input samples.
struct Filter {
  std::int64_t phases = 1, step = 1;
  int half = 0;  // taps reach from −half + 1 to half
  std::vector<float> taps;

  Filter(std::int64_t from, std::int64_t to) {
    const std::int64_t divisor = std::gcd(from, to);
    phases = to / divisor;
    step = from / divisor;
    const double cutoff =
        rolloff * std::min(1.0, static_cast<double>(to) / static_cast<double>(from));
    half = static_cast<int>(std::ceil(zero_crossings / cutoff));
    const double middle = bessel_i0(kaiser_beta);
    taps.resize(static_cast<std::size_t>(phases * 2 * half));
    for (std::int64_t p = 0; p < phases; ++p) {
      for (int k = 0; k < 2 * half; ++k) {
        const double x = static_cast<double>(p) / static_cast<double>(phases) - (k - half + 1);
        const double place = x * cutoff / zero_crossings;
        double value = 0;
        if (std::abs(place) < 1) {
          const double angle = std::numbers::pi * cutoff * x;
          const double sinc = angle == 0 ? 1 : std::sin(angle) / angle;
          value = cutoff * sinc * bessel_i0(kaiser_beta * std::sqrt(1 - place * place)) / middle;
        }
        taps[static_cast<std::size_t>(p * 2 * half + k)] = static_cast<float>(value);
      }
    }
  }
};

/// Filters that were made, by rates: there are few of them and each serves a whole data set.
std::shared_ptr<const Filter> filter_of(std::int64_t from, std::int64_t to) {
  static std::mutex mutex;
  static std::map<std::pair<std::int64_t, std::int64_t>, std::shared_ptr<const Filter>> made;
  const std::lock_guard lock(mutex);
  std::shared_ptr<const Filter>& filter = made[{from, to}];
  if (!filter) filter = std::make_shared<Filter>(from, to);
  return filter;
}

}  // namespace

std::int64_t resampled_length(std::int64_t length, std::int64_t from, std::int64_t to) {
  return (length * to + from - 1) / from;
}

cv::Mat resample(const cv::Mat& sound, std::int64_t from, std::int64_t to) {
  check(from > 0 && to > 0, "sound of {} samples a second was asked for at {}: both are positive",
        from, to);
  if (from == to) return sound;
  const std::int64_t length = sound.cols, made = resampled_length(length, from, to);
  check(made <= most_samples, "a sound of {} samples at {} a second would have more than {} at {}",
        length, from, most_samples, to);
  return resample(whole(sound), {0, made}, from, to);
}

Stretch resample_support(const Stretch& made, std::int64_t length, std::int64_t from,
                         std::int64_t to) {
  if (from == to) return made;
  const std::shared_ptr<const Filter> filter = filter_of(from, to);
  const auto place = [&](std::int64_t n) { return n * filter->step / filter->phases; };
  const std::int64_t first = std::max<std::int64_t>(0, place(made.first) - filter->half + 1);
  const std::int64_t end = std::min(length, place(made.end() - 1) + filter->half + 1);
  return {first, std::max<std::int64_t>(0, end - first)};
}

cv::Mat resample(const Excerpt& sound, const Stretch& made, std::int64_t from, std::int64_t to) {
  const std::int64_t begins = sound.extent.first, length = sound.extent.length;
  const Stretch support = resample_support(made, length, from, to);
  check(support.first >= begins && support.end() <= begins + sound.value.cols,
        "samples {} to {} of a sound were asked for; {} to {} are there", support.first,
        support.end(), begins, begins + sound.value.cols);
  if (from == to)
    return sound.value.colRange(static_cast<int>(made.first - begins),
                                static_cast<int>(made.end() - begins));
  const std::shared_ptr<const Filter> filter = filter_of(from, to);
  cv::Mat result(1, static_cast<int>(made.count), CV_32FC1);
  const float* const x = sound.value.ptr<float>();
  float* const y = result.ptr<float>();
  for (std::int64_t i = 0; i < made.count; ++i) {
    const std::int64_t place = (made.first + i) * filter->step;
    const float* const taps = filter->taps.data() + place % filter->phases * 2 * filter->half;
    const std::int64_t first = place / filter->phases - filter->half + 1;
    const std::int64_t begin = std::max<std::int64_t>(0, -first);
    const std::int64_t end = std::min(std::int64_t{2} * filter->half, length - first);
    float sum = 0;
    for (std::int64_t k = begin; k < end; ++k) sum += taps[k] * x[first + k - begins];
    y[i] = sum;
  }
  return result;
}

}  // namespace cmc::data
