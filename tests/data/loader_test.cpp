#include "cmc/data/loader.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <opencv2/core.hpp>
#include <set>
#include <stdexcept>
#include <thread>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

/// Pictures of 3 × 2 whose every value is the sample's index; some can't be read.
class Counting : public Dataset {
 public:
  explicit Counting(std::int64_t size, std::set<std::int64_t> unreadable = {})
      : size_(size), unreadable_(std::move(unreadable)) {}

  std::int64_t size() const override { return size_; }
  Sample get(std::int64_t index) const override {
    reads.fetch_add(1);
    if (unreadable_.contains(index)) throw UnreadableError(name(index) + ": byte 7: cut");
    return {
        .index = index, .label = index % 5, .values = {cv::Mat(3, 2, CV_16UC1, cv::Scalar(index))}};
  }
  std::int64_t label(std::int64_t index) const override { return index % 5; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<Source>& sources() const override {
    static const std::vector<Source> sources{{.shape = {1, 3, 2}}};
    return sources;
  }
  std::string name(std::int64_t index) const override { return "sample " + std::to_string(index); }

  mutable std::atomic<int> reads{0};

 private:
  std::int64_t size_;
  std::set<std::int64_t> unreadable_;
  std::vector<std::string> classes_;
};

/// View "plain": the picture's values as two channels, the second negated. View "random": one
/// random number, which also makes some samples take longer than others.
class TwoViews : public Transform {
 public:
  const std::vector<ViewShape>& views() const override { return views_; }
  void apply(const Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    if (sample.index == throws_at) throw std::runtime_error("broken transform");
    RandomStream stream = key.stream(1);
    rows[1][0] = static_cast<float>(stream.uniform());
    if (rows[1][0] < 0.05f) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (std::ptrdiff_t pixel = 0; pixel < 6; ++pixel) {
      const auto row = static_cast<int>(pixel / 2), column = static_cast<int>(pixel % 2);
      const float value = sample.values[0].at<std::uint16_t>(row, column);
      rows[0][2 * pixel] = value + static_cast<float>(pixel) / 8;
      rows[0][2 * pixel + 1] = -value;
    }
  }

  std::int64_t throws_at = -1;

 private:
  std::vector<ViewShape> views_{{"plain", 2, 3, 2}, {"random", 1, 1, 1}};
};

std::vector<Batch> epoch_of(Loader& loader, std::int64_t epoch, std::int64_t first_batch = 0) {
  std::vector<Batch> batches;
  loader.start(epoch, first_batch);
  while (std::optional<Batch> batch = loader.next()) batches.push_back(std::move(*batch));
  return batches;
}

void expect_equal(const Batch& a, const Batch& b) {
  EXPECT_TRUE(at::equal(a.indices, b.indices));
  EXPECT_TRUE(at::equal(a.labels, b.labels));
  ASSERT_EQ(a.views.size(), b.views.size());
  for (std::size_t v = 0; v < a.views.size(); ++v) EXPECT_TRUE(at::equal(a.views[v], b.views[v]));
}

TEST(Loader, WritesRowsInChannelsLastMemory) {
  Loader loader(std::make_shared<Counting>(40), std::make_shared<TwoViews>(),
                {.batch_size = 8, .shuffle = false, .workers = 2});
  const std::vector<Batch> batches = epoch_of(loader, 0);
  ASSERT_EQ(batches.size(), 5u);
  const at::Tensor& plain = batches[1].views[0];
  EXPECT_EQ(plain.sizes(), (at::IntArrayRef{8, 2, 3, 2}));
  EXPECT_TRUE(plain.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(batches[1].indices[3].item<std::int64_t>(), 11);
  EXPECT_EQ(batches[1].labels[3].item<std::int64_t>(), 1);
  EXPECT_EQ(plain[3][0][2][1].item<float>(), 11 + 5.0f / 8);
  EXPECT_EQ(plain[3][1][2][1].item<float>(), -11);
}

TEST(Loader, MakesTheSameBatchesWithAnyNumberOfWorkers) {
  const auto batches_with = [](int workers) {
    Loader loader(
        std::make_shared<Counting>(1003), std::make_shared<TwoViews>(),
        {.batch_size = 64, .drop_last = false, .workers = workers, .prefetch = 3, .seed = 5});
    epoch_of(loader, 0);
    return epoch_of(loader, 1);
  };
  const std::vector<Batch> one = batches_with(1);
  ASSERT_EQ(one.size(), 16u);
  EXPECT_EQ(one.back().size(), 1003 - 15 * 64);
  for (const int workers : {2, 4}) {
    const std::vector<Batch> more = batches_with(workers);
    ASSERT_EQ(more.size(), one.size());
    for (std::size_t i = 0; i < one.size(); ++i) expect_equal(one[i], more[i]);
  }
}

TEST(Loader, GivesEachSampleOnceInAnOrderOfTheEpoch) {
  Loader loader(std::make_shared<Counting>(100), std::make_shared<TwoViews>(),
                {.batch_size = 10, .workers = 2, .seed = 3});
  std::vector<std::int64_t> orders[2];
  for (const int epoch : {0, 1}) {
    for (const Batch& batch : epoch_of(loader, epoch)) {
      const std::int64_t* const indices = batch.indices.data_ptr<std::int64_t>();
      orders[epoch].insert(orders[epoch].end(), indices, indices + batch.size());
    }
  }
  EXPECT_EQ(orders[0], permutation(100, RandomStream(RandomPurpose::order, 3)));
  EXPECT_NE(orders[0], orders[1]);
  EXPECT_EQ(std::set<std::int64_t>(orders[1].begin(), orders[1].end()).size(), 100u);
}

TEST(Loader, TakesAnEpochUpInItsMiddle) {
  Loader loader(std::make_shared<Counting>(300), std::make_shared<TwoViews>(),
                {.batch_size = 32, .workers = 2});
  const std::vector<Batch> whole = epoch_of(loader, 4);
  loader.start(4);
  loader.next();  // leaves an epoch under way
  const std::vector<Batch> rest = epoch_of(loader, 4, 6);
  ASSERT_EQ(whole.size(), 9u);
  ASSERT_EQ(rest.size(), 3u);
  for (std::size_t i = 0; i < rest.size(); ++i) expect_equal(rest[i], whole[6 + i]);
  EXPECT_TRUE(epoch_of(loader, 4, 9).empty());
  EXPECT_THROW(loader.start(4, 10), Error);
}

TEST(Loader, BringsCompanionsAfterTheSamplesOfTheOrder) {
  // Sample i brings 2 i and 7, of 30; sample 7 is unreadable.
  constexpr std::int64_t n = 30;
  at::Tensor companions = at::full({n, 2}, -1, at::kLong);
  for (std::int64_t i = 0; i < n; ++i) {
    if (2 * i < n && i > 0) companions[i][0] = 2 * i;
    if (i % 3 == 0) companions[i][1] = i == 21 ? 7 : i == 6 ? -1 : 21;
  }
  const auto batches = [&](int workers, std::int64_t first) {
    Loader loader(std::make_shared<Counting>(n, std::set<std::int64_t>{7}),
                  std::make_shared<TwoViews>(),
                  {.batch_size = 8,
                   .drop_last = false,
                   .workers = workers,
                   .prefetch = 2,
                   .companions = companions,
                   .seed = 3});
    return epoch_of(loader, 1, first);
  };
  const std::vector<std::int64_t> order = permutation(n, RandomStream(RandomPurpose::order, 3, 1));
  const std::vector<Batch> one = batches(1, 0), three = batches(3, 0), rest = batches(2, 2);
  ASSERT_EQ(one.size(), 4u);
  std::int64_t brought = 0;
  for (std::size_t b = 0; b < one.size(); ++b) {
    const std::size_t first = 8 * b, last = std::min<std::size_t>(first + 8, n);
    std::vector<std::int64_t> expected(order.begin() + first, order.begin() + last);
    for (std::size_t i = first; i < last; ++i)
      for (std::int64_t h = 0; h < 2; ++h)
        if (const auto other = companions[order[i]][h].item<std::int64_t>();
            other >= 0 && std::ranges::find(expected, other) == expected.end())
          expected.push_back(other);
    const auto extra = static_cast<std::int64_t>(expected.size() - (last - first));
    const std::int64_t lost = std::count(expected.begin() + (last - first), expected.end(), 7);
    std::erase(expected, 7);
    const auto* indices = one[b].indices.data_ptr<std::int64_t>();
    EXPECT_EQ(std::vector<std::int64_t>(indices, indices + one[b].size()), expected);
    EXPECT_EQ(one[b].companions, extra - lost);
    EXPECT_EQ(one[b].views[0][one[b].size() - 1][1][0][0].item<float>(),
              -static_cast<float>(expected.back()));
    brought += one[b].companions;
    expect_equal(one[b], three[b]);
    if (b >= 2) expect_equal(one[b], rest[b - 2]);
  }
  EXPECT_GT(brought, 8);
}

TEST(Loader, LeavesUnreadableSamplesOutOfEveryEpochAlike) {
  const auto dataset = std::make_shared<Counting>(64, std::set<std::int64_t>{9, 30, 31});
  Loader loader(dataset, std::make_shared<TwoViews>(),
                {.batch_size = 16, .shuffle = false, .workers = 4});
  const std::vector<Batch> first = epoch_of(loader, 0);
  ASSERT_EQ(first.size(), 4u);
  EXPECT_EQ(first[0].size(), 15);
  EXPECT_EQ(first[1].size(), 14);
  EXPECT_EQ(first[2].size(), 16);
  EXPECT_EQ(first[0].left_out, (std::vector<std::int64_t>{9}));
  EXPECT_EQ(first[1].left_out, (std::vector<std::int64_t>{30, 31}));
  EXPECT_TRUE(first[2].left_out.empty());
  EXPECT_EQ(first[0].indices[9].item<std::int64_t>(), 10);
  EXPECT_EQ(first[0].views[0][9][1][0][0].item<float>(), -10);
  EXPECT_EQ(first[0].views[0][14][1][2][1].item<float>(), -15);
  EXPECT_TRUE(first[0].views[0].is_contiguous(at::MemoryFormat::ChannelsLast));

  dataset->reads = 0;
  const std::vector<Batch> second = epoch_of(loader, 1);
  EXPECT_EQ(dataset->reads, 61);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(at::equal(first[i].indices, second[i].indices));
  EXPECT_EQ(second[1].left_out, first[1].left_out);

  const std::vector<UnreadableSample> unreadable = loader.unreadable();
  ASSERT_EQ(unreadable.size(), 3u);
  EXPECT_EQ(unreadable[0].index, 9);
  EXPECT_EQ(unreadable[2].name, "sample 31");
  EXPECT_EQ(unreadable[1].reason, "sample 30: byte 7: cut");
}

TEST(Loader, IsAnErrorWhereNothingCanBeRead) {
  const auto dataset = std::make_shared<Counting>(4, std::set<std::int64_t>{0, 1, 2, 3});
  Loader loader(dataset, std::make_shared<TwoViews>(), {.batch_size = 2, .workers = 2});
  loader.start(0);
  EXPECT_EQ(loader.next()->size(), 0);
  EXPECT_EQ(loader.next()->size(), 0);
  EXPECT_EQ(message_of<Error>([&] { loader.next(); }),
            "none of 4 samples could be read; the first: sample 0: byte 7: cut");
}

TEST(Loader, CanBeMadeBySeveralThreadsAtOnce) {
  const auto dataset = std::make_shared<Counting>(10);
  const auto transform = std::make_shared<TwoViews>();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 2000; ++j) Loader(dataset, transform, {.batch_size = 2});
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cv::getNumThreads(), 1);
}

TEST(Loader, GivesEachWorkerOneThreadForItsOperators) {
  class Threads : public TwoViews {
   public:
    void apply(const Sample& sample, const RandomKey& key,
               std::span<float* const> rows) const override {
      TwoViews::apply(sample, key, rows);
      rows[1][0] = static_cast<float>(at::get_num_threads());
    }
  };
  Loader loader(std::make_shared<Counting>(40), std::make_shared<Threads>(),
                {.batch_size = 8, .workers = 2});
  for (const Batch& batch : epoch_of(loader, 0))
    EXPECT_TRUE(at::equal(batch.views[1].flatten(), at::ones({8})));
}

TEST(Loader, HasTheSameThreadsInEachEpoch) {
  class Threads : public TwoViews {
   public:
    void apply(const Sample& sample, const RandomKey& key,
               std::span<float* const> rows) const override {
      TwoViews::apply(sample, key, rows);
      const std::lock_guard lock(mutex);
      ids.insert(std::this_thread::get_id());
    }
    mutable std::mutex mutex;
    mutable std::set<std::thread::id> ids;
  };
  const auto transform = std::make_shared<Threads>();
  Loader loader(std::make_shared<Counting>(400), transform, {.batch_size = 8, .workers = 2});
  for (int epoch = 0; epoch < 5; ++epoch) EXPECT_EQ(epoch_of(loader, epoch).size(), 50u);
  EXPECT_LE(transform->ids.size(), 2u);
}

TEST(Loader, SurfacesAWorkersExceptionInItsBatch) {
  const auto transform = std::make_shared<TwoViews>();
  transform->throws_at = 40;
  Loader loader(std::make_shared<Counting>(200), transform,
                {.batch_size = 16, .shuffle = false, .workers = 4});
  loader.start(0);
  EXPECT_EQ(loader.next()->size(), 16);
  EXPECT_EQ(loader.next()->size(), 16);
  EXPECT_THROW(loader.next(), std::runtime_error);
  EXPECT_THROW(loader.next(), Error);  // the epoch is over
  transform->throws_at = -1;
  EXPECT_EQ(epoch_of(loader, 0).size(), 12u);
}

TEST(Loader, CanBeDestroyedInTheMiddleOfAnEpoch) {
  for (int taken = 0; taken < 4; ++taken) {
    std::optional<Batch> last;
    {
      Loader loader(std::make_shared<Counting>(5000), std::make_shared<TwoViews>(),
                    {.batch_size = 100, .shuffle = false, .workers = 4, .prefetch = 2});
      loader.start(0);
      for (int i = 0; i < taken; ++i) last = loader.next();
    }
    if (last) {
      EXPECT_EQ(last->indices[0].item<std::int64_t>(), 100 * (taken - 1));
    }
  }
}

TEST(Loader, UsesMemoryAgainOnlyOnceABatchIsGone) {
  Loader loader(std::make_shared<Counting>(4000), std::make_shared<TwoViews>(),
                {.batch_size = 10, .shuffle = false, .workers = 2, .prefetch = 2});
  loader.start(0);
  std::vector<at::Tensor> kept;  // every tenth batch, through a tensor that only shares its memory
  std::set<const void*> places;
  int number = 0;
  while (std::optional<Batch> batch = loader.next()) {
    places.insert(batch->views[0].data_ptr());
    if (number++ % 10 == 0) kept.push_back(batch->views[0].select(1, 1));
  }
  ASSERT_EQ(kept.size(), 40u);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i][9][0][0].item<float>(), -(100.0f * static_cast<float>(i) + 9));
  }
  EXPECT_LE(places.size(), 100u);  // of 400 batches
}

TEST(Loader, RefusesImpossibleOptions) {
  const auto dataset = std::make_shared<Counting>(10);
  const auto transform = std::make_shared<TwoViews>();
  const auto message = [&](LoaderOptions options) {
    return message_of<Error>([&] { Loader(dataset, transform, options); });
  };
  EXPECT_EQ(message({.batch_size = 0}), "batch_size = 0: at least 1 was expected");
  EXPECT_EQ(message({.batch_size = 11}),
            "batch_size = 11: the data set has 10 samples, which fill no batch");
  EXPECT_EQ(message({.batch_size = 5, .workers = -1}),
            "workers = -1: 0 (one for each core) or more was expected");
  EXPECT_EQ(message({.batch_size = 5, .prefetch = 0}),
            "prefetch = 0: at least 1 batch was expected");
  EXPECT_EQ(message({.batch_size = 11, .drop_last = false}), "");
}

}  // namespace
}  // namespace cmc::data
