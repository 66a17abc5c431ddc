#include "cmc/data/decode/decode_text.h"

#include <fmt/format.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <map>
#include <opencv2/core.hpp>

#include "cmc/error.h"
#include "cmc/files/utf8.h"

namespace cmc::data {

cv::Mat decode_text(std::string_view utf8) {
  if (utf8.size() > longest_text)
    throw UnreadableError(fmt::format("a text of {} bytes; at most {} (1 MiB) were expected",
                                      utf8.size(), longest_text));
  if (const std::size_t end = files::utf8_end(utf8); end < utf8.size())
    throw UnreadableError(fmt::format("byte {} of the text, 0x{:02x}, is not UTF-8", end,
                                      static_cast<unsigned char>(utf8[end])));
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const nfc = icu::Normalizer2::getNFCInstance(status);
  const icu::UnicodeString text =
      nfc == nullptr
          ? icu::UnicodeString()
          : nfc->normalize(
                icu::UnicodeString::fromUTF8({utf8.data(), static_cast<std::int32_t>(utf8.size())}),
                status);
  check(U_SUCCESS(status) != 0, "a text can't be normalised: ICU says {}", u_errorName(status));
  cv::Mat points(1, std::max(1, text.countChar32()), CV_32SC1);
  int count = 0;
  bool blank = true;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 point = text.char32At(i);
    blank = blank && u_isUWhiteSpace(point) != 0;
    points.at<int>(count++) = point;
  }
  if (blank) throw UnreadableError("it holds no text");
  return points;
}

std::string text_of(const cv::Mat& value) {
  std::string text;
  for (int i = 0; i < value.cols; ++i)
    files::append_utf8(static_cast<char32_t>(value.at<int>(i)), text);
  return text;
}

std::string script_of(const cv::Mat& value) {
  std::map<UScriptCode, int> letters;
  for (int i = 0; i < value.cols; ++i) {
    UErrorCode status = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(value.at<int>(i), &status);
    if (U_SUCCESS(status) != 0 && script != USCRIPT_COMMON && script != USCRIPT_INHERITED)
      ++letters[script];
  }
  if (letters.empty()) return uscript_getName(USCRIPT_COMMON);
  return uscript_getName(
      std::ranges::max_element(letters, {}, [](const auto& each) { return each.second; })->first);
}

}  // namespace cmc::data
