#include <algorithm>
#include <opencv2/core.hpp>

#include "cmc/data/decode/decode_audio.h"
#include "cmc/data/decode/sound_files.h"
#include "fuzz/demand.h"
#include "fuzz/folder.h"
#include "fuzz/readers.h"

/// A sound, and its middle alone: twice, since some files are read whole at first.
void cmc::fuzz::audio(Bytes input) {
  static const Folder folder;
  constexpr std::int64_t rate = 16000;
  const auto path = folder.write("sound", input);
  const cv::Mat sound = data::decode_audio(path, rate);
  demand(sound.rows == 1 && sound.type() == CV_32FC1, "a sound is one row of float32");
  demand_finite({sound.ptr<float>(), sound.total()});
  const data::SoundFiles files(rate);
  for (int time = 0; time < 2; ++time) {
    const data::Excerpt middle = files.read(path, [](std::int64_t length) {
      return data::Stretch{length / 2, std::min<std::int64_t>(100, length - length / 2)};
    });
    const auto first = static_cast<int>(middle.extent.first);
    demand(middle.extent.length == sound.cols, "a sound is as long as when it is read whole");
    demand(
        cv::norm(middle.value, sound.colRange(first, first + middle.value.cols), cv::NORM_INF) == 0,
        "a part of a sound is that of the whole");
  }
}
