#include "cmc/recipe/view_keys.h"

#include <fmt/format.h>

#include "cmc/recipe/augmentation_keys.h"
#include "cmc/recipe/encoder_keys.h"
#include "cmc/recipe/views_keys.h"

namespace cmc::recipe {
namespace {

// What a [[view]] of each kind has; image, depth, audio, table, array, text, series, bands.

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions& source, views::ViewRecipe& o) {
  v.field("channels", source.channels, "image: 3 (RGB) or 1 (grey)", between(1, 3));
  if constexpr (std::is_same_v<Visitor, FieldLister>) {
    std::string split = "whole";
    v.choice("split", split, {"whole", "color", "…"}, "image: as views.kind, with its other keys");
  } else {
    describe(v, o, "split");
    if constexpr (std::is_same_v<Visitor, FieldReader>)
      if (std::holds_alternative<views::LearnedOptions>(o.split))
        v.refuse("split", "is \"learned\": views are learned of a data set of pictures ([views])");
  }
}

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions& source, views::DepthViewOptions& o) {
  v.field("unit", source.unit, "depth: metres per stored unit", above(0));
  v.field("size", o.size, "depth, bands: side in pixels", between(1, 8192));
  v.named_table("augmentation", "crop",
                "image: as views.augmentation; depth, bands: of it crop, scale, ratio, padding and "
                "flip; bands: blur, too",
                [&](auto& inner) { describe_window(inner, o.augmentation); });
}

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions& source, views::AudioViewOptions& o) {
  v.field(
      "rate", source.rate,
      "audio: sampling rate in Hz that recordings are resampled to; series, 0 by default: their "
      "own in Hz, by which seconds count",
      between(1, 1'000'000));
  choice(v, "features", o.features,
         {{views::SoundFeatures::log_mel, "log_mel"}, {views::SoundFeatures::waveform, "waveform"}},
         "audio: the encoder's input");
  v.field("seconds", o.seconds,
          "audio: seconds of a recording that the encoder gets; series: the same, if rate is given",
          above(0, 86400));
  v.field("bands", o.bands, "audio, log_mel: bands", between(1, 8192));
  v.field("window", o.window, "audio, log_mel: seconds of the window", above(0, 60));
  v.field("hop", o.hop, "audio, log_mel: seconds between windows", above(0, 60));
  v.field("low", o.low, "audio, log_mel: lowest frequency in Hz", between(0, 1'000'000));
  v.field("high", o.high, "audio, log_mel: highest; 0: half the rate", between(0, 1'000'000));
  v.field("crop", o.crop,
          "audio, text, series: least share of the recording, of the words, of the steps, that is "
          "cropped",
          between(0.001, 1));
  v.field("gain", o.gain, "audio: random gain, decibels up or down", between(0, 60));
  v.field("speed", o.speed, "audio: faster or slower by up to this share", between(0, 1));
  v.field("noise", o.noise, "audio: white noise, as a share of the recording's root mean square",
          between(0, 10));
  v.field("time_mask", o.time_mask, "audio, log_mel: greatest share masked", between(0, 1));
  v.field("frequency_mask", o.frequency_mask, "audio, log_mel: greatest share masked",
          between(0, 1));
}

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions& source, views::TableViewOptions& o) {
  v.field(
      "columns", source.columns,
      "table: numeric columns: names, places \"#3\", ranges \"t0..t63\"; series: channels in the "
      "same way; empty: all");
  v.field("categorical", source.categorical, "table: columns of texts");
  v.field("table", source.table, "table: another file that holds the columns");
  v.field("table_key", source.table_key,
          "table: its column that matches data.key; empty: matched by row");
  v.field("dropout", o.dropout,
          "table, array, text: probability that a value, an n-gram, is dropped", between(0, 0.999));
  v.field("noise", o.noise,
          "table, array, series, bands: standard deviation of noise on standardised values",
          at_least(0));
}

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions& source, views::ArrayViewOptions& o) {
  v.field("entry", source.entry, "array, series: its name in a .npz file");
  if constexpr (!std::is_same_v<Visitor, FieldLister>) {
    v.field("dropout", o.dropout, "table, array", between(0, 0.999));
    v.field("noise", o.noise, "table, array", at_least(0));
  }
}

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions&, views::TextViewOptions& o) {
  choice(v, "tokens", o.tokens,
         {{views::TextTokens::ngrams, "ngrams"}, {views::TextTokens::subwords, "subwords"}},
         "text: the encoder's input");
  v.field("length", o.length,
          "text: n-grams or subwords, series: time steps that the encoder gets, at most",
          between(1, 65536));
  v.field("tokenizer", o.tokenizer,
          "text, subwords: a SentencePiece model's file; empty: trained on the training part");
  v.field("pieces", o.pieces, "text, subwords: pieces of a model that is trained",
          between(256, 1'000'000));
  v.field("symbols", o.symbols, "text, ngrams: numbers that they are hashed to, and 0 for none",
          between(256, 1 << 24));
  v.field("shortest", o.shortest, "text: characters of the shortest n-grams", between(1, 32));
  v.field("longest", o.longest, "text: characters of the longest n-grams", between(1, 32));
  v.field("words", o.words, "text: whole words besides n-grams");
  v.field("accents", o.accents,
          "text, ngrams: letters keep their accents and other marks; false: \"é\" is \"e\"");
  v.field("character_dropout", o.character_dropout, "text: probability that a character is dropped",
          between(0, 0.999));
  v.field("word_dropout", o.word_dropout, "text: probability that a word is dropped",
          between(0, 0.999));
  if constexpr (!std::is_same_v<Visitor, FieldLister>) {
    v.field("dropout", o.dropout, "text: probability that an n-gram is dropped", between(0, 0.999));
    v.field("crop", o.crop, "text: least share of the words that is taken, one after the other",
            between(0.001, 1));
  }
}

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions& source, views::SeriesViewOptions& o) {
  using data::SeriesAxes;
  choice(v, "axes", source.axes,
         {{SeriesAxes::automatic, "auto"},
          {SeriesAxes::channels_first, "channels_first"},
          {SeriesAxes::time_first, "time_first"}},
         "series: whether .npy files are [C, T] or [T, C]; auto: T is the axis that differs");
  v.field("warp", o.warp, "series: time runs faster and slower by up to this share",
          between(0, 10));
  v.field("rotation", o.rotation,
          "series: groups of three channels, \"x..z\", that are turned together");
  v.field("angle", o.angle, "series: degrees of rotation, at most", between(0, 180));
  v.field("segments", o.segments, "series: segments that are put in a random order, at most",
          between(1, 1000));
  v.field("scaling", o.scaling, "series: each channel grows or shrinks by up to this share",
          between(0, 10));
  v.field("channel_dropout", o.channel_dropout,
          "series: probability that a channel is set to its mean", between(0, 0.999));
  if constexpr (!std::is_same_v<Visitor, FieldLister>) {
    v.field("columns", source.columns, "series: channels: names, places \"#3\", ranges \"x..z\"");
    v.field("entry", source.entry, "series: its name in a .npz file");
    v.field("length", o.length, "series: time steps that the encoder gets", between(2, 1 << 20));
    v.field("rate", o.rate, "series: steps a second; 0: length counts steps", at_least(0));
    v.field("seconds", o.seconds, "series: with rate, seconds that the encoder gets",
            above(0, 86400));
    v.field("crop", o.crop, "series: least share of the steps that is taken", between(0.001, 1));
    v.field("noise", o.noise, "series: standard deviation of noise on standardised values",
            at_least(0));
  }
}

/// Refuses the keys of an augmentation that change colours.
void refuse_colours(FieldReader& v) {
  views::AugmentationOptions colours;
  const auto refuse = [&](const char* key, double& value) {
    constexpr double unset = -1;
    value = unset;
    v.field(key, value, "", {});
    if (value != unset)
      v.refuse(key,
               "changes colours, and bands are none: the view's noise and quarter_turns, and here "
               "crop, flip_probability and blur_probability, change what is seen of bands");
  };
  refuse("jitter_probability", colours.jitter_probability);
  refuse("brightness", colours.brightness);
  refuse("contrast", colours.contrast);
  refuse("saturation", colours.saturation);
  refuse("hue", colours.hue);
  refuse("grey_probability", colours.grey_probability);
}

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions& source, views::BandsViewOptions& o) {
  v.field("names", source.bands, "bands: the names of the file's bands, in their order");
  v.field(
      "select", o.select,
      "bands: which of them the view shows: names, places \"#3\", ranges \"nir..swir2\"; empty: "
      "all");
  v.field("quarter_turns", o.quarter_turns,
          "bands: turned by 0 to 3 right angles, as nothing is up from above");
  if constexpr (!std::is_same_v<Visitor, FieldLister>) {
    v.field("size", o.size, "bands: side in pixels", between(1, 8192));
    v.field("noise", o.noise, "bands", at_least(0));
    v.named_table("augmentation", "crop", "bands: crop, scale, ratio, padding, flip and blur",
                  [&](auto& inner) {
                    describe_window(inner, o.augmentation);
                    describe_blur(inner, o.augmentation);
                    if constexpr (std::is_same_v<Visitor, FieldReader>) refuse_colours(inner);
                  });
  }
}

/// Refuses a crop or flip of its own for a view that has those of another.
void check_alignment(const FieldReader& v, const ViewEntry& o) {
  if (o.align_with.empty()) return;
  views::AugmentationOptions own;
  if (const auto* depth = std::get_if<views::DepthViewOptions>(&o.options))
    own = depth->augmentation;
  const auto* bands = std::get_if<views::BandsViewOptions>(&o.options);
  if (bands != nullptr) own = bands->augmentation;
  if (const auto* image = std::get_if<views::ViewRecipe>(&o.options))
    own = image->augmentation.value_or(views::default_augmentation(image->split));
  if (views::with_window_of({}, own) != views::AugmentationOptions{} ||
      (bands != nullptr && bands->quarter_turns))
    v.refuse("align_with",
             fmt::format("= \"{0}\" can't be combined with a crop or flip of its own: "
                         "both are those of \"{0}\"",
                         o.align_with));
}

/// The network that suits a kind where a recipe names none.
encoders::Network usual_network(const views::SourceViewOptions& options,
                                encoders::Network otherwise) {
  if (const auto* audio = std::get_if<views::AudioViewOptions>(&options))
    return audio->features == views::SoundFeatures::waveform ? encoders::Network::waveform
                                                             : otherwise;
  if (const auto* text = std::get_if<views::TextViewOptions>(&options))
    return text->tokens == views::TextTokens::subwords ? encoders::Network::transformer
                                                       : encoders::Network::ngrams;
  if (std::holds_alternative<views::SeriesViewOptions>(options)) return encoders::Network::resnet1d;
  const bool numbers = std::holds_alternative<views::TableViewOptions>(options) ||
                       std::holds_alternative<views::ArrayViewOptions>(options);
  return numbers ? encoders::Network::mlp : otherwise;
}

}  // namespace

template <class Visitor>
void describe(Visitor& v, ViewEntry& o) {
  v.field("name", o.source.name, "the view's name");
  std::string kind(data::name(o.source.kind));
  v.choice("kind", kind, data::source_kinds(), "what its source is");
  if (data::source_kind(kind) != o.source.kind) {
    o.source.kind = data::source_kind(kind);
    o.options = views::source_view_options(o.source.kind);
  }
  if (o.source.kind != data::SourceKind::table || std::is_same_v<Visitor, FieldLister>) {
    v.field("column", o.source.column,
            "the column of the file's path; text: of the text; array with file: of the row in it");
    v.field("file", o.source.file,
            "the path itself, columns in braces: \"depth/{frame}.png\"; array, without "
            "braces: of all samples, a row each");
  }
  const auto describe_all = [&](auto& visitor) {
    for (std::size_t k = 0; k < data::source_kinds().size(); ++k) {
      data::SourceOptions source;
      views::SourceViewOptions each = views::source_view_options(static_cast<data::SourceKind>(k));
      std::visit([&](auto& options) { describe_view(visitor, source, options); }, each);
    }
  };
  if constexpr (std::is_same_v<Visitor, FieldLister>) {
    describe_all(v);
  } else {
    std::visit([&](auto& options) { describe_view(v, o.source, options); }, o.options);
  }
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    FieldLister all;
    describe_all(all);
    v.belongs_elsewhere(all.result());
  }
  if (std::holds_alternative<views::ViewRecipe>(o.options) ||
      std::holds_alternative<views::DepthViewOptions>(o.options) ||
      std::holds_alternative<views::BandsViewOptions>(o.options))
    v.field("align_with", o.align_with,
            "image, depth, bands: the view of an image or of bands whose crop and flip this one "
            "shares");
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    check_alignment(v, o);
    o.encoder.network = usual_network(o.options, o.encoder.network);
  }
  v.named_table("encoder", "name",
                "a network's name, or a table of keys that differ from [encoder]",
                [&](auto& inner) { describe(inner, o.encoder); });
}

template void describe(FieldReader&, ViewEntry&);
template void describe(FieldWriter&, ViewEntry&);
template void describe(FieldLister&, ViewEntry&);

}  // namespace cmc::recipe
