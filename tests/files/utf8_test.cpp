#include "cmc/files/utf8.h"

#include <gtest/gtest.h>

namespace cmc::files {
namespace {

TEST(Utf8, IsToldFromWhatIsNone) {
  for (const char* const text : {"", "plain", "K\xc3\xa4se", "\xe2\x82\xac", "\xf0\x9f\x8e\xa7",
                                 "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_utf8(text)) << text;
  for (const char* const text :
       {"K\xe4se", "\x80", "\xc3", "\xc3 ", "\xe2\x82", "\xc0\xaf", "\xc1\x81", "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
    EXPECT_FALSE(is_utf8(text)) << text;
}

TEST(Utf8, FindsALetterAboveAsciiAnywhere) {
  std::string text(40, 'a');
  EXPECT_TRUE(is_ascii(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = '\x80';
    EXPECT_FALSE(is_ascii(text)) << i;
    EXPECT_FALSE(is_utf8(text)) << i;
    text[i] = 'a';
  }
}

TEST(Utf8, CountsCodePoints) {
  EXPECT_EQ(code_points(""), 0U);
  EXPECT_EQ(code_points("aé€😀"), 4U);
}

TEST(Utf8, WritesCodePointsAndWindows1252) {
  std::string points;
  for (const char32_t point : {U'a', U'\u00e4', U'\u20ac', U'\U0001f600', U'\U0010ffff'})
    append_utf8(point, points);
  EXPECT_EQ(points, "a\u00e4\u20ac\U0001f600\U0010ffff");
  std::string text = "K\xe4se 5 \x80 \x96 \xff";
  EXPECT_TRUE(windows_1252_to_utf8(text));
  EXPECT_EQ(text, "K\u00e4se 5 \u20ac \u2013 \u00ff");
  for (const char* const none : {"\x81", "\x8d", "\x8f", "\x90", "\x9d"}) {
    text = none;
    EXPECT_FALSE(windows_1252_to_utf8(text));
    EXPECT_EQ(text, none);
  }
}

}  // namespace
}  // namespace cmc::files
