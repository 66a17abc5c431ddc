#include "cmc/cpu_quota.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/temporary_folder.h"

namespace cmc {
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

double quota(const TemporaryFolder& folder, const char* own) {
  return cpu_quota(folder / "groups", folder.write("own", own));
}

TEST(CpuQuota, OfVersion2IsTheLeastOfTheGroupsAround) {
  const TemporaryFolder folder;
  folder.write("groups/cpu.max", "max 100000\n");
  folder.write("groups/pod/cpu.max", "150000 100000\n");
  folder.write("groups/pod/task/cpu.max", "400000 100000\n");
  EXPECT_EQ(quota(folder, "0::/\n"), unlimited);
  EXPECT_EQ(quota(folder, "0::/pod\n"), 1.5);
  EXPECT_EQ(quota(folder, "0::/pod/task\n"), 1.5);
}

TEST(CpuQuota, OfVersion1StandsInTwoFiles) {
  const TemporaryFolder folder;
  folder.write("groups/cpu/cpu.cfs_quota_us", "-1\n");
  folder.write("groups/cpu/cpu.cfs_period_us", "100000\n");
  folder.write("groups/cpu/box/cpu.cfs_quota_us", "50000\n");
  folder.write("groups/cpu/box/cpu.cfs_period_us", "20000\n");
  EXPECT_EQ(quota(folder, "4:memory:/box\n1:cpu,cpuacct:/box\n"), 2.5);
  EXPECT_EQ(quota(folder, "4:memory:/box\n1:cpu,cpuacct:/\n"), unlimited);
}

TEST(CpuQuota, OfAContainerWhoseGroupTheMountLacksIsTheMounts) {
  const TemporaryFolder folder;
  folder.write("groups/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(folder, "0::/docker/8c2f\n"), 2);
}

TEST(CpuQuota, IsNoneWhereNothingIsTold) {
  const TemporaryFolder folder;
  EXPECT_EQ(cpu_quota(folder / "groups", folder / "own"), unlimited);
  EXPECT_EQ(quota(folder, "nonsense\n0::\n:\n"), unlimited);
}

}  // namespace
}  // namespace cmc
