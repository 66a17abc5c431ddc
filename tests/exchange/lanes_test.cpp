#include "cmc/exchange/lanes.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "cmc/error.h"
#include "tests/evaluation/rows.h"
#include "tests/temporary_folder.h"

namespace cmc::exchange {
namespace {

using evaluation::Halves;
using evaluation::Rows;

constexpr std::int64_t batches = 12;

class InLanes : public ::testing::Test {
 protected:
  InLanes() : before_(at::get_num_threads()) {
    at::set_num_threads(3);
    loader_.start(0);
  }
  ~InLanes() override { at::set_num_threads(before_); }

  data::Loader loader_{
      std::make_shared<Rows>(batches * 4), std::make_shared<Halves>(),
      data::LoaderOptions{.batch_size = 4, .shuffle = false, .drop_last = false, .workers = 2}};

 private:
  int before_;
};

TEST_F(InLanes, WhatBatchesGiveIsUsedInTheirOrder) {
  std::vector<std::int64_t> firsts;
  in_lanes(loader_, 3, [&](const data::Batch& batch) {
    const std::int64_t first = batch.indices[0].item<std::int64_t>();
    // The first of three is the slowest.
    if (first / 4 % 3 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(at::in_parallel_region());  // its operators run on one thread
    return [&, first] {
      firsts.push_back(first);
      return true;
    };
  });
  std::vector<std::int64_t> due(batches);
  for (std::int64_t i = 0; i < batches; ++i) due[static_cast<std::size_t>(i)] = 4 * i;
  EXPECT_EQ(firsts, due);
}

TEST_F(InLanes, EndWhereATurnSaysSo) {
  int used = 0;
  in_lanes(loader_, 3, [&](const data::Batch&) { return [&] { return ++used < 5; }; });
  EXPECT_EQ(used, 5);
}

TEST_F(InLanes, ThrowWhatWorkOrATurnThrew) {
  int used = 0;
  EXPECT_THROW(in_lanes(loader_, 3,
                        [&](const data::Batch& batch) -> Turn {
                          check(batch.indices[0].item<std::int64_t>() != 16, "the fifth");
                          return [&] { return ++used > 0; };
                        }),
               Error);
  EXPECT_LE(used, 4);
  loader_.start(0);
  used = 0;
  EXPECT_THROW(in_lanes(loader_, 3,
                        [&](const data::Batch&) {
                          return [&] {
                            check(++used < 3, "the third");
                            return true;
                          };
                        }),
               Error);
  EXPECT_EQ(used, 3);
}

/// Rows of which one can't be had.
class Damaged : public Rows {
 public:
  using Rows::Rows;
  data::Sample get(std::int64_t index) const override {
    check(index != 9, "row 9 is damaged");
    return Rows::get(index);
  }
};

TEST_F(InLanes, ThrowWhatTheLoaderThrewFirst) {
  data::Loader loader(std::make_shared<Damaged>(batches * 4), std::make_shared<Halves>(),
                      {.batch_size = 4, .shuffle = false, .drop_last = false, .workers = 1});
  for (int time = 0; time < 300; ++time) {  // a lane that comes after is told of no start()
    loader.start(0);
    EXPECT_EQ(message_of<Error>([&] {
                in_lanes(loader, 3, [](const data::Batch&) { return [] { return true; }; });
              }),
              "row 9 is damaged");
  }
}

}  // namespace
}  // namespace cmc::exchange
