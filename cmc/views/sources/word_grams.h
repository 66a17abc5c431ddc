#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

namespace cmc::views {

/// Which parts of a text's words are told apart, by how many numbers.
struct WordGramOptions {
  std::int64_t shortest = 1;
  std::int64_t longest = 5;
  /// Whole words besides.
  bool words = true;
  std::int64_t symbols = 32768;
};

/// What words_of makes alike.
struct WordFolding {
  /// Letters in one case: Unicode's full case folding, Python's str.casefold.
  bool folded = true;
  /// Without accents and other marks that NFD sets apart (Unicode's category Mn): "é" is "e", but
  /// "ø" stays.
  bool plain = false;
};

/// The words of a text (data::SourceKind::text): what stands between white space, in NFC.
std::vector<std::u32string> words_of(const cv::Mat& text, WordFolding folding);

/// The numbers of the words' n-grams, each within [1, symbols), word after word: of " " + word +
/// " " each run of n code points, n from `shortest` to `longest`, but the space alone; and of "\t"
/// + word. A run's number is 1 + CRC-32 of its UTF-8, as zlib has it, modulo (symbols − 1): the
/// hashing trick (Weinberger et al., "Feature hashing for large scale multitask learning", ICML
/// 2009) on the n-grams of Bojanowski et al., "Enriching word vectors with subword information",
/// 1607.04606.
std::vector<std::int32_t> word_grams(const std::vector<std::u32string>& words,
                                     const WordGramOptions& options);

/// How rare each symbol is among texts, as a byte: 20 ln((1 + n) / (1 + d)) of n texts of which d
/// have it, rounded, at most 255.
class Rarity {
 public:
  explicit Rarity(std::int64_t symbols) : with_(static_cast<std::size_t>(symbols)) {}

  void add(std::vector<std::int32_t> grams);
  std::string bytes() const;

  /// What a symbol of this byte weighs in a text before the text's weights are brought to unit
  /// length: 1 + the logarithm (the TF-IDF of Spärck Jones 1972, as scikit-learn has it).
  static float weight(unsigned char byte) { return 1 + static_cast<float>(byte) / 20; }

 private:
  std::vector<std::int64_t> with_;
  std::int64_t texts_ = 0;
};

}  // namespace cmc::views
