#include "cmc/team.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <omp.h>

#include <atomic>
#include <numeric>
#include <stdexcept>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc {
namespace {

TEST(Team, RunsItsMembersOnThreadsOfTheirOwn) {
  Team team(3);
  const int threads = at::get_num_threads();
  std::vector<std::thread::id> ids(3);
  std::vector<int> operator_threads(3);
  team.run(3, [&](int member) {
    EXPECT_EQ(Team::current(), &team);
    EXPECT_EQ(Team::member(), member);
    ids[member] = std::this_thread::get_id();
    operator_threads[member] = at::get_num_threads();
  });
  EXPECT_NE(ids[0], ids[1]);
  EXPECT_NE(ids[1], ids[2]);
  EXPECT_NE(ids[2], std::this_thread::get_id());
  EXPECT_EQ(operator_threads, std::vector<int>({1, 1, 1}));
  EXPECT_EQ(at::get_num_threads(), threads);
  EXPECT_EQ(Team::current(), nullptr);
}

TEST(Team, GivesItsMembersOneThreadAgainWhereSomethingChangedIt) {
  Team team(2);
  team.run(2, [](int) { omp_set_num_threads(3); });  // as OpenBLAS does
  team.run(2, [](int) { EXPECT_EQ(at::get_num_threads(), 1); });
}

/// All numbers, one member's after the other's.
std::vector<double> joined(std::span<const std::vector<double>> given) {
  std::vector<double> all;
  for (const auto& own : given) all.insert(all.end(), own.begin(), own.end());
  return all;
}

TEST(Team, CombinesWhatEachGivesInTheirOrder) {
  Team team(4);
  for (int round = 0; round < 200; ++round) {
    const int members = 2 + round % 3;
    std::vector<std::vector<double>> sums(members);
    team.run(members, [&](int member) {
      for (int meeting = 0; meeting < 20; ++meeting) {
        const double own = 100.0 * meeting + member;
        double sum = 0;
        for (const double given : team.combined(std::vector<double>{own}, joined))
          sum = 1000 * sum + given;
        sums[member].push_back(sum);
      }
    });
    for (int meeting = 0; meeting < 20; ++meeting) {
      double expected = 0;
      for (int member = 0; member < members; ++member)
        expected = 1000 * expected + 100.0 * meeting + member;
      for (int member = 0; member < members; ++member)
        ASSERT_EQ(sums[member][meeting], expected) << round << ", " << meeting << ", " << member;
    }
  }
}

TEST(Team, TellsTheErrorOfAMemberAndWorksOn) {
  Team team(3);
  for (int round = 0; round < 100; ++round) {
    EXPECT_EQ(message_of<Error>([&] {
                team.run(3, [&](int member) {
                  team.combined(std::vector<double>{1}, joined);
                  if (member == round % 3) fail("member {} fails", member);
                  team.combined(std::vector<double>{2}, joined);
                  team.combined(std::vector<double>{3}, joined);
                });
              }),
              "member " + std::to_string(round % 3) + " fails");
    double sum = 0;
    team.run(2, [&](int member) {
      const auto all = team.combined(std::vector<double>{1.0 + member}, joined);
      if (member == 0) sum = all[0] + all[1];
    });
    ASSERT_EQ(sum, 3);
  }
}

TEST(Team, WorksBesideTheOneThatStartedIt) {
  std::atomic<bool> go = false;
  std::atomic<int> ended = 0;
  Team team(2);
  team.finish();  // nothing
  const auto work = [&](int) {
    go.wait(false);
    ++ended;
  };
  team.start(2, work);
  EXPECT_EQ(ended, 0);
  EXPECT_NE(message_of<Error>([&] { team.start(2, work); }), "");
  go = true;
  go.notify_all();
  team.finish();
  EXPECT_EQ(ended, 2);
  team.start(1, [](int) { fail("it fails"); });
  EXPECT_EQ(message_of<Error>([&] { team.finish(); }), "it fails");
  team.finish();                         // an error is told once
  team.start(2, [&](int) { ++ended; });  // its destructor waits for them
}

TEST(Team, RefusesMoreMembersThanItHas) {
  Team team(2);
  EXPECT_EQ(message_of<Error>([&] { team.run(3, [](int) {}); }),
            "3 members of a team of 2 were asked for");
}

}  // namespace
}  // namespace cmc
