#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/program.h"
#include "tests/files/npy_file.h"

namespace cmc::app::test {
namespace {

// Of every fifth tile there is no picture: it is trained on, judged and embedded without it.
TEST(Bands, MayBeMissingForSomeSamples) {
  const TemporaryFolder folder;
  std::string rows = "id,scan,height,slope,ground\n";
  for (int i = 0; i < 40; ++i) {
    const bool missing = i % 5 == 0;
    std::vector<std::uint16_t> values(5 * 12 * 12);
    for (std::size_t j = 0; j < values.size(); ++j)
      values[j] = static_cast<std::uint16_t>(5000 + 1000 * (i % 2) + (i * 37 + j * j) % 400);
    if (!missing)
      folder.write(fmt::format("{}.npy", i), npy("<u2", "'shape': (5, 12, 12)", bytes_of(values)));
    rows += fmt::format("t{},{},{},{},{}\n", i, missing ? "" : fmt::format("{}.npy", i),
                        i % 2 * 30 + i % 7, i % 11, i % 2 == 0 ? "sea" : "land");
  }
  folder.write("tiles.csv", rows);
  folder.write("tiles.toml", R"([data]
manifest = "tiles.csv"
key = "id"
label = "ground"
test_samples = 10
[[view]]
name = "scan"
kind = "bands"
column = "scan"
size = 12
[[view]]
name = "ground"
kind = "table"
columns = ["height", "slope"]
[encoder]
channels = [8]
convolutions = 1
pooled_grid = 2
widths = [8]
embedding_dim = 8
[train]
steps = 6
batch_size = 12
threads = 1
workers = 1
)");
  const Outcome trained = run(folder.path(), {"train", "tiles.toml", "--output", "run"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Outcome judged =
      run(folder.path(), {"evaluate", "run", "--features", "learned,raw", "--json", "rows.json"});
  ASSERT_EQ(judged.status, 0) << judged.err;
  std::int64_t of_scan = 0, of_all = 0;
  for (const auto& row : nlohmann::json::parse(bytes_of(folder / "rows.json"))) {
    if (row.value("features", "") != "learned") continue;
    if (row["view"] == "scan") of_scan = row["labels"];
    if (row["view"] == "all") of_all = row["labels"];
  }
  EXPECT_EQ(of_all, 30);
  EXPECT_LT(of_scan, of_all);  // a probe on the view alone has the samples that have it
  const Outcome embedded =
      run(folder.path(), {"embed", "run", "--view", "scan", "--output", "scan.csv"});
  ASSERT_EQ(embedded.status, 0) << embedded.err;
  const std::string vectors = bytes_of(folder / "scan.csv");
  EXPECT_EQ(lines(vectors), 1 + 32);
  EXPECT_EQ(vectors.find("t10,"), std::string::npos);
  EXPECT_NE(vectors.find("t11,"), std::string::npos);
}

}  // namespace
}  // namespace cmc::app::test
