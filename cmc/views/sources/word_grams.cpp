#include "cmc/views/sources/word_grams.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <string_view>

#include "cmc/error.h"
#include "cmc/files/checksum.h"
#include "cmc/files/utf8.h"

namespace cmc::views {
namespace {

icu::UnicodeString without_marks(const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* apart = icu::Normalizer2::getNFDInstance(status);
  const icu::Normalizer2* together = icu::Normalizer2::getNFCInstance(status);
  icu::UnicodeString kept;
  if (U_SUCCESS(status)) {
    const icu::UnicodeString letters = apart->normalize(text, status);
    for (std::int32_t i = 0; i < letters.length(); i = letters.moveIndex32(i, 1))
      if (u_charType(letters.char32At(i)) != U_NON_SPACING_MARK) kept += letters.char32At(i);
    kept = together->normalize(kept, status);
  }
  check(U_SUCCESS(status), "a text's marks can't be set apart: {}", u_errorName(status));
  return kept;
}

}  // namespace

std::vector<std::u32string> words_of(const cv::Mat& text, WordFolding folding) {
  icu::UnicodeString letters = icu::UnicodeString::fromUTF32(text.ptr<int>(), text.cols);
  if (folding.folded) letters.foldCase();
  if (folding.plain) letters = without_marks(letters);
  std::vector<std::u32string> words;
  bool within = false;
  for (std::int32_t i = 0; i < letters.length(); i = letters.moveIndex32(i, 1)) {
    const UChar32 point = letters.char32At(i);
    const bool space = u_isUWhiteSpace(point) != 0;
    if (!space && !within) words.emplace_back();
    if (!space) words.back() += static_cast<char32_t>(point);
    within = !space;
  }
  return words;
}

std::vector<std::int32_t> word_grams(const std::vector<std::u32string>& words,
                                     const WordGramOptions& options) {
  std::vector<std::int32_t> found;
  std::string utf8;
  const auto add = [&](std::u32string_view run) {
    utf8.clear();
    for (const char32_t point : run) files::append_utf8(point, utf8);
    const std::uint32_t hash = files::crc32(0, utf8.data(), utf8.size());
    found.push_back(
        static_cast<std::int32_t>(1 + hash % static_cast<std::uint32_t>(options.symbols - 1)));
  };
  for (const std::u32string& word : words) {
    const std::u32string padded = U" " + word + U" ";
    const auto length = static_cast<std::int64_t>(padded.size());
    for (std::int64_t n = options.shortest; n <= std::min(options.longest, length); ++n)
      for (std::int64_t i = 0; i + n <= length; ++i)
        if (n > 1 || (i > 0 && i + 1 < length))
          add(std::u32string_view(padded).substr(static_cast<std::size_t>(i),
                                                 static_cast<std::size_t>(n)));
    if (options.words) add(U"\t" + word);
  }
  return found;
}

void Rarity::add(std::vector<std::int32_t> grams) {
  ++texts_;
  std::ranges::sort(grams);
  grams.erase(std::unique(grams.begin(), grams.end()), grams.end());
  for (const std::int32_t gram : grams) ++with_[static_cast<std::size_t>(gram)];
}

std::string Rarity::bytes() const {
  std::string all;
  for (const std::int64_t with : with_) {
    const double logarithm =
        std::log(static_cast<double>(1 + texts_) / static_cast<double>(1 + with));
    all +=
        static_cast<char>(static_cast<unsigned char>(std::clamp(20 * logarithm + 0.5, 0.0, 255.0)));
  }
  return all;
}

}  // namespace cmc::views
