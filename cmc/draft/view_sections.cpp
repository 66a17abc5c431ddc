#include <fmt/format.h>

#include "cmc/draft/drafts.h"
#include "cmc/draft/words.h"

namespace cmc::draft {
namespace {

DraftSection section_of(const std::string& name, const char* kind) {
  DraftSection section{"[[view]]", ""};
  section.add("name", toml_text(name));
  section.add("kind", toml_text(kind));
  return section;
}

}  // namespace

DraftSection picture_view(const std::string& name, const PictureLook& look, bool alone) {
  DraftSection section = section_of(name, "image");
  section.add("size", fmt::format("{}", look.side()), "pictures " + look.text());
  if (!look.colored) section.add("channels", "1", "the pictures that were tried are grey");
  if (alone && look.colored)
    section.add("split", "\"color\"",
                "one picture, two views: its lightness and its colour, from a window of their own "
                "each");
  if (alone && !look.colored)
    section.add("split", "\"augmented\"", "one grey picture, two views: it, changed twice");
  if (alone && look.colored)
    section.add("augmentation",
                "{ shared = false, crop = \"random_resized\", scale_low = 0.3, flip_probability = "
                "0.5 }");
  if (!alone)
    section.add("augmentation",
                "{ crop = \"random_resized\", scale_low = 0.5, brightness = 0.4, contrast = 0.4 }");
  return section;
}

DraftSection sound_view(const std::string& name, const SoundLook& look, bool alone) {
  DraftSection section = section_of(name, "audio");
  section.add("rate", fmt::format("{}", look.view_rate()), "the sounds are " + look.text());
  section.add("seconds", fmt::format("{:g}", look.view_seconds()),
              "holds nine of ten, up to 3 seconds");
  section.add("bands", look.view_rate() < 16000 ? "40" : "64");
  section.add("gain", "6");
  if (alone) {
    section.add("crop", "0.7");
    section.add("speed", "0.3");
    section.add("noise", "0.1");
  }
  section.add("time_mask", alone ? "0.2" : "0.1");
  section.add("frequency_mask", alone ? "0.3" : "0.1");
  return section;
}

DraftSection series_view(const std::string& name, const SeriesLook& look, bool alone) {
  DraftSection section = section_of(name, "series");
  section.add(
      "length", fmt::format("{}", look.view_length()),
      fmt::format("the {} that were tried hold {}", look.csv ? "files" : "arrays", look.text()));
  if (look.one_length() && !look.csv)
    section.add("axes", look.time_first ? "\"time_first\"" : "\"channels_first\"",
                "the shorter axis holds the channels");
  section.add("crop", alone ? "0.5" : "0.7");
  section.add("scaling", alone ? "0.3" : "0.2");
  section.add("noise", "0.1");
  if (alone) section.add("warp", "0.3");
  return section;
}

DraftSection bands_view(const std::string& name, const BandsLook& look, int half) {
  DraftSection section = section_of(name, "bands");
  const std::int64_t middle = (look.bands + 1) / 2;
  if (half > 0)
    section.add("select", half == 1 ? fmt::format("\"#1..#{}\"", middle)
                                    : fmt::format("\"#{}..#{}\"", middle + 1, look.bands));
  section.add("size", fmt::format("{}", look.side()),
              "the files that were tried are " + look.text());
  section.add("augmentation",
              half > 0 ? "{ crop = \"random_resized\", scale_low = 0.3, flip_probability = 0.5 }"
                       : "{ crop = \"random_resized\", scale_low = 0.5 }");
  return section;
}

DraftSection text_view(const std::string& name, double mean_words, const std::string& same_as,
                       bool alone) {
  DraftSection section = section_of(name, "text");
  section.add("length",
              mean_words < 5    ? "128"
              : mean_words < 15 ? "256"
                                : "512",
              fmt::format("texts of {:.1f} words on average", mean_words));
  section.add("symbols", "16384");
  section.add("dropout", "0.3");
  if (alone) section.add("crop", "0.6");
  if (!same_as.empty())
    section.add("encoder", fmt::format("{{ same_as = {} }}", toml_text(same_as)),
                "texts of one table have words in common");
  return section;
}

DraftSection array_view(const std::string& name, bool alone, bool convolved) {
  DraftSection section = section_of(name, "array");
  section.add("dropout", alone ? "0.3" : "0.1");
  if (alone) section.add("noise", "0.1");
  if (convolved) section.add("encoder", "\"convnet\"", "maps of 8 × 8 and more have neighbours");
  return section;
}

}  // namespace cmc::draft
