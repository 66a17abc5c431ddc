#include "cmc/data/utf8.h"

#include <gtest/gtest.h>

namespace cmc::data {
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

}  // namespace
}  // namespace cmc::data
