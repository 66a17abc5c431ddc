#include "cmc/advice/notebook.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cmc/advice/results.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::advice {
namespace {

using nlohmann::json;

TEST(Notebook, GoesOnWhereItWas) {
  const TemporaryFolder folder;
  int measured = 0;
  const auto measure = [&] { return json{{"nats", ++measured}}; };
  {
    Notebook first(folder.path(), nullptr);
    first.row({{"k", 16}, {"seed", 1}}, measure);
    first.row({{"k", 32}, {"seed", 1}}, measure);
  }
  std::ofstream(folder.path() / "measurements.jsonl", std::ios::app) << R"({"key":{"k":64)";
  {
    Notebook second(folder.path(), nullptr);
    EXPECT_EQ(second.row({{"k", 32}, {"seed", 1}}, measure)["nats"], 2);
    EXPECT_EQ(second.row({{"k", 64}, {"seed", 1}}, measure)["nats"], 3);  // was cut off
    EXPECT_EQ(second.rows().size(), 2u);
    EXPECT_THROW(Notebook(folder.path(), nullptr), Error);  // two at once
  }
  Notebook third(folder.path(), nullptr);
  EXPECT_EQ(third.row({{"k", 64}, {"seed", 1}}, measure)["nats"], 3);
  EXPECT_EQ(measured, 3);
}

TEST(Notebook, ComparesSettingsSeedBySeed) {
  std::vector<json> rows;
  for (int seed = 1; seed <= 3; ++seed) {
    rows.push_back({{"k", 1}, {"seed", seed}, {"x", 10.0 * seed}});
    rows.push_back({{"k", 2}, {"seed", seed}, {"x", 10.0 * seed + 1 + 0.1 * seed}});
  }
  const auto gain = difference(rows, {{"k", 2}}, {{"k", 1}}, "x");
  EXPECT_NEAR(gain.mean, 1.2, 1e-12);
  EXPECT_NEAR(gain.deviation, 0.1, 1e-9);
  EXPECT_EQ(positive(gain), Outcome::held);
  EXPECT_EQ(positive(difference(rows, {{"k", 1}}, {{"k", 2}}, "x")), Outcome::not_held);
  EXPECT_EQ(positive(information::confidence_interval(std::vector<double>{3})), Outcome::open);
  EXPECT_THROW(over_seeds(rows, {{"k", 3}}, "x"), Error);
}

TEST(Figure, PlacesPointsOnTheirAxes) {
  const Figure figure{.name = "f",
                      .title = "a < b",
                      .x_label = "k",
                      .y_label = "bits",
                      .logarithmic_x = true,
                      .series = {{"one", {{16, 0, 0, 0}, {64, 5, 4, 6}, {256, 10, 10, 10}}}}};
  const std::string text = svg(figure);
  EXPECT_NE(text.find("<title>a &lt; b</title>"), std::string::npos);
  // 64 is half way from 16 to 256 in the logarithm: x = 70 + 460 / 2.
  EXPECT_NE(text.find("<circle cx=\"300.0\""), std::string::npos) << text;
  Figure wrong = figure;
  wrong.series[0].points[0].x = 0;
  EXPECT_THROW(svg(wrong), Error);
}

TEST(Results, ExplainTheTermsOfTheirPage) {
  const TemporaryFolder folder;
  Notebook notebook(folder.path(), nullptr);
  notebook.row({{"seed", 1}}, [] { return json{{"probe_all", 0.5}}; });
  notebook.conclude(
      {.claim = "The ceiling holds", .measured = "5 of 6 bits", .outcome = Outcome::held});
  write_results(notebook, {.name = "one", .question = "Does uniformity matter?"});
  const std::string page = bytes_of(folder.path() / "index.html");
  for (const char* term : {"<dt>ceiling</dt>", "<dt>uniformity</dt>", "<dt>linear probe</dt>"})
    EXPECT_NE(page.find(term), std::string::npos) << term;
  EXPECT_EQ(page.find("<dt>modality gap</dt>"), std::string::npos);
  EXPECT_NE(page.find("prefers-color-scheme: dark"), std::string::npos);
}

TEST(Csv, HasAColumnForEachName) {
  EXPECT_EQ(csv({{{"a", 1}, {"b", 0.5}}, {{"a", "x"}, {"c", true}}}), "a,b,c\n1,0.5,\nx,,true\n");
}

TEST(Notebook, TellsAMeasurementInWords) {
  EXPECT_EQ(
      in_words({{"seed", 1}, {"batch_size", 64}, {"temperature", 0.0700000001}, {"kind", "a"}}),
      "batch size 64, kind a, seed 1, temperature 0.07");
}

}  // namespace
}  // namespace cmc::advice
