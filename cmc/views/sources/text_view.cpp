#include "cmc/views/sources/text_view.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <utility>
#include <vector>

#include "cmc/error.h"
#include "cmc/views/pictures/shades.h"
#include "cmc/views/sources/subwords.h"
#include "cmc/views/sources/word_grams.h"

namespace cmc::views {
namespace {

void check_options(const std::string& name, const TextViewOptions& o) {
  constexpr std::int64_t most_symbols = std::int64_t{1} << 24;  // float32 holds each
  const auto check_share = [&](const char* option, double value) {
    check(value >= 0 && value < 1, "view \"{}\": {} = {}: it must be within [0, 1)", name, option,
          value);
  };
  check(o.length >= 1 && o.length <= 65536,
        "view \"{}\": length = {}: it must be within [1, 65536]", name, o.length);
  check(o.symbols >= 256 && o.symbols <= most_symbols,
        "view \"{}\": symbols = {}: it must be within [256, {}]", name, o.symbols, most_symbols);
  check(o.shortest >= 1 && o.shortest <= o.longest,
        "view \"{}\": shortest = {} and longest = {}: 1 ≤ shortest ≤ longest was expected", name,
        o.shortest, o.longest);
  check(o.tokens == TextTokens::subwords || o.tokenizer.empty(),
        "view \"{}\": tokenizer = \"{}\" goes with tokens = \"subwords\"; n-grams need none", name,
        o.tokenizer);
  check_share("dropout", o.dropout);
  check_share("character_dropout", o.character_dropout);
  check_share("word_dropout", o.word_dropout);
  check(o.crop > 0 && o.crop <= 1, "view \"{}\": crop = {}: it must be within (0, 1]", name,
        o.crop);
}

class TextView : public PortableTransform {
 public:
  /// `subwords`: null where the tokens are n-grams; `rarity`: theirs, or empty.
  TextView(const TextViewOptions& options, const ViewOrigin& origin, Mode mode,
           std::shared_ptr<const Subwords> subwords, const std::string& rarity)
      : options_(options),
        subwords_(std::move(subwords)),
        grams_{.shortest = options.shortest,
               .longest = options.longest,
               .words = options.words,
               .symbols = options.symbols},
        train_(mode == Mode::train) {
    const std::int64_t symbols = subwords_ != nullptr ? subwords_->symbols() : options.symbols;
    views_.push_back({origin.name, 2, 1, options.length, origin.place, symbols});
    weights_ = at::ones({symbols, 1});
    auto* const weights = weights_.data_ptr<float>();
    for (std::size_t i = 0; i < rarity.size(); ++i)
      weights[i] = Rarity::weight(static_cast<unsigned char>(rarity[i]));
    weights[0] = 0;
  }

  const std::vector<data::ViewShape>& views() const override { return views_; }

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    const cv::Mat& text = sample.values[views_[0].source];
    if (text.empty()) return;
    RandomStream stream = key.stream(0);
    std::vector<std::u32string> words = words_of(
        text, {.folded = subwords_ == nullptr, .plain = subwords_ == nullptr && !options_.accents});
    if (train_) disturb(words, stream);
    std::vector<std::int32_t> tokens =
        subwords_ != nullptr ? subwords_->of(words) : word_grams(words, grams_);
    if (train_ && options_.dropout > 0)
      std::erase_if(tokens, [&](std::int32_t) { return stream.bernoulli(options_.dropout); });
    const std::size_t room = static_cast<std::size_t>(options_.length),
                      count = std::min(tokens.size(), room);
    const float* const weights = weights_.data_ptr<float>();
    double squares = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const float weight = weights[tokens[i]];
      squares += static_cast<double>(weight) * weight;
    }
    const auto scale = static_cast<float>(1 / std::sqrt(std::max(squares, 1e-12)));
    for (std::size_t i = 0; i < room; ++i) {
      rows[0][2 * i] = i < count ? static_cast<float>(tokens[i]) : 0;
      rows[0][2 * i + 1] = i < count ? weights[tokens[i]] * scale : 0;
    }
  }

  cv::Mat show(std::size_t, const float* row) const override {
    const cv::Mat both(static_cast<int>(options_.length), 2, CV_32FC1, const_cast<float*>(row));
    const cv::Mat weights = both.col(1).clone() * 3;
    return bars(weights.ptr<float>(), static_cast<std::size_t>(options_.length));
  }

  RawInput raw_input(std::size_t) const override {
    return {.name = "tokens",
            .type = at::kLong,
            .shape = {options_.length},
            .description = fmt::format("int64 [N, {}]: N texts as the numbers of their {}, then "
                                       "zeros; {}",
                                       options_.length, what(), recipe()),
            .below = views_[0].symbols};
  }

  at::Tensor of_batch(std::size_t, const at::Tensor& tokens) const override {
    const at::Tensor weights = at::embedding(weights_, tokens);  // [N, L, 1]
    const at::Tensor length = weights.mul(weights).sum({1}, true).clamp_min(1e-12).sqrt();
    const at::Tensor both = at::cat({tokens.to(at::kFloat).unsqueeze(2), weights.div(length)}, 2);
    return both.transpose(1, 2).unsqueeze(2);
  }

  std::string formula(std::size_t) const override {
    return fmt::format(
        "the numbers of the text's {}, as floats, then zeros, and what each weighs: {}, over the "
        "root of the sum of these weights' squares; {}",
        what(), subwords_ != nullptr ? "1" : "1 + its byte of the metadata's \"tokenizer\" / 20",
        recipe());
  }

 private:
  std::string_view what() const { return subwords_ != nullptr ? "subwords" : "n-grams"; }

  /// How a text becomes numbers.
  std::string recipe() const {
    if (subwords_ != nullptr)
      return fmt::format(
          "of the text in NFC, its words joined by one space, the pieces of the SentencePiece "
          "model (the metadata's \"tokenizer\", in base 64), each its number in the model and 1; "
          "the first {} of them",
          options_.length);
    return fmt::format(
        "of the text in NFC, case-folded{} and split at white space, each word's runs of {} to {} "
        "code points of \" \" + word + \" \", but the space alone, shorter runs first{}; the "
        "number is 1 + CRC-32 of the run's UTF-8 modulo {}; the first {} of them",
        options_.accents ? "" : ", without marks (NFD without category Mn, in NFC again)",
        options_.shortest, options_.longest, options_.words ? ", and then \"\\t\" + word" : "",
        options_.symbols - 1, options_.length);
  }

  void disturb(std::vector<std::u32string>& words, RandomStream& stream) const {
    if (words.empty()) return;
    if (options_.crop < 1) {
      const auto all = static_cast<double>(words.size());
      const double lasts = std::max(1.0, std::round(all * stream.uniform(options_.crop, 1)));
      const auto first = stream.below(static_cast<std::int64_t>(all - lasts) + 1);
      words.erase(words.begin(), words.begin() + first);
      words.resize(static_cast<std::size_t>(lasts));
    }
    if (options_.word_dropout > 0) {
      const std::size_t kept = static_cast<std::size_t>(
          stream.below(static_cast<std::int64_t>(words.size())));  // one stays whatever is drawn
      std::size_t place = 0;
      std::erase_if(words, [&](const std::u32string&) {
        return stream.bernoulli(options_.word_dropout) && place++ != kept;
      });
    }
    if (options_.character_dropout > 0) {
      for (std::u32string& word : words)
        std::erase_if(word, [&](char32_t) { return stream.bernoulli(options_.character_dropout); });
      std::erase_if(words, [](const std::u32string& word) { return word.empty(); });
    }
  }

  TextViewOptions options_;
  std::shared_ptr<const Subwords> subwords_;
  WordGramOptions grams_;
  bool train_;
  at::Tensor weights_;  // [symbols, 1], before they are brought to unit length
  std::vector<data::ViewShape> views_;
};

}  // namespace

std::shared_ptr<const PortableTransform> make_view(const TextViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known) {
  check_options(origin.name, options);
  const std::string tokenizer = known ? known->tokenizer : "";
  std::shared_ptr<const Subwords> subwords;
  if (options.tokens == TextTokens::subwords)
    subwords = std::make_shared<const Subwords>(tokenizer, fmt::format("view \"{}\"", origin.name));
  else
    check(tokenizer.empty() || tokenizer.size() == static_cast<std::size_t>(options.symbols),
          "view \"{}\": the weights of {} n-grams are known; {} are needed", origin.name,
          tokenizer.size(), options.symbols);
  const std::string rarity = subwords == nullptr ? tokenizer : "";
  return std::make_shared<TextView>(options, origin, mode, std::move(subwords), rarity);
}

std::optional<Standardization> measure_view(const TextViewOptions& options,
                                            const ViewOrigin& origin, const data::Dataset& train) {
  const std::string view = fmt::format("view \"{}\"", origin.name);
  if (options.tokens == TextTokens::subwords)
    return Standardization{.tokenizer =
                               options.tokenizer.empty()
                                   ? train_subwords(train, origin.place, options.pieces, view)
                                   : read_subwords(options.tokenizer, view)};
  check_options(origin.name, options);
  Rarity rarity(options.symbols);
  for (std::int64_t i = 0; i < train.size(); ++i) {
    try {
      if (const cv::Mat text = train.value(i, origin.place); !text.empty())
        rarity.add(
            word_grams(words_of(text, {.plain = !options.accents}), {.shortest = options.shortest,
                                                                     .longest = options.longest,
                                                                     .words = options.words,
                                                                     .symbols = options.symbols}));
    } catch (const UnreadableError&) {
      continue;  // the loader counts it
    }
  }
  return Standardization{.tokenizer = rarity.bytes()};
}

}  // namespace cmc::views
