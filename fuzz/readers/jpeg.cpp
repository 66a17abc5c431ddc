#include "cmc/data/jpeg.h"

#include "fuzz/demand.h"
#include "fuzz/readers.h"

void cmc::fuzz::jpeg(Bytes input) {
  const data::ImageContainer container = data::inspect(input, "picture");
  if (container.format != data::ImageFormat::jpeg) return;
  for (const int channels : {1, 3}) {
    const cv::Mat image = data::decode_jpeg(input, "picture", container, channels);
    demand(!image.empty() && image.type() == CV_8UC(channels), "a JPEG has 8 bits a channel");
  }
}
