#include "cmc/report/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmc/error.h"
#include "cmc/report/run_list.h"
#include "tests/report/synthetic_run.h"
#include "tests/temporary_folder.h"

namespace cmc::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Two runs: the second with another temperature, and not evaluated.
struct TwoRuns {
  TwoRuns() {
    SyntheticRun one(folder / "one"), other(folder / "other");
    other.recipe.replace(other.recipe.find("temperature = 0.1"), 17, "temperature = 0.5");
    one.environment["finished"] = other.environment["finished"] = true;
    one.write();
    other.write();
    std::filesystem::remove(folder / "other/evaluation.json");
  }
  Comparison compared() const { return compare({folder / "one", folder / "other"}); }

  TemporaryFolder folder;
};

const FigureLine& line(const std::vector<FigureLine>& lines, const std::string& title) {
  for (const FigureLine& each : lines)
    if (each.title == title) return each;
  throw std::runtime_error("no line " + title);
}

TEST(Comparison, TellsDifferencesAndFigures) {
  const TwoRuns runs;
  const Comparison comparison = runs.compared();
  ASSERT_EQ(comparison.differences.size(), 1u);
  EXPECT_EQ(comparison.differences[0].key, "contrast.temperature");
  EXPECT_THAT(comparison.differences[0].values, ElementsAre("0.1", "0.5"));
  const auto lines = figure_lines(comparison);
  // The best bound of the metrics, and what evaluation.json says of all views with all labels.
  const auto metrics = runs::RunFolder::open(runs.folder / "one").metrics();
  double best = 0;
  for (const auto& point : metrics.held_out) best = std::max(best, point.tight_bound);
  EXPECT_EQ(line(lines, "held-out bound, bits").cells[0],
            fmt::format("≥ {:.2f}", best / std::log(2.0)));
  const auto evaluation = runs::RunFolder::open(runs.folder / "one").evaluation();
  double accuracy = 0;
  std::int64_t most = 0;
  for (const auto& row : evaluation->rows)
    if (row.view == "all" && row.features == "learned" && row.labels >= most) {
      most = row.labels;
      accuracy = row.probe_accuracy;
    }
  EXPECT_THAT(line(lines, "probe, learned, %").cells,
              ElementsAre(fmt::format("{:.1f}", 100 * accuracy), "–"));
  EXPECT_THAT(comparison.notes,
              ElementsAre(HasSubstr("other has not been evaluated yet: cmc evaluate ")));
  const std::string text = to_text(comparison);
  EXPECT_THAT(text, HasSubstr("contrast.temperature  0.1    0.5"));
  const nlohmann::json json = to_json(comparison);
  EXPECT_EQ(json["differences"][0]["values"], nlohmann::json({"0.1", "0.5"}));
  EXPECT_TRUE(json["runs"][1]["probe"].is_null());
  EXPECT_NEAR(json["runs"][0]["held_out_bound_nats"], best, 1e-12);
}

TEST(Comparison, NeedsTwoRunsThatDiffer) {
  const TwoRuns runs;
  EXPECT_THROW(compare({runs.folder / "one"}), UsageError);
  EXPECT_THAT(message_of<UsageError>([&] {
                compare({runs.folder / "one", runs.folder / "other/../one"});
              }),
              HasSubstr("is named twice"));
  EXPECT_THROW(compare({runs.folder / "one", runs.folder / "none"}), Error);
}

TEST(Comparison, PageHoldsTheTablesAndNoAddress) {
  const TwoRuns runs;
  const std::string page = comparison_page(runs.compared());
  EXPECT_THAT(page, HasSubstr("Their recipes differ in contrast.temperature."));
  EXPECT_THAT(page, HasSubstr("<code>contrast.temperature</code>"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page.substr(0, page.find("<script>")), Not(HasSubstr("://")));
}

TEST(Comparison, NamesAWinnerOnlyBeyondTheError) {
  // Of 400 samples, a standard error of the difference at 90 % is 2.1 points.
  const TwoRuns runs;
  Comparison comparison = runs.compared();
  comparison.runs[0].probe = {.learned = 0.9, .judged = 400};
  comparison.runs[1].probe = {.learned = 0.87, .judged = 400};
  EXPECT_THAT(comparison_page(comparison), HasSubstr("one reaches the highest accuracy, 90.0"));
  comparison.runs[1].probe->learned = 0.88;
  EXPECT_THAT(comparison_page(comparison), HasSubstr("No clear winner: one at 90.0"));
  EXPECT_THAT(comparison_page(comparison), HasSubstr("other is as good within the error"));
}

TEST(RunList, HasALineARunAndSaysWhatIsDamaged) {
  const TwoRuns runs;
  std::ofstream(runs.folder / "other/evaluation.json") << "[]";
  const auto figures = figures_of(runs::find_runs(runs.folder.path()));
  ASSERT_EQ(figures.size(), 2u);
  const std::string list = run_list(figures);
  EXPECT_THAT(list, HasSubstr("held-out bits"));
  EXPECT_THAT(list, HasSubstr("finished"));
  EXPECT_THAT(list, HasSubstr("damaged"));
  EXPECT_THAT(list, HasSubstr("! " + (runs.folder / "other/evaluation.json").string()));
}

}  // namespace
}  // namespace cmc::report
