#include "cmc/views/sources/audio_view.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/error.h"
#include "cmc/views/pictures/color_tensors.h"
#include "cmc/views/pictures/shades.h"
#include "cmc/views/sources/log_mel.h"

namespace cmc::views {
namespace {

void check_options(const std::string& name, const AudioViewOptions& o) {
  const auto within = [&](const char* option, double value, double low, double high) {
    check(value >= low && value <= high, "view \"{}\": {} = {}: it must be within [{}, {}]", name,
          option, value, low, high);
  };
  check(o.features == "log_mel" || o.features == "waveform",
        "view \"{}\": features = \"{}\": it must be log_mel or waveform", name, o.features);
  check(o.seconds > 0, "view \"{}\": seconds = {}: it must be positive", name, o.seconds);
  check(o.crop > 0 && o.crop <= 1, "view \"{}\": crop = {}: it must be within (0, 1]", name,
        o.crop);
  within("gain", o.gain, 0, 60);
  within("speed", o.speed, 0, 1);
  within("noise", o.noise, 0, 10);
  within("time_mask", o.time_mask, 0, 1);
  within("frequency_mask", o.frequency_mask, 0, 1);
}

class AudioView : public PortableTransform {
 public:
  AudioView(const std::string& name, std::size_t source, const data::Source& audio,
            const AudioViewOptions& options, Mode mode,
            const std::optional<Standardization>& standardization)
      : options_(options),
        mel_{.rate = audio.rate,
             .bands = options.bands,
             .window = options.window,
             .hop = options.hop,
             .low = options.low,
             .high = options.high},
        train_(mode == Mode::train),
        length_(std::llround(options.seconds * static_cast<double>(audio.rate))) {
    if (standardization) {
      check_statistics(*standardization, 1, name);
      mean_ = standardization->mean[0];
      deviation_ = standardization->deviation[0];
    }
    if (options.features == "log_mel") {
      weights_ = mel_weights(mel_);
      kernels_ = log_mel_kernels(mel_, length_);
      views_.push_back({name, 1, options.bands, frames_of(mel_, length_), source});
    } else {
      views_.push_back({name, 1, 1, length_, source});
    }
  }

  const std::vector<data::ViewShape>& views() const override { return views_; }

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    const cv::Mat& sound = sample.values[views_[0].source];
    if (sound.empty()) return;
    RandomStream stream = key.stream(0);
    std::vector<float> part = take(sound, stream);
    if (train_) disturb(part, stream);
    const std::int64_t height = views_[0].height, width = views_[0].width;
    at::Tensor to = at::from_blob(rows[0], {height, width}, at::kFloat);
    const at::Tensor wave = at::from_blob(part.data(), {length_}, at::kFloat);
    const at::NoGradGuard no_grad;
    to.copy_(weights_.defined() ? log_mel(wave, weights_, mel_) : wave.unsqueeze(0));
    to.sub_(mean_).div_(deviation_);
    if (!train_ || !weights_.defined()) return;
    mask(to, 1, options_.time_mask, stream);
    mask(to, 0, options_.frequency_mask, stream);
  }

  cv::Mat show(std::size_t, const float* row) const override {
    const int height = static_cast<int>(views_[0].height),
              width = static_cast<int>(views_[0].width);
    if (!weights_.defined()) return curve(row, static_cast<std::size_t>(width));
    cv::Mat upright;
    cv::flip(cv::Mat(height, width, CV_32FC1, const_cast<float*>(row)), upright, 0);
    return shades(upright, -2.5, 2.5);
  }

  RawInput raw_input(std::size_t) const override {
    return {.name = "sounds",
            .shape = {length_},
            .description = fmt::format(
                "float32 [N, {0}]: N sounds of one channel within [−1, 1], {0} samples at {1} a "
                "second; of a longer recording its middle, a shorter one with zeros on both sides",
                length_, mel_.rate)};
  }

  at::Tensor of_batch(std::size_t, const at::Tensor& sounds) const override {
    const at::Tensor x =
        weights_.defined() ? log_mel(sounds, kernels_) : sounds.unsqueeze(1).unsqueeze(1);
    return x.sub(mean_).div(deviation_);
  }

  std::string formula(std::size_t) const override {
    const std::string of = fmt::format("a sound of {} samples at {} a second", length_, mel_.rate);
    const std::string normalised = normalization_formula("x", mean_, deviation_);
    if (!weights_.defined()) return fmt::format("{}, {}", of, normalised);
    return fmt::format(
        "{}, as x = log(1e-6 + its power in {} mel bands) under Hann windows of {} s, {} s apart, "
        "{}",
        of, options_.bands, options_.window, options_.hop, normalised);
  }

 private:
  /// The part of the recording that is seen, `length_` samples.
  std::vector<float> take(const cv::Mat& sound, RandomStream& stream) const {
    const float* const x = sound.ptr<float>();
    const double whole = sound.cols;
    // Samples of the recording to one of the part.
    double pace = 1, lasts = whole;
    if (train_) {
      const double speed = std::log1p(options_.speed);
      if (speed > 0) pace = std::exp(stream.uniform(-speed, speed));
      if (options_.crop < 1) lasts = whole * stream.uniform(options_.crop, 1);
    }
    lasts = std::min(lasts, pace * static_cast<double>(length_));
    const double from = (whole - lasts) * (train_ ? stream.uniform() : 0.5);
    const auto count = std::min<std::int64_t>(length_, std::llround(lasts / pace));
    const std::int64_t room = length_ - count;
    const std::int64_t place = train_ ? stream.below(room + 1) : room / 2;
    std::vector<float> part(static_cast<std::size_t>(length_), 0.0f);
    const bool whole_steps = pace == 1;
    const auto start = static_cast<std::int64_t>(from);
    for (std::int64_t i = 0; i < count; ++i) {
      float& to = part[static_cast<std::size_t>(place + i)];
      if (whole_steps) {
        to = x[std::min<std::int64_t>(start + i, sound.cols - 1)];
        continue;
      }
      const double at = from + pace * static_cast<double>(i);
      const auto left = std::min<std::int64_t>(static_cast<std::int64_t>(at), sound.cols - 1);
      const auto right = std::min<std::int64_t>(left + 1, sound.cols - 1);
      const float share = static_cast<float>(at - std::floor(at));
      to = (1 - share) * x[left] + share * x[right];
    }
    return part;
  }

  void disturb(std::vector<float>& part, RandomStream& stream) const {
    double square = 0;
    for (const float x : part) square += static_cast<double>(x) * x;
    const double rms = std::sqrt(square / static_cast<double>(part.size()));
    const double factor =
        options_.gain > 0 ? std::pow(10, stream.uniform(-options_.gain, options_.gain) / 20) : 1;
    const double noise = options_.noise > 0 ? rms * stream.uniform(0, options_.noise) : 0;
    for (float& x : part) {
      if (noise > 0) x += static_cast<float>(noise * stream.normal());
      x *= static_cast<float>(factor);
    }
  }

  static void mask(at::Tensor& to, std::int64_t axis, double share, RandomStream& stream) {
    const std::int64_t size = to.size(axis);
    const auto most = static_cast<std::int64_t>(share * static_cast<double>(size));
    if (most == 0) return;
    const std::int64_t width = stream.below(most + 1);
    to.narrow(axis, stream.below(size - width + 1), width).zero_();
  }

  AudioViewOptions options_;
  LogMelOptions mel_;
  bool train_;
  std::int64_t length_;
  double mean_ = 0, deviation_ = 1;
  at::Tensor weights_;
  LogMelKernels kernels_;
  std::vector<data::ViewShape> views_;
};

}  // namespace

std::shared_ptr<const PortableTransform> make_audio_view(
    const std::string& name, std::size_t source, const data::Source& audio,
    const AudioViewOptions& options, Mode mode,
    const std::optional<Standardization>& standardization) {
  check_options(name, options);
  return std::make_shared<AudioView>(name, source, audio, options, mode, standardization);
}

}  // namespace cmc::views
