#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmc/error.h"
#include "cmc/exchange/samples.h"
#include "cmc/exchange/search.h"
#include "tests/exchange/own_views_run.h"
#include "tests/temporary_folder.h"

namespace cmc::exchange {
namespace {

using ::testing::HasSubstr;

class TextSearch : public testing::Test {
 protected:
  TextSearch() {
    std::string csv = "id,es,ca,size\n";
    const char* const names[] = {"perro", "caballo", "manzana", "tambor",
                                 "barco", "tren",    "lobo",    "oso"};
    for (int i = 0; i < 8; ++i) csv += fmt::format("t{0},un {1},un {1},{0}\n", i, names[i]);
    folder.write("things.csv", csv);
    run = test::untrained_run(
        folder,
        folder.write("texts.toml", "[data]\nmanifest = \"" + (folder / "things.csv").string() + R"("
key = "id"
held_out = 0
[[view]]
name = "es"
kind = "text"
column = "es"
length = 64
[[view]]
name = "ca"
kind = "text"
column = "ca"
length = 64
encoder = { same_as = "es" }
[[view]]
name = "size"
kind = "table"
columns = "size"
[encoder]
widths = [128]
head = "linear"
embedding_dim = 128
)"));
  }

  TemporaryFolder folder;
  std::filesystem::path run;
};

// Untrained, one encoder projects what both languages spell alike to the same place.
TEST_F(TextSearch, FindsAThingByASentenceThatIsInNoDataSet) {
  const LoadedRun loaded = load(run);
  EXPECT_EQ(loaded.encoders[0].ptr(), loaded.encoders[1].ptr());
  const std::vector<std::size_t> views = {1};
  const auto samples = samples_for(loaded, views, "");
  const Search search(loaded, samples, 1, {});
  const std::vector<Query> queries = {text_query(loaded, "MANZANA", 0),
                                      text_query(loaded, "los caballos", 0)};
  const auto found = search(queries, 0, 1);
  EXPECT_EQ(found[0][0].id, "t2");
  EXPECT_EQ(found[1][0].id, "t1");
  EXPECT_EQ(queries[0].row, -1);
}

TEST_F(TextSearch, RefusesATextWhereNoTextIsSeen) {
  const LoadedRun loaded = load(run);
  EXPECT_THAT(message_of<UsageError>([&] { text_query(loaded, "dog", 2); }),
              HasSubstr("the view \"size\" is of the kind table; one of the kind text"));
  EXPECT_THAT(message_of<UsageError>([&] { text_query(loaded, "caf\xe9", 0); }),
              HasSubstr("byte 3 of the text, 0xe9, is not UTF-8"));
  EXPECT_THAT(message_of<UsageError>([&] { text_query(loaded, "  ", 0); }), HasSubstr("no text"));
}

}  // namespace
}  // namespace cmc::exchange
