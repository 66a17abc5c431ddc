#include "cmc/views/frequency.h"

#include <opencv2/imgproc.hpp>

#include "cmc/error.h"

namespace cmc::views {
namespace {

class Frequency : public Split {
 public:
  Frequency(const FrequencyOptions& options, const Frame& frame)
      : Split(frame, {{"low", frame.channels, frame.size().height, frame.size().width},
                      {"high", frame.channels, frame.size().height, frame.size().width}}),
        sigma_(options.sigma),
        normalization_(resolve(frame.normalization, ColorSpace::rgb, frame.channels)) {}

  cv::Mat show(std::size_t view, const float* row) const override {
    Normalization shown = normalization_;
    if (view == 1) shown.mean.fill(0.5f);  // mid grey: no difference
    return to_rgb8(row, frame().size(), frame().channels, shown);
  }

 protected:
  void cut(const cv::Mat& image, const RandomKey& key,
           std::span<float* const> rows) const override {
    RandomStream joint = key.stream(RandomKey::joint);
    const cv::Size size = frame().size();
    write(frame().augmentation(image, joint), {{0, 0}, size}, frame().channels, normalization_,
          rows[1]);
    // The Gaussian's weights sum to one: blurring the normalised picture normalises the blurred
    // one.
    const int type = CV_32FC(static_cast<int>(frame().channels));
    cv::Mat low(size, type, rows[0]), high(size, type, rows[1]);
    cv::GaussianBlur(high, low, {}, sigma_);
    cv::subtract(high, low, high);
  }

 private:
  double sigma_;
  Normalization normalization_;
};

}  // namespace

std::shared_ptr<const Split> make_split(const FrequencyOptions& options, const Frame& frame) {
  check(options.sigma > 0 && options.sigma <= 100,
        "frequency.sigma = {}: it must be within (0, 100] pixels", options.sigma);
  return std::make_shared<Frequency>(options, frame);
}

}  // namespace cmc::views
