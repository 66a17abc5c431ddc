#include "benchmarks/sounds.h"

#include <fmt/format.h>
#include <sndfile.h>

#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

#include "cmc/error.h"
#include "cmc/random.h"

namespace cmc::benchmarks {

std::int64_t write_sounds(const std::filesystem::path& folder, const std::string& ending,
                          std::int64_t count) {
  constexpr int length = 60 * sound_rate;
  std::int64_t bytes = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    RandomStream stream(RandomPurpose::made_data, 1, 0, static_cast<std::uint64_t>(i));
    const double pitch = stream.uniform(100, 400);
    std::vector<float> sound;
    for (int t = 0; t < length; ++t) {
      const double phase = 2 * std::numbers::pi * pitch * t / sound_rate;
      sound.push_back(static_cast<float>(0.3 * std::sin(phase) * std::sin(phase / 97) +
                                         0.1 * std::sin(3.1 * phase) +
                                         stream.uniform(-0.01, 0.01)));
    }
    const std::filesystem::path path = folder / fmt::format("{}.{}", i, ending);
    SF_INFO info{};
    info.samplerate = sound_rate;
    info.channels = 1;
    info.format = (ending == "flac" ? SF_FORMAT_FLAC : SF_FORMAT_WAV) | SF_FORMAT_PCM_16;
    std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_WRITE, &info),
                                                     sf_close);
    check(file != nullptr && sf_writef_float(file.get(), sound.data(), length) == length,
          "{}: can't be written: {}", path.string(), sf_strerror(file.get()));
    file.reset();
    bytes += static_cast<std::int64_t>(std::filesystem::file_size(path));
  }
  return bytes / count;
}

}  // namespace cmc::benchmarks
