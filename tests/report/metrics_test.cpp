#include "cmc/report/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::report {
namespace {

std::string train(int step, const std::string& loss) {
  return R"({"kind":"train","step":)" + std::to_string(step) + R"(,"epoch":0.5,"loss":)" + loss +
         R"(,"k":255,"training_estimate_nats":1.25,"ceiling_nats":5.5,"positive_first":0.5,)" +
         R"("images_per_second":100})";
}

Metrics read(const std::string& text) {
  TemporaryFolder folder;
  std::ofstream(folder.path() / "metrics.jsonl") << text;
  return read_metrics(folder.path() / "metrics.jsonl");
}

std::string message(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Metrics, ReadsBothKinds) {
  const Metrics metrics = read(
      train(7, "4.25") + "\n" +
      R"({"kind":"held_out","step":7,"epoch":1,"loss":2,"k":9,"bound_nats":0.2,"tight_bound_nats":0.3,)"
      R"("ceiling_nats":2.3,"positive_first":0.4})"
      "\n");
  ASSERT_EQ(metrics.training.size(), 1u);
  EXPECT_EQ(metrics.training[0].step, 7);
  EXPECT_EQ(metrics.training[0].loss, 4.25);
  EXPECT_EQ(metrics.training[0].training_estimate, 1.25);
  ASSERT_EQ(metrics.held_out.size(), 1u);
  EXPECT_EQ(metrics.held_out[0].bound, 0.2);
  EXPECT_EQ(metrics.held_out[0].tight_bound, 0.3);
  EXPECT_EQ(metrics.held_out[0].ceiling, 2.3);
}

TEST(Metrics, StepsWrittenAnewAfterAResumeCountOnce) {
  const Metrics metrics = read(train(1, "4") + "\n" + train(2, "3") + "\n" + train(3, "2") + "\n" +
                               train(2, "1") + "\n");
  ASSERT_EQ(metrics.training.size(), 2u);
  EXPECT_EQ(metrics.training[1].step, 2);
  EXPECT_EQ(metrics.training[1].loss, 1);
}

TEST(Metrics, AnUnfinishedLastLineIsNoPoint) {
  EXPECT_EQ(read(train(1, "4") + "\n" + train(2, "3").substr(0, 40)).training.size(), 1u);
}

TEST(Metrics, NullIsNotANumber) {
  EXPECT_TRUE(std::isnan(read(train(1, "null")).training[0].loss));
}

TEST(Metrics, ErrorsNameLineAndKey) {
  EXPECT_NE(message(train(1, "4") + "\n" + train(2, "\"x\"") + "\n").find("line 2: \"loss\""),
            std::string::npos);
  EXPECT_NE(message("{\"kind\":\"train\",\"step\":1}\n").find("line 1: \"epoch\" is missing"),
            std::string::npos);
  EXPECT_NE(message("{\"kind\":\"other\"}\n").find("\"kind\" is \"other\""), std::string::npos);
  EXPECT_NE(message("garbage\n" + train(1, "4") + "\n").find("line 1"), std::string::npos);
}

TEST(Metrics, TheLastTwentiethIsMeanedWithoutWhatIsNotFinite) {
  Metrics metrics;
  for (int step = 1; step <= 41; ++step)
    metrics.training.push_back({.step = step, .k = 63, .training_estimate = 1.0 * step});
  metrics.training.back().training_estimate = std::nan("");
  const auto last = last_training(metrics);
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->step, 40);
  EXPECT_NEAR(last->training_estimate, 39.5, 1e-12);  // of 39 and 40
  EXPECT_NEAR(last->k, 63, 1e-12);
  EXPECT_FALSE(last_training({}).has_value());
}

}  // namespace
}  // namespace cmc::report
