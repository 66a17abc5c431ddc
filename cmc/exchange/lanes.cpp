#include "cmc/exchange/lanes.h"

#include <ATen/Parallel.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>

namespace cmc::exchange {
namespace {

class Lanes {
 public:
  explicit Lanes(data::Loader& loader) : loader_(loader) {}

  /// One lane, from its first batch to its last.
  void run(const std::function<Turn(const data::Batch&)>& work) {
    try {
      std::int64_t place = 0;
      while (const std::optional<data::Batch> batch = take(place)) give(place, work(*batch));
    } catch (...) {
      fail();
    }
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::optional<data::Batch> take(std::int64_t& place) {
    const std::lock_guard lock(taking_);
    {
      const std::lock_guard also(giving_);
      if (over_) return std::nullopt;
    }
    place = taken_++;
    try {
      return loader_.next();
    } catch (...) {
      // Before another lane asks the loader, which would tell it only that there was an error.
      fail();
      return std::nullopt;
    }
  }

  /// Keeps the exception that is being handled, if it is the first.
  void fail() {
    const std::lock_guard lock(giving_);
    over_ = true;
    if (!failure_) failure_ = std::current_exception();
    turn_.notify_all();
  }

  void give(std::int64_t place, const Turn& use) {
    std::unique_lock lock(giving_);
    turn_.wait(lock, [&] { return over_ || given_ == place; });
    if (over_) return;
    over_ = !use();
    ++given_;
    turn_.notify_all();
  }

  data::Loader& loader_;
  std::mutex taking_, giving_;
  std::condition_variable turn_;
  std::int64_t taken_ = 0, given_ = 0;
  bool over_ = false;  // under giving_, as failure_ is
  std::exception_ptr failure_;
};

}  // namespace

void in_lanes(data::Loader& loader, int count,
              const std::function<Turn(const data::Batch&)>& work) {
  Lanes lanes(loader);
  if (count > 1) {
    at::parallel_for(0, count, 1, [&](std::int64_t, std::int64_t) { lanes.run(work); });
  } else {
    lanes.run(work);
  }
  lanes.rethrow();
}

}  // namespace cmc::exchange
