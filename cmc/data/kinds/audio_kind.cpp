#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <opencv2/core.hpp>

#include "cmc/data/decode/sound_files.h"
#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

constexpr std::int64_t fastest = 100'000'000;

Source declare_audio(const SourceOptions& options) {
  return {
      .name = options.name, .kind = SourceKind::audio, .shape = {1, 1, 0}, .rate = options.rate};
}

ReadFile audio_reader(const SourceOptions& options) {
  return [files = std::make_shared<const SoundFiles>(options.rate)](
             const std::filesystem::path& path, const ChoosePart& choose) {
    return files->read(path, choose.stretch);
  };
}

void check_audio(const Source& source) {
  check(source.rate >= 1 && source.rate <= fastest,
        "its rate must be within [1, 100,000,000] samples a second");
  check_no_columns(source);
}

std::string size_in_seconds(const Source& source, const SourceShape& value) {
  return fmt::format("{:.2f} s",
                     static_cast<double>(value.width) / static_cast<double>(source.rate));
}

/// Whether some samples in a row have the same height near full scale, as where a converter has no
/// more. Peaks that merely lie there are normal: lossy files decode to some above 1.
bool is_clipped(const cv::Mat& sound) {
  constexpr float highest_of_16_bits = 32767.0f / 32768;  // the lowest is −1
  constexpr float clipped_at = 0.999f;
  constexpr int clipped_run = 4;
  int run = 0;
  float before = 0;
  for (auto x = sound.begin<float>(); x != sound.end<float>(); ++x) {
    const float height = std::abs(*x) == highest_of_16_bits ? 1.0f : std::abs(*x);
    run = height < clipped_at ? 0 : height == before ? run + 1 : 1;
    if (run == clipped_run) return true;
    before = height;
  }
  return false;
}

bool is_silent(const cv::Mat& sound) {
  return std::all_of(sound.begin<float>(), sound.end<float>(), [](float x) { return x == 0; });
}

constexpr std::array defects = {
    Defect{is_clipped, "recordings are clipped: turn the microphone down"},
    Defect{is_silent, "recordings are silent"}};

}  // namespace

constinit const KindDescriptor audio_kind = {.name = "audio",
                                             .declare = declare_audio,
                                             .reader = audio_reader,
                                             .check = check_audio,
                                             .size = size_in_seconds,
                                             .defects = defects};

}  // namespace cmc::data
