#include "cmc/evaluation/side_by_side.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace cmc::evaluation {
namespace {

TEST(SideBySide, CallsEachTaskOnce) {
  std::vector<int> calls(37, 0);
  side_by_side(37, [&](std::int64_t i) { ++calls[static_cast<std::size_t>(i)]; });
  EXPECT_EQ(calls, std::vector<int>(37, 1));
  side_by_side(0, [](std::int64_t) { FAIL(); });
}

TEST(SideBySide, OperatorsWithinHaveOneThread) {
  const int before = at::get_num_threads();
  at::set_num_threads(2);
  for (const std::int64_t tasks : {1, 2, 5}) {
    std::vector<int> parts(static_cast<std::size_t>(tasks), 0);
    side_by_side(tasks, [&](std::int64_t i) {
      at::parallel_for(0, 100, 1,
                       [&](std::int64_t, std::int64_t) { ++parts[static_cast<std::size_t>(i)]; });
    });
    EXPECT_EQ(parts, std::vector<int>(static_cast<std::size_t>(tasks), 1));
  }
  EXPECT_EQ(at::get_num_threads(), 2);
  at::set_num_threads(before);
}

TEST(SideBySide, ThrowsWhatATaskThrows) {
  EXPECT_THROW(side_by_side(8,
                            [](std::int64_t i) {
                              if (i == 3) throw std::runtime_error("three");
                            }),
               std::runtime_error);
}

}  // namespace
}  // namespace cmc::evaluation
