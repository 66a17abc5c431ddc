#include "cmc/views/sources/text_view.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "cmc/data/decode/decode_text.h"
#include "cmc/data/tables/manifest.h"
#include "cmc/data/wrapped.h"
#include "cmc/error.h"
#include "cmc/views/sources/subwords.h"
#include "cmc/views/sources/word_grams.h"
#include "tests/temporary_folder.h"
#include "tests/views/transformed.h"

namespace cmc::views {
namespace {

using test::rows_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const data::Source source{.name = "caption", .kind = data::SourceKind::text, .shape = {1, 1, 0}};

data::Sample sample_of(const std::string& text) {
  return {.values = {data::decode_text(text)}};
}

// Numbers from Python: 1 + zlib.crc32(run.encode()) % 999.
TEST(WordGrams, NumbersEachRunAndEachWord) {
  const WordGramOptions options{.shortest = 2, .longest = 4, .symbols = 1000};
  EXPECT_THAT(word_grams({U"ab"}, options),
              ElementsAre(496, 951, 187,                       // " a", "ab", "b "
                          testing::_, testing::_, 527, 161));  // " ab", "ab ", " ab ", "\tab"
  EXPECT_THAT(word_grams({U"é"}, {.shortest = 1, .longest = 1, .words = false, .symbols = 1000}),
              ElementsAre(741));
  EXPECT_EQ(words_of(data::decode_text("  Straße\u3000ÉTÉ "), {}),
            (std::vector<std::u32string>{U"strasse", U"été"}));
  EXPECT_EQ(words_of(data::decode_text("Straße"), {.folded = false}),
            std::vector<std::u32string>{U"Straße"});
  // Hangul's syllables come apart in NFD, but have no marks.
  EXPECT_EQ(words_of(data::decode_text("ÉTÉ Kráľ йод 한 ø \u0301"), {.plain = true}),
            (std::vector<std::u32string>{U"ete", U"kral", U"иод", U"한", U"ø"}));
}

TEST(Rarity, CountsTextsNotOccurrences) {
  Rarity rarity(300);
  rarity.add({5, 5, 7});
  rarity.add({5});
  const std::string bytes = rarity.bytes();
  ASSERT_EQ(bytes.size(), 300u);
  EXPECT_EQ(bytes[5], 0);                                                       // in both
  EXPECT_EQ(bytes[7], static_cast<char>(std::lround(20 * std::log(3.0 / 2))));  // in one of two
  EXPECT_EQ(bytes[9], static_cast<char>(std::lround(20 * std::log(3.0))));
}

TEST(TextView, WeighsRareNgramsMoreAndFillsUpWithZeros) {
  const TextViewOptions options{
      .length = 4, .symbols = 1000, .shortest = 2, .longest = 2, .words = false};
  std::string rarity(1000, '\0');
  rarity[496] = 20;  // " a" weighs 2, the others 1
  const auto view = make_view(options, {"caption", 0, source}, Mode::evaluate,
                              Standardization{.tokenizer = rarity});
  EXPECT_EQ(view->views()[0].symbols, 1000);
  const float unit = 1 / std::sqrt(6.0f);
  EXPECT_THAT(rows_of(*view, sample_of("AB"))[0],
              testing::Pointwise(testing::FloatEq(),
                                 {496.f, 2 * unit, 951.f, unit, 187.f, unit, 0.f, 0.f}));
  // What is exported makes the same of the numbers.
  const at::Tensor made =
      view->of_batch(0, at::tensor({496, 951, 187, 0}, at::kLong).reshape({1, 4}));
  ASSERT_EQ(made.sizes(), at::IntArrayRef({1, 2, 1, 4}));
  EXPECT_TRUE(at::allclose(made.flatten(),
                           at::tensor({496.f, 951.f, 187.f, 0.f, 2 * unit, unit, unit, 0.f})));
  // A long text ends at the view's length, and its weights have unit length still.
  const auto row = rows_of(*view, sample_of("abcdefgh"))[0];
  double squares = 0;
  for (std::size_t i = 1; i < row.size(); i += 2) squares += row[i] * row[i];
  EXPECT_NEAR(squares, 1, 1e-6);
}

TEST(TextView, TakesLettersAlikeWithoutAccents) {
  const auto alike = [&](bool accents) {
    const TextViewOptions options{.length = 16, .symbols = 1000, .accents = accents};
    const auto row = [&](const std::string& text) {
      const auto view = make_view(options, {"caption", 0, source}, Mode::train, std::nullopt);
      return rows_of(*view, sample_of(text))[0];
    };
    return row("král") == row("KRAL");
  };
  EXPECT_TRUE(alike(false));
  EXPECT_FALSE(alike(true));
  // A text of marks alone has no n-gram, whatever is to be dropped.
  const auto view = make_view({.length = 4, .accents = false, .word_dropout = 0.5, .crop = 0.5},
                              {"caption", 0, source}, Mode::train, std::nullopt);
  EXPECT_THAT(rows_of(*view, sample_of("\u0301"))[0], testing::Each(0.f));
}

TEST(TextView, DropsAndCropsInTrainingAlone) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += static_cast<char>('a' + i % 26) + std::to_string(i) + " ";
  const auto tokens = [&](TextViewOptions options, Mode mode, std::uint64_t sample = 1) {
    options.length = 4000;
    options.shortest = 30;  // words alone
    options.longest = 30;
    const auto view = make_view(options, {"caption", 0, source}, mode, std::nullopt);
    const auto row = rows_of(*view, sample_of(text), {.sample = sample})[0];
    std::vector<float> found;
    for (std::size_t i = 0; i < row.size() && row[i] != 0; i += 2) found.push_back(row[i]);
    return found;
  };
  const std::vector<float> all = tokens({}, Mode::evaluate);
  ASSERT_EQ(all.size(), 400u);
  EXPECT_EQ(tokens({.dropout = 0.5, .word_dropout = 0.5, .crop = 0.5}, Mode::evaluate), all);
  EXPECT_NEAR(static_cast<double>(tokens({.dropout = 0.3}, Mode::train).size()), 280, 40);
  EXPECT_NEAR(static_cast<double>(tokens({.word_dropout = 0.3}, Mode::train).size()), 280, 40);
  const std::vector<float> crop = tokens({.crop = 0.25}, Mode::train);
  EXPECT_GE(crop.size(), 100u);
  EXPECT_LT(crop.size(), 400u);
  EXPECT_NE(std::search(all.begin(), all.end(), crop.begin(), crop.end()), all.end());
  EXPECT_NE(tokens({.crop = 0.25}, Mode::train, 2), crop);
  // Words lose characters: they are others, and as many but those that lost all.
  const std::vector<float> lossy = tokens({.character_dropout = 0.2}, Mode::train);
  EXPECT_GT(lossy.size(), 390u);
  EXPECT_NE(lossy, all);
}

TEST(TextView, NamesTheOptionThatIsOutOfRange) {
  const auto message = [](const TextViewOptions& options) {
    return message_of<Error>([&] {
      make_view(options, {"caption", 0, source}, Mode::train, std::nullopt);
    });
  };
  EXPECT_EQ(message({.symbols = 10}),
            "view \"caption\": symbols = 10: it must be within [256, 16777216]");
  EXPECT_THAT(message({.shortest = 4, .longest = 3}), HasSubstr("shortest = 4 and longest = 3"));
  EXPECT_THAT(message({.word_dropout = 1}), HasSubstr("word_dropout = 1"));
  EXPECT_THAT(message({.crop = 0}), HasSubstr("crop = 0"));
  EXPECT_THAT(message({.tokenizer = "x.model"}), HasSubstr("n-grams need none"));
}

class SubwordsTest : public testing::Test {
 protected:
  SubwordsTest() {
    std::string csv = "caption\n";
    const char* const things[] = {"dog", "horse", "boat", "apple", "drum", "kite", "lamp", "goose"};
    for (const char* const one : things)
      for (const char* const other : things)
        csv += std::string("A ") + one + " beside a small " + other + ".\n";
    path = folder.write("captions.csv", csv);
    const data::Splits splits = data::open_manifest(
        {.manifest = path.string(),
         .held_out = 0,
         .sources = {{.name = "caption", .kind = data::SourceKind::text, .column = "caption"}}});
    model = train_subwords(*splits.train, 0, 300, "view \"caption\"");
    again = train_subwords(*splits.train, 0, 300, "view \"caption\"");
  }

  TemporaryFolder folder;
  std::filesystem::path path;
  std::string model, again;
};

TEST_F(SubwordsTest, AreTrainedOnTheTextsAndCutThem) {
  EXPECT_EQ(model, again);
  const Subwords subwords(model, "here");
  EXPECT_EQ(subwords.symbols(), 256);  // fewer pieces than that
  const auto dog = subwords.of({U"A", U"dog"}), horse = subwords.of({U"A", U"horse"});
  EXPECT_FALSE(dog.empty());
  EXPECT_LE(dog.size(), 5u);  // not letter by letter
  EXPECT_EQ(dog.front(), horse.front());
  EXPECT_NE(dog, horse);
  for (const std::int32_t number : dog) EXPECT_GE(number, 1);
  const auto view =
      make_view(TextViewOptions{.tokens = TextTokens::subwords, .length = 8},
                {"caption", 0, source}, Mode::evaluate, Standardization{.tokenizer = model});
  const auto row = rows_of(*view, sample_of("A dog"))[0];
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_EQ(row[2 * i], i < dog.size() ? static_cast<float>(dog[i]) : 0);
}

TEST_F(SubwordsTest, AreTrainedOnLongTextsWithoutCuttingCharacters) {
  std::string csv = "caption\n";
  for (int i = 0; i < 9000; ++i) csv += i % 3 == 0 ? "é" : "ы";  // 18,000 bytes without a space
  csv += "\nA dog\n";
  path = folder.write("long.csv", csv);
  const data::Splits splits = data::open_manifest(
      {.manifest = path.string(),
       .held_out = 0,
       .sources = {{.name = "caption", .kind = data::SourceKind::text, .column = "caption"}}});
  const std::string long_model = train_subwords(*splits.train, 0, 300, "view \"caption\"");
  EXPECT_EQ(long_model.find("\xef\xbf\xbd"),
            std::string::npos);  // what SentencePiece reads of half
  EXPECT_NE(long_model.find("ыы"), std::string::npos);
}

TEST_F(SubwordsTest, AreNotTrainedWhereATextIsAnError) {
  class Broken : public data::WrappedDataset {
   public:
    using WrappedDataset::WrappedDataset;
    data::Excerpt excerpt(std::int64_t index, std::size_t source,
                          const data::ChoosePart& choose) const override {
      check(index != 3, "line 5: a text too long");
      return WrappedDataset::excerpt(index, source, choose);
    }
  };
  const data::Splits splits = data::open_manifest(
      {.manifest = path.string(),
       .held_out = 0,
       .sources = {{.name = "caption", .kind = data::SourceKind::text, .column = "caption"}}});
  EXPECT_EQ(
      message_of<Error>([&] { train_subwords(Broken(splits.train), 0, 300, "view \"caption\""); }),
      "line 5: a text too long");
}

TEST_F(SubwordsTest, AreRefusedWhereTheModelIsAnotherFileOrCutShort) {
  const auto message = [&](const std::string& bytes) {
    const auto file = folder.write("x.model", bytes);
    return message_of<Error>([&] { read_subwords(file, "view \"caption\""); });
  };
  EXPECT_EQ(message(model), "");
  const std::string where =
      "view \"caption\": tokenizer = \"" + (folder / "x.model").string() + "\": ";
  EXPECT_THAT(message("{\"version\": \"1.0\"}"), HasSubstr(where + "this is JSON"));
  EXPECT_THAT(message("#version: 0.2\nt h\n"), HasSubstr(where + "not a model of SentencePiece"));
  EXPECT_THAT(message(""), HasSubstr("not a model of SentencePiece"));
  int refused = 0;
  for (std::size_t size = 1; size < model.size(); size += model.size() / 50)
    refused += !message(model.substr(0, size)).empty();
  EXPECT_GE(refused, 50);
  EXPECT_THAT(message_of<Error>([&] { read_subwords(folder / "none.model", "view \"caption\""); }),
              HasSubstr("none.model"));
}

}  // namespace
}  // namespace cmc::views
