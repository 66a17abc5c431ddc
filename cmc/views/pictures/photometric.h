#pragma once

#include <opencv2/core/mat.hpp>

namespace cmc::views {

// Changes of a picture's values, in place, for 8 and 16 bit pictures, grey or RGB. Values are
// clamped to the type's range and rounded after each. Grey stands for 0.299 R + 0.587 G + 0.114 B.
// They are the operations of torchvision's ColorJitter, RandomGrayscale and GaussianBlur.

/// x ← factor · x.
void adjust_brightness(cv::Mat& pixels, double factor);

/// x ← factor · x + (1 − factor) · m, with m the mean grey of the picture.
void adjust_contrast(cv::Mat& pixels, double factor);

/// x ← factor · x + (1 − factor) · the pixel's grey. Leaves grey pictures alone.
void adjust_saturation(cv::Mat& pixels, double factor);

/// Turns the hue by `turns` of the whole circle. Leaves grey pictures alone.
void adjust_hue(cv::Mat& pixels, double turns);

/// R, G and B ← the pixel's grey. Leaves grey pictures alone.
void make_grey(cv::Mat& pixels);

/// Gaussian blur of standard deviation `sigma` pixels with 2 · radius + 1 taps each way, edges
/// mirrored.
void blur(cv::Mat& pixels, double sigma, int radius);

}  // namespace cmc::views
