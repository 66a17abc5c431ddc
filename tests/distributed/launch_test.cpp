#include "cmc/distributed/launch.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <initializer_list>
#include <utility>

#include "cmc/error.h"

namespace cmc::distributed {
namespace {

/// Variables that are set for a scope.
class Variables {
 public:
  Variables(std::initializer_list<std::pair<const char*, const char*>> set) : set_(set) {
    for (const auto& [name, value] : set_) ::setenv(name, value, 1);
  }
  ~Variables() {
    for (const auto& [name, value] : set_) ::unsetenv(name);
  }

 private:
  std::vector<std::pair<const char*, const char*>> set_;
};

TEST(Launch, IsNothingForAProcessAlone) {
  EXPECT_FALSE(launched().has_value());
  const Variables variables{{"RANK", "0"}, {"WORLD_SIZE", "1"}};
  EXPECT_FALSE(launched().has_value());
}

TEST(Launch, ReadsTorchrun) {
  const Variables variables{{"RANK", "2"},
                            {"WORLD_SIZE", "3"},
                            {"LOCAL_WORLD_SIZE", "3"},
                            {"MASTER_ADDR", "10.1.2.3"},
                            {"MASTER_PORT", "1234"},
                            {"TORCHELASTIC_USE_AGENT_STORE", "True"}};
  const Launch launch = launched().value();
  EXPECT_EQ(launch.rank, 2);
  EXPECT_EQ(launch.size, 3);
  EXPECT_EQ(launch.local_size, 3);
  EXPECT_EQ(launch.place.address, "10.1.2.3");
  EXPECT_EQ(launch.place.port, 1234);
  EXPECT_TRUE(launch.store_of_launcher);
}

TEST(Launch, ReadsOpenMpi) {
  const Variables variables{{"OMPI_COMM_WORLD_RANK", "1"},
                            {"OMPI_COMM_WORLD_SIZE", "4"},
                            {"OMPI_COMM_WORLD_LOCAL_SIZE", "4"}};
  const Launch launch = launched().value();
  EXPECT_EQ(launch.rank, 1);
  EXPECT_EQ(launch.place.address, "127.0.0.1");
  EXPECT_EQ(launch.place.port, 29500);
}

TEST(Launch, AsksForTheMachineOfRankZeroWhereOpenMpiHasSeveral) {
  const Variables variables{{"OMPI_COMM_WORLD_RANK", "1"},
                            {"OMPI_COMM_WORLD_SIZE", "4"},
                            {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
  EXPECT_THROW(launched(), Error);
}

TEST(Launch, ReadsSlurm) {
  const Variables variables{{"SLURM_PROCID", "5"},
                            {"SLURM_NTASKS", "6"},
                            {"SLURM_STEP_ID", "0"},
                            {"SLURM_JOB_ID", "123456"},
                            {"SLURM_STEP_TASKS_PER_NODE", "2(x3)"},
                            {"SLURM_STEP_NODELIST", "node[07-08,11]"}};
  const Launch launch = launched().value();
  EXPECT_EQ(launch.rank, 5);
  EXPECT_EQ(launch.size, 6);
  EXPECT_EQ(launch.local_size, 2);
  EXPECT_EQ(launch.place.address, "node07");
  EXPECT_EQ(launch.place.port, 23456);
}

TEST(Launch, FindsTheFirstNode) {
  EXPECT_EQ(first_node("gpu3"), "gpu3");
  EXPECT_EQ(first_node("gpu3,node[1-2]"), "gpu3");
  EXPECT_EQ(first_node("node[12,14]"), "node12");
  EXPECT_EQ(first_node("a[1-2]-b"), "a1");
}

TEST(Launch, RefusesARankOutsideOfTheWorld) {
  const Variables variables{{"RANK", "3"}, {"WORLD_SIZE", "3"}, {"MASTER_ADDR", "127.0.0.1"}};
  EXPECT_THROW(launched(), Error);
}

}  // namespace
}  // namespace cmc::distributed
