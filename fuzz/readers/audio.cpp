#include "cmc/data/decode/decode_audio.h"

#include "fuzz/demand.h"
#include "fuzz/folder.h"
#include "fuzz/readers.h"

void cmc::fuzz::audio(Bytes input) {
  static const Folder folder;
  constexpr std::int64_t rate = 16000;
  const cv::Mat sound = data::decode_audio(folder.write("sound", input), rate);
  demand(sound.rows == 1 && sound.type() == CV_32FC1, "a sound is one row of float32");
  demand_finite({sound.ptr<float>(), sound.total()});
}
