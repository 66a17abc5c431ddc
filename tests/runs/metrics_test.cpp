#include "cmc/runs/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::runs {
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

TEST(MetricsLog, DropsWhatAKilledRunWroteAfterItsLastCheckpoint) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  {
    MetricsLog log(path, 0);
    for (std::int64_t step = 1; step <= 5; ++step) {
      training::StepFigures figures;
      figures.step = step;
      figures.seconds = 2.0 * static_cast<double>(step);
      log.on_step(figures);
    }
    EXPECT_EQ(log.seconds(), 10);
  }
  std::ofstream(path, std::ios::app) << "{\"kind\": \"train\", \"st";
  {
    MetricsLog log(path, 3);
    EXPECT_EQ(log.seconds(), 6) << "what came after the checkpoint is done again";
  }
  std::istringstream lines(bytes_of(path));
  std::vector<std::int64_t> steps;
  for (std::string line; std::getline(lines, line);)
    steps.push_back(nlohmann::json::parse(line)["step"].get<std::int64_t>());
  EXPECT_EQ(steps, (std::vector<std::int64_t>{1, 2, 3}));
}

TEST(MetricsLog, IsReadBackAsItWasWritten) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  training::StepFigures step{.step = 1, .loss = 2.5, .temperature = 0.07, .seconds = 3};
  {
    MetricsLog log(path, 0);
    log.on_step(step);
    step.step = 2;
    step.log_z = -1.5;
    step.logit_bias = -9.75;
    log.on_step(step);
    log.on_held_out({.step = 2, .loss = 1.25, .tight_bound = 0.5});
    log.on_held_out({.step = 3, .loss = 1.25, .effective_rank = 7.5, .largest_rank = 17});
    log.on_probe({.step = 0, .linear = 0.5, .neighbours = 0.25, .labels = 42, .judged = 18});
    log.on_probe({.step = 2, .numbers = true, .linear = -0.5, .labels = 42, .judged = 18});
  }
  const Metrics metrics = read_metrics(path);
  ASSERT_EQ(metrics.training.size(), 2u);
  EXPECT_EQ(metrics.training[0].temperature, 0.07);
  EXPECT_EQ(metrics.training[0].seconds, 3);
  EXPECT_TRUE(std::isnan(metrics.training[0].log_z));
  EXPECT_EQ(metrics.training[1].log_z, -1.5);
  EXPECT_TRUE(std::isnan(metrics.training[0].logit_bias));
  EXPECT_EQ(metrics.training[1].logit_bias, -9.75);
  ASSERT_EQ(metrics.held_out.size(), 2u);
  EXPECT_EQ(metrics.held_out[0].tight_bound, 0.5);
  EXPECT_TRUE(std::isnan(metrics.held_out[0].effective_rank));
  EXPECT_EQ(metrics.held_out[1].effective_rank, 7.5);
  EXPECT_EQ(metrics.held_out[1].largest_rank, 17);
  ASSERT_EQ(metrics.probes.size(), 2u);
  EXPECT_FALSE(metrics.probes[0].numbers);
  EXPECT_EQ(metrics.probes[0].linear, 0.5);
  EXPECT_EQ(metrics.probes[0].neighbours, 0.25);
  EXPECT_EQ(metrics.probes[0].labels, 42);
  EXPECT_TRUE(metrics.probes[1].numbers);
  EXPECT_EQ(metrics.probes[1].linear, -0.5);
  EXPECT_TRUE(std::isnan(metrics.probes[1].neighbours));
}

}  // namespace
}  // namespace cmc::runs
