#include <cmath>

#include "cmc/data/decode/decode_bands.h"

#include "fuzz/demand.h"
#include "fuzz/readers.h"

void cmc::fuzz::bands(Bytes input) {
  const data::Bands bands = data::decode_bands(input, "scene");
  const cv::Mat& values = bands.values;
  demand(values.depth() == CV_32F && values.dims == 2, "bands are float32");
  demand(values.channels() >= 1 && values.channels() <= data::most_bands, "there are 1 to 64");
  bool any = false;
  for (int y = 0; y < values.rows; ++y)
    for (int i = 0; i < values.cols * values.channels(); ++i) {
      const float value = values.ptr<float>(y)[i];
      demand(!std::isinf(value), "a value is finite, or missing");
      any = any || !std::isnan(value);
    }
  demand(any, "there is a value");
}
