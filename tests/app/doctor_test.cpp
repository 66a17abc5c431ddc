#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

using testing::HasSubstr;

std::ptrdiff_t count(const std::string& text, const std::string& part) {
  std::ptrdiff_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Doctor, SaysInTrainingAndAfterItWhatIsWrong) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "epochs = 2\nprobe_every = 5");
  const Outcome trained = run(folder.path(), {"train", recipe, "--output", "run"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr("12 steps, 2 epochs of 48 samples in batches of 8\n"));
  EXPECT_EQ(count(trained.err, "too few steps: Training was 12 steps"), 1) << trained.err;
  EXPECT_EQ(count(trained.err, "probe: "), 4) << "before step 1, after 5, 10 and 12";
  EXPECT_THAT(trained.err, HasSubstr("of 16 samples, fitted with 48 labels in "));

  const Outcome asked = run(folder.path(), {"doctor", "run", "--json", "findings.json"});
  EXPECT_EQ(asked.status, 0) << asked.err;
  EXPECT_THAT(asked.out, HasSubstr("- too few steps: Training was 12 steps"));
  EXPECT_THAT(asked.out, HasSubstr("Looked at: the metrics of 12 of 12 steps"));
  EXPECT_THAT(asked.out, HasSubstr("the evaluation (cmc evaluate)"));
  const auto findings = nlohmann::json::parse(bytes_of(folder / "findings.json"));
  EXPECT_EQ(findings["findings"][0]["finding"], "too few steps");
  EXPECT_EQ(findings["findings"][0]["keys"][0], "train.epochs");
}

TEST(Doctor, WithoutABudgetTrainingMakesEnoughSteps) {
  const TemporaryFolder folder;
  const std::string recipe = write_series(folder, "");
  const Outcome enough = run(folder.path(), {"train", recipe, "--output", "run"});
  ASSERT_EQ(enough.status, 0) << enough.err;
  EXPECT_THAT(enough.err, HasSubstr("1,002 steps, 167 epochs of 48 samples in batches of 8: "
                                    "train.epochs is not given; at least 1,000 steps are made"));
  EXPECT_THAT(enough.err, HasSubstr("1,002 steps, 167 epochs; about "));
}

TEST(Doctor, OfNoRunIsOneLine) {
  const TemporaryFolder folder;
  const Outcome outcome = run(folder.path(), {"doctor", "nowhere"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(lines(outcome.err), 1);
}

}  // namespace
}  // namespace cmc::app::test
