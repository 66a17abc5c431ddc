#include "cmc/evaluation/shared_features.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "cmc/evaluation/evaluate.h"
#include "cmc/evaluation/information.h"
#include "tests/distributed/processes.h"
#include "tests/evaluation/rows.h"
#include "tests/temporary_folder.h"

namespace cmc::evaluation::shared_features_test {
namespace {

/// Each process begins with weights of its own; rank 0's are meant.
std::vector<encoders::Encoder> encoders_of(const data::Transform& views, int rank) {
  at::manual_seed(7 + static_cast<std::uint64_t>(rank));
  return encoders::make_encoders(
      {.channels = {8, 16}, .convolutions = 1, .pooled_grid = 4, .embedding_dim = 6},
      views.views());
}

std::vector<std::vector<encoders::Encoder>> for_all(int processes, const data::Transform& views) {
  std::vector<std::vector<encoders::Encoder>> all;
  for (int rank = 0; rank < processes; ++rank) all.push_back(encoders_of(views, rank));
  return all;
}

Features taken(std::vector<encoders::Encoder> encoders, std::int64_t samples, std::int64_t batch,
               distributed::ProcessGroup* group) {
  data::Loader loader(
      std::make_shared<RowsWithGaps>(samples), std::make_shared<HalvesOfTwo>(),
      shared_out({.batch_size = batch, .shuffle = false, .drop_last = false, .workers = 1}, group));
  return extract_features(encoders, loader, {.group = group});
}

void expect_same(const Features& one, const Features& other) {
  ASSERT_TRUE(one.indices.equal(other.indices));
  EXPECT_TRUE(one.labels.equal(other.labels));
  EXPECT_TRUE(one.present.equal(other.present));
  for (std::size_t v = 0; v < 2; ++v) {
    EXPECT_TRUE(at::allclose(one.representations[v], other.representations[v], 1e-5, 1e-6));
    EXPECT_TRUE(at::allclose(one.embeddings[v], other.embeddings[v], 1e-5, 1e-6));
  }
}

TEST(SharedFeatures, AreThoseOfOneProcessWithRankZerosWeights) {
  const HalvesOfTwo views;
  const Features alone = taken(encoders_of(views, 0), 22, 8, nullptr);
  ASSERT_EQ(alone.labels.size(0), 21);  // one can't be read
  for (const int processes : {2, 3}) {
    std::vector<Features> all(static_cast<std::size_t>(processes));
    const auto encoders = for_all(processes, views);
    distributed::run_processes(processes, [&](distributed::ProcessGroup& group) {
      all[group.rank()] = taken(encoders[group.rank()], 22, 8, &group);
    });
    for (const Features& features : all) expect_same(alone, features);
  }
}

TEST(SharedFeatures, ProcessesMayHaveNoSample) {
  const HalvesOfTwo views;
  const Features alone = taken(encoders_of(views, 0), 2, 8, nullptr);
  const auto encoders = for_all(3, views);
  distributed::run_processes(3, [&](distributed::ProcessGroup& group) {
    expect_same(alone, taken(encoders[group.rank()], 2, 8, &group));
  });
}

TEST(SharedFeatures, SomeoneMustHaveASample) {
  const auto encoders = for_all(2, HalvesOfTwo());
  distributed::run_processes(2, [&](distributed::ProcessGroup& group) {
    EXPECT_THAT(message_of<Error>([&] { taken(encoders[group.rank()], 0, 8, &group); }),
                testing::HasSubstr("there is no sample to take features of"));
  });
}

/// What a process judges. Made before the processes begin, which share libtorch's generator here.
struct Judged {
  explicit Judged(int rank) : encoders(encoders_of(Halves(), rank)) {
    for (int i = 0; i < 2; ++i) fresh.push_back(encoders_of(Halves(), 5));
  }
  std::vector<encoders::Encoder> encoders;
  std::vector<std::vector<encoders::Encoder>> fresh;  // for untrained and supervised features
};

nlohmann::json evaluation(Judged judged, distributed::ProcessGroup* group) {
  const auto halves = std::make_shared<Halves>();
  const auto make_fresh = [&] {
    std::vector<encoders::Encoder> encoders = judged.fresh.back();
    judged.fresh.pop_back();
    return encoders;
  };
  return to_json(
      evaluate({.encoders = judged.encoders,
                .make_fresh = make_fresh,
                .train = std::make_shared<Rows>(61, 1),
                .test = std::make_shared<Rows>(31, 2),
                .evaluation_transform = halves,
                .training_transform = halves,
                .steps = 4,
                .batch_size = 16},
               {.label_counts = {0}, .probe = {.penalties = {30}}, .workers = 1, .group = group}));
}

TEST(SharedFeatures, AreJudgedByRankZeroAlone) {
  const nlohmann::json alone = evaluation(Judged(0), nullptr);
  const std::vector<Judged> judged{Judged(0), Judged(1)};
  std::vector<nlohmann::json> all(2);
  distributed::run_processes(2, [&](distributed::ProcessGroup& group) {
    all[group.rank()] = evaluation(judged[group.rank()], &group);
  });
  ASSERT_EQ(alone["rows"].size(), 12U);  // four kinds of two views and all
  ASSERT_EQ(all[0]["rows"].size(), 12U);
  EXPECT_TRUE(all[1]["rows"].empty());
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(all[0]["rows"][i]["features"], alone["rows"][i]["features"]);
    EXPECT_NEAR(all[0]["rows"][i]["probe_accuracy"].get<double>(),
                alone["rows"][i]["probe_accuracy"].get<double>(), 0.034)
        << i;  // of 30 samples one may fall to the other side
  }
  EXPECT_EQ(all[0]["retrieval"].size(), alone["retrieval"].size());
  EXPECT_EQ(all[0]["unreadable"], alone["unreadable"]);
}

InformationMeasurement measured(const std::vector<encoders::Encoder>& encoders,
                                distributed::ProcessGroup* group) {
  return measure_information({.encoders = encoders,
                              .train = std::make_shared<Rows>(61, 1),
                              .held_out = std::make_shared<Rows>(40, 2),
                              .transform = std::make_shared<Halves>(),
                              .temperature = 0.3},
                             {.batch_size = 16, .workers = 1, .group = group});
}

TEST(SharedFeatures, AreMeasuredByRankZeroAlone) {
  const InformationMeasurement alone = measured(encoders_of(Halves(), 0), nullptr);
  const auto encoders = for_all(2, Halves());
  std::vector<InformationMeasurement> all(2);
  distributed::run_processes(2, [&](distributed::ProcessGroup& group) {
    all[group.rank()] = measured(encoders[group.rank()], &group);
  });
  ASSERT_EQ(all[0].pairs.size(), alone.pairs.size());
  EXPECT_TRUE(all[1].pairs.empty());
  for (std::size_t i = 0; i < alone.pairs.size(); ++i)
    EXPECT_NEAR(all[0].pairs[i].points.back().tight_bound, alone.pairs[i].points.back().tight_bound,
                1e-4);
  EXPECT_EQ(all[0].labels.size(), alone.labels.size());
  EXPECT_EQ(all[0].unreadable.size(), alone.unreadable.size());
}

}  // namespace
}  // namespace cmc::evaluation::shared_features_test
