#include "cmc/data/decode/decode_text.h"

#include <gtest/gtest.h>

#include <string>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

std::string message(std::string_view utf8) {
  return message_of<UnreadableError>([&] { decode_text(utf8); });
}

TEST(DecodeText, ComposesLettersAndGivesTheTextBack) {
  // e and a combining acute accent become é; the Hangul letters of "han" one syllable.
  const cv::Mat text = decode_text("cafe\u0301 \u1112\u1161\u11ab \U0001f415");
  ASSERT_EQ(text.type(), CV_32SC1);
  ASSERT_EQ(text.cols, 8);
  EXPECT_EQ(text.at<int>(3), 0xe9);
  EXPECT_EQ(text.at<int>(5), 0xd55c);
  EXPECT_EQ(text.at<int>(7), 0x1f415);
  EXPECT_EQ(text_of(text), "caf\u00e9 \ud55c \U0001f415");
}

TEST(DecodeText, NamesTheByteThatIsNotUtf8) {
  EXPECT_EQ(message("caf\xe9 noir"), "byte 3 of the text, 0xe9, is not UTF-8");
  EXPECT_EQ(message(std::string(longest_text + 1, 'a')),
            "a text of 1048577 bytes; at most 1048576 (1 MiB) were expected");
  EXPECT_EQ(message(" \u3000\t"), "it holds no text");
  EXPECT_EQ(message(std::string(longest_text, 'a')), "");
}

TEST(DecodeText, TellsTheScriptOfMostLetters) {
  EXPECT_EQ(script_of(decode_text("A dog.")), "Latin");
  EXPECT_EQ(script_of(decode_text("Собака US")), "Cyrillic");
  EXPECT_EQ(script_of(decode_text("いぬ")), "Hiragana");
  EXPECT_EQ(script_of(decode_text("25 %")), "Common");
}

}  // namespace
}  // namespace cmc::data
