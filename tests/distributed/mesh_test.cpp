#include "cmc/distributed/mesh.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cmc/distributed/lost.h"

namespace cmc::distributed {
namespace {

using std::chrono::seconds;

/// Runs work(rank, mesh, watch) in `size` threads that have met at one store.
template <class Work>
void run_meshed(int size, const Work& work) {
  Socket listening = Socket::listening({"127.0.0.1", 0});
  const Place place = listening.own_place();
  StoreServer server(std::move(listening));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      StoreClient store(place, seconds(20));
      auto watch = std::make_unique<Watch>(place, rank, seconds(20));
      auto mesh = std::make_unique<Mesh>(store, "mesh", rank, size, seconds(20));
      work(rank, mesh, *watch);
    });
  for (std::thread& thread : threads) thread.join();
}

TEST(Mesh, GathersByRankWhateverTheLength) {
  run_meshed(4, [](int rank, const auto& mesh, const Watch& watch) {
    // The longest is more than any connection holds while nobody reads.
    for (const std::size_t bytes : {0UL, 1UL, 1000UL, 16UL << 20, 3UL}) {
      const std::string own(bytes, static_cast<char>('a' + rank));
      std::string all(4 * bytes, '?');
      mesh->all_gather(own.data(), bytes, all.data(), watch);
      std::string expected;
      for (const char letter : {'a', 'b', 'c', 'd'}) expected.append(bytes, letter);
      EXPECT_EQ(all == expected, true) << bytes << " bytes, rank " << rank;
    }
  });
}

TEST(Mesh, TellsWhoEnded) {
  run_meshed(3, [](int rank, auto& mesh, Watch& watch) {
    char own = 'x', all[3];
    mesh->all_gather(&own, 1, all, watch);
    if (rank == 1) {
      watch.fail("its disk is full");
      watch.loss_within(seconds(10));
      mesh.reset();
      return;
    }
    try {
      mesh->all_gather(&own, 1, all, watch);
      ADD_FAILURE() << "rank 1 was not missed";
    } catch (const Lost& lost) {
      EXPECT_STREQ(lost.what(), "rank 1 failed: its disk is full");
    }
  });
}

}  // namespace
}  // namespace cmc::distributed
