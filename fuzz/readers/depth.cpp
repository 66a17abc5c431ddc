#include <cmath>

#include "cmc/data/decode/decode_depth.h"

#include "fuzz/demand.h"
#include "fuzz/readers.h"

void cmc::fuzz::depth(Bytes input) {
  const cv::Mat metres = data::decode_depth(input, "depth", 0.001);
  demand(metres.type() == CV_32FC1 && metres.isContinuous(), "distances are float32");
  for (std::size_t i = 0; i < metres.total(); ++i) {
    const float distance = metres.ptr<float>()[i];
    demand(std::isnan(distance) || distance >= 0, "a distance is a length, or missing");
  }
}
