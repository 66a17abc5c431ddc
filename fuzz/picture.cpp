#include "fuzz/picture.h"

#include "fuzz/demand.h"

void cmc::fuzz::look_at(const data::StoredPicture& picture) {
  const cv::Mat& pixels = picture.pixels;
  demand(!pixels.empty() && pixels.dims == 2, "a picture has pixels");
  demand(pixels.channels() >= 1 && pixels.channels() <= 4, "a picture has 1 to 4 channels");
  demand(picture.orientation >= 1 && picture.orientation <= 8, "an orientation is 1 to 8");
  volatile std::uint8_t seen = 0;
  for (int y = 0; y < pixels.rows; ++y)
    for (std::size_t x = 0; x < pixels.cols * pixels.elemSize(); ++x) seen = pixels.ptr(y)[x];
  (void)seen;
}
