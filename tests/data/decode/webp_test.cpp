#include "cmc/data/decode/webp.h"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "cmc/data/decode/decode_image.h"
#include "cmc/error.h"
#include "tests/files/webp_file.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

/// A lossless WebP of one colour, 6 × 4.
Bytes plain_webp() {
  Bytes bytes;
  cv::imencode(".webp", cv::Mat(4, 6, CV_8UC3, cv::Scalar(30, 20, 10)), bytes,
               {cv::IMWRITE_WEBP_QUALITY, 101});
  return bytes;
}

TEST(Webp, ReadsTheFirstPictureOfAnAnimationOnItsCanvas) {
  const cv::Mat whole = decode_image(animated_webp(6, 4, {0, 0, 6, 4}, plain_webp()), "x", 3);
  ASSERT_EQ(whole.size(), cv::Size(6, 4));
  EXPECT_EQ(whole.at<cv::Vec3b>(3, 5), cv::Vec3b(10, 20, 30));

  const cv::Mat part = decode_image(animated_webp(9, 8, {2, 4, 6, 4}, plain_webp()), "x", 3);
  ASSERT_EQ(part.size(), cv::Size(9, 8));
  EXPECT_EQ(part.at<cv::Vec3b>(4, 2), cv::Vec3b(10, 20, 30));
  EXPECT_EQ(part.at<cv::Vec3b>(7, 7), cv::Vec3b(10, 20, 30));
  EXPECT_EQ(part.at<cv::Vec3b>(3, 2), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(part.at<cv::Vec3b>(4, 8), cv::Vec3b(255, 255, 255));
}

TEST(Webp, RefusesAPictureOutsideItsCanvasAndACutFile) {
  const Bytes bytes = animated_webp(6, 4, {0, 0, 6, 4}, plain_webp());
  EXPECT_EQ(message_of<UnreadableError>([&] { decode_webp(bytes, "x"); }), "");
  EXPECT_NE(message_of<UnreadableError>([&] {
              decode_webp(animated_webp(6, 4, {2, 0, 6, 4}, plain_webp()), "x");
            }),
            "");
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(message_of<UnreadableError>([&] { decode_image(cut(bytes, size), "x", 3); }), "")
        << size;
}

}  // namespace
}  // namespace cmc::data
