#include "cmc/advice/doctor/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "cmc/random.h"
#include "cmc/runs/evaluate_run.h"
#include "cmc/runs/train.h"
#include "tests/advice/doctor/made_run.h"
#include "tests/temporary_folder.h"

namespace cmc::advice {
namespace {

using test::has;
using ::testing::Contains;
using ::testing::IsEmpty;

/// Rows of two tables in two classes. Both show four numbers of a sample, `shared` times in the
/// second, with noise, and each has columns of its own beside.
struct Rows {
  int count = 200;
  double shared = 1;
  double noise = 0.3;
  double apart = 2;  ///< between the classes
  int own = 0;       ///< columns that the other table knows nothing of
  int copies = 0;    ///< the first rows, once more
};

std::string csv_of(const Rows& rows) {
  std::string csv = "id,label";
  for (const char table : {'a', 'b'})
    for (int c = 0; c < 4 + rows.own; ++c) csv += fmt::format(",{}{}", table, c);
  for (int i = 0; i < rows.count + rows.copies; ++i) {
    const int content = i < rows.count ? i : i - rows.count;
    RandomStream stream(RandomPurpose::made_data, 7, 0, static_cast<std::uint64_t>(content));
    std::string a, b;
    for (int c = 0; c < 4 + rows.own; ++c) {
      const bool both = c < 4;
      const double number = both ? stream.normal() + rows.apart * (content % 2) : 0;
      const double noise = both ? rows.noise : 1;
      a += fmt::format(",{:.4f}", number + noise * stream.normal());
      b += fmt::format(",{:.4f}", rows.shared * number + noise * stream.normal());
    }
    csv += fmt::format("\n{},{}{}{}", i, content % 2 == 0 ? "even" : "odd", a, b);
  }
  return csv + "\n";
}

/// Trains, and evaluates what was learned beside the baselines.
runs::RunFolder run_of(const TemporaryFolder& folder, const Rows& rows, const std::string& train,
                       const std::string& encoder = "widths = [32]\nembedding_dim = 16\n") {
  const auto manifest = folder.write("rows.csv", csv_of(rows));
  const auto recipe = folder.write(
      "rows.toml",
      fmt::format("[data]\nmanifest = \"{0}\"\nkey = \"id\"\nlabel = \"label\"\nheld_out = 0.3\n"
                  "[encoder]\n{1}[contrast]\nnegatives = \"batch\"\ntemperature = 0.2\n[train]\n"
                  "batch_size = 32\nprecision = \"fp32\"\nthreads = 1\nworkers = 1\n{2}\n"
                  "[[view]]\nname = \"a\"\nkind = \"table\"\ncolumns = \"a0..a{3}\"\n"
                  "[[view]]\nname = \"b\"\nkind = \"table\"\ncolumns = \"b0..b{3}\"\n",
                  manifest.string(), encoder, train, 3 + rows.own));
  const std::atomic<bool> never = false;
  runs::train(recipe::read_recipe(recipe), folder / "run", never);
  {
    runs::TrainedRun trained = runs::open_trained_run(folder / "run");
    trained.run.save(runs::evaluate(
        trained, {.features = {"learned", "raw", "untrained"}, .label_counts = {0}}));
  }
  return runs::RunFolder::open(folder / "run");
}

Diagnosis diagnosis_of(const runs::RunFolder& run) {
  return diagnose(run_figures(run));
}

TEST(Doctor, OfAHealthyRunFindsNothing) {
  const TemporaryFolder folder;
  const Diagnosis diagnosis =
      diagnosis_of(run_of(folder, {.count = 600, .apart = 1, .own = 8}, "steps = 300",
                          "widths = [32]\nskip = false\nembedding_dim = 16\n"));
  EXPECT_THAT(diagnosis.findings, IsEmpty()) << to_json(diagnosis).dump(1);
  EXPECT_THAT(diagnosis.seen, Contains("the metrics of 300 of 300 steps"));
  EXPECT_THAT(diagnosis.seen, Contains("the evaluation"));
  EXPECT_THAT(diagnosis.unseen, Contains("what the views share (cmc information)"));
}

TEST(Doctor, FindsThatARunWasTooShort) {
  const TemporaryFolder folder;
  const Diagnosis diagnosis = diagnosis_of(run_of(folder, {}, "steps = 10"));
  EXPECT_TRUE(has(diagnosis.findings, Trouble::few_steps)) << to_json(diagnosis).dump(1);
}

TEST(Doctor, FindsThatTheRowsOfTwoViewsDoNotBelongTogether) {
  const TemporaryFolder folder;
  // Encoders of one linear map can't learn so many samples by heart.
  const Diagnosis diagnosis = diagnosis_of(
      run_of(folder, {.count = 600, .shared = 0, .noise = 1, .apart = 0}, "steps = 150",
             "widths = [4]\nskip = false\nhead = \"linear\"\nembedding_dim = 2\n"));
  EXPECT_TRUE(has(diagnosis.findings, Trouble::at_chance)) << to_json(diagnosis).dump(1);
}

TEST(Doctor, FindsWhatWasLearnedByHeartAndJudgesTheBestCheckpoint) {
  const TemporaryFolder folder;
  const runs::RunFolder run =
      run_of(folder, {.count = 120, .noise = 0.6, .own = 8}, "steps = 400\nlearning_rate = 1e-2",
             "widths = [256]\nembedding_dim = 32\n");
  const Diagnosis diagnosis = diagnosis_of(run);
  ASSERT_TRUE(has(diagnosis.findings, Trouble::by_heart)) << to_json(diagnosis).dump(1);
  EXPECT_EQ(run.judged_checkpoint(), "best");
  EXPECT_EQ(run.evaluation()->checkpoint, "best");
  EXPECT_EQ(runs::open_trained_run(run.path()).steps,
            test::figure(test::get(diagnosis.findings, Trouble::by_heart), "best at step"));
  EXPECT_EQ(runs::open_trained_run(run.path(), {.checkpoint = "last"}).steps, 400);
}

TEST(Doctor, FindsCopiesAmongTheSamples) {
  const TemporaryFolder folder;
  const Diagnosis diagnosis =
      diagnosis_of(run_of(folder, {.count = 200, .copies = 60}, "steps = 60"));
  EXPECT_TRUE(has(diagnosis.findings, Trouble::duplicates)) << to_json(diagnosis).dump(1);
}

TEST(Doctor, JsonHoldsEachFindingWithItsFigures) {
  Diagnosis diagnosis{.findings = {{.trouble = Trouble::spikes,
                                    .sentence = "It leapt.",
                                    .figures = {{"leaps", 2}, {"loss then", 1.5, "nats"}},
                                    .advice = "Clip.",
                                    .keys = {"train.clip_gradient"}}},
                      .seen = {"a"},
                      .unseen = {}};
  EXPECT_EQ(to_json(diagnosis), nlohmann::json::parse(R"({"findings": [{"finding": "loss spikes",
      "sentence": "It leapt.", "advice": "Clip.", "keys": ["train.clip_gradient"],
      "figures": [{"name": "leaps", "value": 2.0, "unit": ""},
                  {"name": "loss then", "value": 1.5, "unit": "nats"}]}],
      "seen": ["a"], "unseen": []})"));
  EXPECT_EQ(diagnosis.findings[0].figures[0].text(), "2");
  EXPECT_EQ(diagnosis.findings[0].figures[1].text(), "1.50 nats");
}

}  // namespace
}  // namespace cmc::advice
