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
  AudioView(const AudioViewOptions& options, const ViewOrigin& origin, Mode mode,
            const std::optional<Standardization>& known)
      : options_(options),
        mel_{.rate = origin.source.rate,
             .bands = options.bands,
             .window = options.window,
             .hop = options.hop,
             .low = options.low,
             .high = options.high},
        train_(mode == Mode::train),
        length_(std::llround(options.seconds * static_cast<double>(mel_.rate))) {
    if (known) {
      check_statistics(*known, 1, origin.name);
      mean_ = known->mean[0];
      deviation_ = known->deviation[0];
    }
    if (options.features == SoundFeatures::log_mel) {
      weights_ = mel_weights(mel_);
      kernels_ = log_mel_kernels(mel_, length_);
      views_.push_back({origin.name, 1, options.bands, frames_of(mel_, length_), origin.place});
    } else {
      views_.push_back({origin.name, 1, 1, length_, origin.place});
    }
  }

  const std::vector<data::ViewShape>& views() const override { return views_; }

  data::Stretch stretch(std::size_t source, std::int64_t length,
                        const RandomKey& key) const override {
    if (source != views_[0].source) return {0, length};
    RandomStream stream = key.stream(0);
    return choose(length, stream).heard(length);
  }

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    const std::size_t source = views_[0].source;
    const cv::Mat& sound = sample.values[source];
    if (sound.empty()) return;
    RandomStream stream = key.stream(0);
    std::vector<float> part = take(sound, sample.extent(source), stream);
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
  /// Which part of a recording is heard, and where it stands among the view's `length_` samples.
  struct Part {
    double from = 0;         // the first sample of the recording
    double pace = 1;         // samples of the recording to one of the view
    std::int64_t place = 0;  // the first sample of the view
    std::int64_t count = 0;

    /// The samples of the recording, of `length`, that it is made of.
    data::Stretch heard(std::int64_t length) const {
      const double last = from + pace * static_cast<double>(std::max<std::int64_t>(count, 1) - 1);
      const auto first = std::min(static_cast<std::int64_t>(from), length - 1);
      const auto end = std::min(static_cast<std::int64_t>(last) + 2, length);
      return {first, end - first};
    }
  };

  Part choose(std::int64_t length, RandomStream& stream) const {
    const auto whole = static_cast<double>(length);
    Part part;
    double lasts = whole;
    if (train_) {
      const double speed = std::log1p(options_.speed);
      if (speed > 0) part.pace = std::exp(stream.uniform(-speed, speed));
      if (options_.crop < 1) lasts = whole * stream.uniform(options_.crop, 1);
    }
    lasts = std::min(lasts, part.pace * static_cast<double>(length_));
    part.from = (whole - lasts) * (train_ ? stream.uniform() : 0.5);
    part.count = std::min<std::int64_t>(length_, std::llround(lasts / part.pace));
    const std::int64_t room = length_ - part.count;
    part.place = train_ ? stream.below(room + 1) : room / 2;
    return part;
  }

  /// The part of the recording that is heard, `length_` samples. `sound` are those of `extent`.
  std::vector<float> take(const cv::Mat& sound, const data::Extent& extent,
                          RandomStream& stream) const {
    const Part part = choose(extent.length, stream);
    const data::Stretch heard = part.heard(extent.length);
    check(heard.first >= extent.first && heard.end() <= extent.first + sound.cols,
          "view \"{}\": samples {} to {} of a recording were asked for; {} to {} are there",
          views_[0].name, heard.first, heard.end(), extent.first, extent.first + sound.cols);
    const float* const x = sound.ptr<float>();
    const std::int64_t end = extent.length - 1;
    std::vector<float> view(static_cast<std::size_t>(length_), 0.0f);
    const bool whole_steps = part.pace == 1;
    const auto start = static_cast<std::int64_t>(part.from);
    for (std::int64_t i = 0; i < part.count; ++i) {
      float& to = view[static_cast<std::size_t>(part.place + i)];
      if (whole_steps) {
        to = x[std::min(start + i, end) - extent.first];
        continue;
      }
      const double at = part.from + part.pace * static_cast<double>(i);
      const std::int64_t left = std::min(static_cast<std::int64_t>(at), end);
      const std::int64_t right = std::min(left + 1, end);
      const float share = static_cast<float>(at - std::floor(at));
      to = (1 - share) * x[left - extent.first] + share * x[right - extent.first];
    }
    return view;
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

std::shared_ptr<const PortableTransform> make_view(const AudioViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known) {
  check_options(origin.name, options);
  return std::make_shared<AudioView>(options, origin, mode, known);
}

std::optional<Standardization> measure_view(const AudioViewOptions& options,
                                            const ViewOrigin& origin, const data::Dataset& train) {
  return measure(*make_view(options, origin, Mode::evaluate, std::nullopt), train,
                 measured_samples);
}

}  // namespace cmc::views
