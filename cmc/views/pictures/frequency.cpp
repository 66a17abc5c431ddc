#include "cmc/views/pictures/frequency.h"

#include <ATen/ATen.h>
#include <ATen/TracerMode.h>

#include <opencv2/imgproc.hpp>

#include "cmc/error.h"
#include "cmc/views/pictures/color_tensors.h"

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

  at::Tensor of_batch(std::size_t view, const at::Tensor& pictures) const override {
    const at::Tensor whole = normalized(pictures, frame().channels, normalization_);
    // Rows and columns are blurred by a matrix each, which holds the mirrored edges too.
    const at::Tensor low = at::matmul(at::matmul(blur_matrix(frame().size().height, false), whole),
                                      blur_matrix(frame().size().width, true));
    return view == 0 ? low : whole - low;
  }

  std::string formula(std::size_t view) const override {
    return fmt::format(
        "the whole picture, {}, {} Gaussian blur of deviation {} pixels (edges mirrored)",
        normalization_formula(frame().channels, normalization_), view == 0 ? "after a" : "less its",
        sigma_);
  }

 protected:
  void cut(const PictureRead& image, const RandomKey& key,
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
  /// [n, n]: row i, or column i where it is transposed, holds the weights of a line's pixels in its
  /// blurred pixel i. A constant of the graph.
  at::Tensor blur_matrix(int n, bool transposed) const {
    const at::tracer::impl::NoTracerDispatchMode untraced;
    cv::Mat weights(n, n, CV_32FC1);
    const cv::Mat line = cv::Mat::eye(n, n, CV_32FC1);
    // The columns of the identity, each blurred down the column alone.
    const int taps = cvRound(8 * sigma_ + 1) | 1;
    cv::sepFilter2D(line, weights, CV_32F, cv::Mat::ones(1, 1, CV_32FC1),
                    cv::getGaussianKernel(taps, sigma_, CV_32F));
    const at::Tensor matrix = at::from_blob(weights.data, {n, n}, at::kFloat);
    return transposed ? matrix.t().clone(at::MemoryFormat::Contiguous) : matrix.clone();
  }

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
