#include "cmc/distributed/process_group.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/distributed/processes.h"

namespace cmc::distributed {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// What f throws.
template <class Error, class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ProcessGroup, SumsGathersAndBroadcasts) {
  run_processes(3, [](ProcessGroup& group) {
    const double rank = group.rank();
    const at::Tensor sum = at::full({5}, rank + 1, at::kDouble);
    const at::Tensor other = at::full({2}, rank, at::kFloat);
    const std::unique_ptr<Pending> pending = group.start_all_reduce(other);
    group.all_reduce(sum);
    pending->wait();
    EXPECT_TRUE(at::equal(sum, at::full({5}, 6.0, at::kDouble)));
    EXPECT_TRUE(at::equal(other, at::full({2}, 3.0f, at::kFloat)));
    EXPECT_TRUE(at::equal(group.all_gather(at::full({1}, group.rank(), at::kLong)),
                          at::arange(3, at::kLong).unsqueeze(1)));
    const at::Tensor value = at::full({}, rank + 7, at::kDouble);
    group.broadcast(value);
    EXPECT_EQ(value.item<double>(), 7);
    EXPECT_EQ(group.traffic().summed, 2 * 4);
    EXPECT_EQ(group.traffic().gathered, 5 * 8 + 8);
  });
}

TEST(ProcessGroup, SumsAndGathersMuch) {
  run_processes(3, [](ProcessGroup& group) {
    const at::Tensor own = at::arange(200'000, at::kFloat) + group.rank();
    const at::Tensor all = group.all_gather(own);
    const at::Tensor sum = own.clone();
    group.all_reduce(sum);
    for (int rank = 0; rank < 3; ++rank)
      EXPECT_TRUE(at::equal(all[rank], at::arange(200'000, at::kFloat) + rank));
    EXPECT_TRUE(at::equal(sum, 3 * at::arange(200'000, at::kFloat) + 3));
    EXPECT_EQ(group.traffic().summed, 800'000);
  });
}

TEST(ProcessGroup, SumsInTheBackgroundInAnyLengthAndOrderOfWaiting) {
  run_processes(3, [](ProcessGroup& group) {
    // Fewer numbers than processes, and more than any connection holds while nobody reads.
    std::vector<at::Tensor> tensors;
    std::vector<std::unique_ptr<Pending>> sums;
    for (const std::int64_t numbers : {0L, 1L, 2L, 1000L, 5'000'001L, 7L}) {
      tensors.push_back(at::arange(numbers, at::kFloat) + group.rank());
      sums.push_back(group.start_all_reduce(tensors.back()));
      group.barrier();  // has an order of its own
    }
    for (const std::size_t i : {4UL, 5UL, 0UL, 1UL, 2UL, 3UL}) {
      sums[i]->wait();
      EXPECT_TRUE(sums[i]->done());
      EXPECT_TRUE(at::equal(tensors[i], 3 * at::arange(tensors[i].numel(), at::kFloat) + 3));
    }
  });
}

TEST(ProcessGroup, CarriesASumOnWheneverItIsAskedFor) {
  run_processes(2, [](ProcessGroup& group) {
    const at::Tensor tensor = at::ones({3'000'000}, at::kFloat);
    const std::unique_ptr<Pending> sum = group.start_all_reduce(tensor);
    while (!sum->done()) std::this_thread::yield();
    EXPECT_TRUE(at::equal(tensor, at::full({3'000'000}, 2.0f)));
    group.barrier();
  });
}

TEST(ProcessGroup, TellsASumThatWaitsWhoFailed) {
  const std::string error = error_of<Lost>([] {
    run_processes(2, [](ProcessGroup& group) {
      group.barrier();
      if (group.rank() == 1) fail("its disk is full");
      const at::Tensor tensor = at::ones({10}, at::kFloat);
      group.start_all_reduce(tensor)->wait();
    });
  });
  EXPECT_THAT(error, HasSubstr("rank 1 failed: its disk is full"));
}

TEST(ProcessGroup, CarriesTexts) {
  run_processes(2, [](ProcessGroup& group) {
    const std::string own = group.rank() == 0 ? "" : "line\nother";
    EXPECT_EQ(all_gather(group, own), (std::vector<std::string>{"", "line\nother"}));
    EXPECT_EQ(broadcast(group, group.rank() == 0 ? "the first's" : "mine"), "the first's");
  });
}

TEST(ProcessGroup, TellsWhatDiffers) {
  const std::string error = error_of<Error>([] {
    run_processes(3, [](ProcessGroup& group) {
      check_alike(
          group, {{"cmc", "0.1"}, {"recipe", group.rank() == 2 ? "a = 1\nb = 3" : "a = 1\nb = 2"}});
    });
  });
  EXPECT_EQ(error, "rank 2 has another recipe than rank 0: b = 3, not b = 2");
}

TEST(ProcessGroup, TellsWhoFailed) {
  const std::string error = error_of<Lost>([] {
    run_processes(3, [](ProcessGroup& group) {
      group.barrier();
      if (group.rank() == 1) fail("its disk is full");
      group.barrier();
    });
  });
  EXPECT_EQ(error, "rank 1 failed: its disk is full");
}

TEST(ProcessGroup, TellsWhoNeverCame) {
  const std::string error = error_of<Error>([] {
    Socket listening = Socket::listening({"127.0.0.1", 0});
    const Place place = listening.own_place();
    join({.rank = 0, .size = 2, .place = place, .listening = listening.release()},
         std::chrono::seconds(1));
  });
  EXPECT_EQ(error,
            "1 of 2 processes have come within 1 seconds; the first that is missing: rank 1");
}

TEST(ProcessGroup, TellsWhyItCannotListen) {
  const Socket taken = Socket::listening({"127.0.0.1", 0});
  const Place place = taken.own_place();
  EXPECT_THAT(error_of<Error>(
                  [&] { join({.rank = 0, .size = 2, .place = place}, std::chrono::seconds(1)); }),
              AllOf(HasSubstr("in use"), HasSubstr(std::to_string(place.port))));
  EXPECT_THAT(
      error_of<Error>([&] {
        join({.rank = 1, .size = 2, .place = {"no-such-host.invalid", 1}}, std::chrono::seconds(1));
      }),
      HasSubstr("no-such-host.invalid can't be resolved"));
  EXPECT_THAT(error_of<Error>([&] {
                join({.rank = 1, .size = 2, .place = {"127.0.0.1", 1}}, std::chrono::seconds(1));
              }),
              HasSubstr("nothing answers at 127.0.0.1:1 within 1 seconds"));
}

TEST(ProcessGroup, ListensOnTheGivenAddressAlone) {
  const Socket listening = Socket::listening({"127.0.0.2", 0});
  EXPECT_EQ(listening.own_place().address, "127.0.0.2");
  EXPECT_THROW(
      Socket::connected({"127.0.0.1", listening.own_place().port}, std::chrono::seconds(0)), Error);
}

}  // namespace
}  // namespace cmc::distributed
