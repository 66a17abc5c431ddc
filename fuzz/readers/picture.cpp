#include "cmc/data/decode/decode_image.h"

#include "fuzz/demand.h"
#include "fuzz/readers.h"

void cmc::fuzz::picture(Bytes input) {
  for (const int channels : {3, 1}) {
    const cv::Mat image = data::decode_image(input, "picture", channels);
    demand(!image.empty() && image.channels() == channels, "a picture has the channels asked for");
    demand(image.depth() == CV_8U || image.depth() == CV_16U, "a picture has 8 or 16 bits");
  }
}
