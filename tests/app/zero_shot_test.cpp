#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

using testing::HasSubstr;

/// things.toml: 64 things of four classes, which two views of texts that share an encoder name by
/// the same words, "un perro", and a view of numbers.
std::string write_named_things(const TemporaryFolder& folder) {
  const char* const names[] = {"perro", "caballo", "manzana", "tambor"};
  std::string csv = "id,es,ca,size,class\n";
  for (int i = 0; i < 64; ++i) {
    const std::string name = names[i % 4];
    csv += fmt::format("t{},un {},un {},{},{}\n", i, name, name, i % 7, name);
  }
  folder.write("things.csv", csv);
  folder.write("things.toml", R"([data]
manifest = "things.csv"
key = "id"
label = "class"
held_out = 0.5
[[view]]
name = "es"
kind = "text"
column = "es"
length = 32
[[view]]
name = "ca"
kind = "text"
column = "ca"
length = 32
encoder = { same_as = "es" }
[[view]]
name = "size"
kind = "table"
columns = "size"
[encoder]
widths = [32]
embedding_dim = 16
[train]
steps = 4
batch_size = 16
threads = 1
workers = 1
)");
  return "things.toml";
}

// What an encoder makes of the same words is the same, so that the answers are known.
TEST(ZeroShot, FindsClassesByWhatAFileCallsThem) {
  const TemporaryFolder folder;
  const Outcome trained =
      run(folder.path(), {"train", write_named_things(folder), "--output", "run"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  const auto evaluate = [&](const std::vector<std::string>& more) {
    std::vector<std::string> command = {"evaluate", "run", "--features", "learned", "--zero-shot"};
    command.insert(command.end(), more.begin(), more.end());
    return run(folder.path(), command);
  };

  const Outcome all = evaluate({"--text-view", "es", "--template", "un {}"});
  ASSERT_EQ(all.status, 0) << all.err;
  EXPECT_THAT(all.out, HasSubstr("Zero-shot, 4 classes by their names as view es reads them"));
  const auto kept = nlohmann::json::parse(bytes_of(folder / "run/evaluation.json"))["zero_shot"];
  ASSERT_EQ(kept["rows"].size(), 2u);
  EXPECT_EQ(kept["rows"][0]["view"], "ca");
  EXPECT_EQ(kept["rows"][0]["accuracy"], 1);
  EXPECT_EQ(kept["chance"], 0.25);
  const Outcome report = run(folder.path(), {"report", "run"});
  ASSERT_EQ(report.status, 0) << report.err;
  EXPECT_THAT(bytes_of(folder / "run/report.html"), HasSubstr("id=\"zero-shot\""));

  // Two classes exchange their names.
  folder.write("names",
               "perro\tun caballo\ncaballo\tun perro\nmanzana\tun manzana\ntambor\tun tambor\n");
  const Outcome swapped =
      evaluate({"--text-view", "es", "--names", "names", "--view", "ca", "--json", "rows.json"});
  ASSERT_EQ(swapped.status, 0) << swapped.err;
  const auto rows = nlohmann::json::parse(bytes_of(folder / "rows.json"));
  const auto& row = rows.back();
  EXPECT_EQ(row["text_view"], "es");
  EXPECT_LT(row["accuracy"], 0.9);
  EXPECT_DOUBLE_EQ(row["balanced"], 0.5);

  const struct {
    std::vector<std::string> options;
    std::string message;
  } wrong[] = {{{}, "2 views of texts, es, ca: --text-view must say which"},
               {{"--text-view", "es", "--template", "un"}, "has no {}"}};
  const Outcome raw = run(
      folder.path(), {"evaluate", "run", "--zero-shot", "--text-view", "es", "--features", "raw"});
  EXPECT_EQ(raw.status, 2);
  EXPECT_THAT(raw.err, HasSubstr("\"learned\" must be among"));
  for (const auto& [options, message] : wrong) {
    const Outcome outcome = evaluate(options);
    EXPECT_EQ(outcome.status, 2) << message;
    EXPECT_THAT(outcome.err, HasSubstr(message));
  }
}

}  // namespace
}  // namespace cmc::app::test
