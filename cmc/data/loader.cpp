#include "cmc/data/loader.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <limits>
#include <map>
#include <mutex>
#include <numeric>
#include <opencv2/core.hpp>
#include <utility>

#include "cmc/error.h"
#include "cmc/one_thread.h"
#include "cmc/processor.h"
#include "cmc/team.h"

namespace cmc::data {
namespace {

/// Once for the process: OpenCV makes its pool of threads anew each time, and two threads that ask
/// at once end the same one twice.
void turn_off_opencv_threads() {
  static std::once_flag once;
  std::call_once(once, [] { cv::setNumThreads(1); });
}

}  // namespace

at::Tensor present_in(const at::Tensor& present, std::size_t view) {
  return present.defined() ? present.select(1, static_cast<std::int64_t>(view)) : present;
}

std::vector<std::int64_t> rows_of_share(std::int64_t batch_size, std::int64_t share,
                                        std::int64_t shares, std::int64_t passes) {
  std::vector<std::int64_t> rows;
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    const std::int64_t first = pass * batch_size / passes,
                       size = (pass + 1) * batch_size / passes - first;
    for (std::int64_t row = share * size / shares; row < (share + 1) * size / shares; ++row)
      rows.push_back(first + row);
  }
  return rows;
}

/// The memory of one batch.
struct Loader::Rows {
  at::Tensor indices, labels, present;
  std::vector<at::Tensor> views;

  Rows(std::int64_t rows, const std::vector<ViewShape>& shapes)
      : indices(at::empty({rows}, at::kLong)),
        labels(at::empty({rows}, at::kLong)),
        present(at::empty({rows, static_cast<std::int64_t>(shapes.size())}, at::kBool)) {
    const auto options =
        at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast);
    for (const ViewShape& s : shapes)
      views.push_back(at::empty({rows, s.channels, s.height, s.width}, options));
  }

  /// Whether no batch that was handed out refers to it any more.
  bool unused() const {
    const auto sole = [](const at::Tensor& t) {
      return t.use_count() == 1 && t.storage().use_count() == 1;
    };
    return sole(indices) && sole(labels) && sole(present) && std::ranges::all_of(views, sole);
  }
};

/// The samples that can't be read. Asking is free of locks; adding happens once for each such
/// sample.
class Loader::Exclusions {
 public:
  explicit Exclusions(std::int64_t samples) : excluded_(static_cast<std::size_t>(samples)) {}

  bool contains(std::int64_t index) const {
    return excluded_[index].load(std::memory_order_relaxed);
  }

  void add(UnreadableSample sample) {
    const std::lock_guard lock(mutex_);
    excluded_[sample.index].store(true, std::memory_order_relaxed);
    samples_.emplace(sample.index, std::move(sample));
  }

  std::vector<UnreadableSample> list() const {
    const std::lock_guard lock(mutex_);
    std::vector<UnreadableSample> list;
    for (const auto& [index, sample] : samples_) list.push_back(sample);
    return list;
  }

 private:
  std::vector<std::atomic<bool>> excluded_;
  mutable std::mutex mutex_;
  std::map<std::int64_t, UnreadableSample> samples_;
};

/// A batch while it is made. Its rows are divided into chunks, each filled by one worker.
struct Loader::Slot {
  std::optional<Rows> rows;
  std::int64_t size = 0;
  std::vector<std::uint8_t> filled;        // by row: whether its sample was read
  std::vector<std::exception_ptr> errors;  // by chunk
  std::atomic<std::int64_t> chunks_left{0};
  std::atomic<bool> incomplete{false};  // whether some sample lacks a view
};

/// What the workers do in one epoch, and the ring of batches that they fill. A worker takes a
/// ticket, the number of a chunk; locks are only for those who wait, a worker for a free slot and
/// the caller for a full one.
class Loader::Epoch {
 public:
  Epoch(const Loader& loader, std::int64_t epoch, std::int64_t first_batch, int workers)
      : dataset_(*loader.dataset_),
        transform_(*loader.transform_),
        options_(loader.options_),
        exclusions_(*loader.exclusions_),
        epoch_(epoch),
        first_batch_(first_batch),
        batches_(loader.batches_per_epoch()),
        rows_(rows_of_share(options_.batch_size, options_.share, options_.shares, options_.passes)),
        chunk_(std::clamp<std::int64_t>(static_cast<std::int64_t>(rows_.size()) / workers, 1, 16)),
        slots_(static_cast<std::size_t>(options_.prefetch)),
        opened_(first_batch),
        next_batch_(first_batch) {
    order_ =
        options_.shuffle
            ? permutation(dataset_.size(), RandomStream(RandomPurpose::order, options_.seed, epoch))
            : std::vector<std::int64_t>(static_cast<std::size_t>(dataset_.size()));
    if (!options_.shuffle) std::iota(order_.begin(), order_.end(), 0);
    add_companions();
    chunks_ = chunks_of(capacity());
  }

  /// Whether some batch has a row; all are whole where none has.
  bool needs_work() const { return chunks_ > 0; }

  /// What each worker does, until the last batch is filled or the epoch is left.
  void work() {
    std::vector<float*> rows(transform_.views().size());
    for (;;) {
      const std::int64_t ticket = ticket_.fetch_add(1, std::memory_order_relaxed);
      const std::int64_t batch = first_batch_ + ticket / chunks_;
      if (batch >= batches_ || !wait_for_slot(batch)) return;
      Slot& slot = slot_of(batch);
      const std::int64_t chunk = ticket % chunks_;
      use_one_thread();
      try {
        fill(slot, batch, chunk, rows);
      } catch (...) {
        slot.errors[chunk] = std::current_exception();
      }
      if (slot.chunks_left.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        // The empty section keeps the notice from falling between the caller's check and its wait.
        { const std::lock_guard lock(mutex_); }
        batch_made_.notify_one();
      }
    }
  }

  /// Lets the workers go.
  void leave() {
    {
      const std::lock_guard lock(mutex_);
      opened_.store(stopped);
    }
    slot_opened_.notify_all();
  }

  bool done() const { return next_batch_ == batches_; }
  bool began_at_first() const { return first_batch_ == 0; }
  std::int64_t delivered() const { return delivered_; }

  /// Whether another batch may be opened: its slot is free.
  bool can_open() const {
    const std::int64_t opened = opened_.load(std::memory_order_relaxed);
    return opened < batches_ && opened < next_batch_ + options_.prefetch;
  }

  /// Rows of the largest batch.
  std::int64_t capacity() const {
    std::int64_t most = 0;
    for (const auto& batch : companions_) most = std::max<std::int64_t>(most, std::ssize(batch));
    return std::min(std::ssize(rows_), dataset_.size()) + most;
  }

  /// Gives the next batch to the workers, to be made in `rows`.
  void open(Rows rows) {
    const std::int64_t batch = opened_.load(std::memory_order_relaxed);
    Slot& slot = slot_of(batch);
    slot.rows = std::move(rows);
    slot.size = ordered(batch) + companions(batch);
    slot.filled.assign(static_cast<std::size_t>(slot.size), 0);
    slot.errors.assign(static_cast<std::size_t>(chunks_), nullptr);
    slot.incomplete.store(false, std::memory_order_relaxed);
    slot.chunks_left.store(chunks_, std::memory_order_relaxed);
    {
      const std::lock_guard lock(mutex_);
      opened_.store(batch + 1, std::memory_order_release);
    }
    slot_opened_.notify_all();
  }

  /// Waits for the next batch and returns it; the seconds waited are added to `waited`.
  Batch take(double& waited) {
    Slot& slot = slot_of(next_batch_);
    if (slot.chunks_left.load(std::memory_order_acquire) > 0) {
      const auto from = std::chrono::steady_clock::now();
      std::unique_lock lock(mutex_);
      batch_made_.wait(lock, [&] { return slot.chunks_left.load(std::memory_order_acquire) == 0; });
      waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
    }
    for (const std::exception_ptr& error : slot.errors) {
      if (error) std::rethrow_exception(error);
    }
    std::vector<std::int64_t> left_out, kept_rows, left_out_rows;
    for (std::int64_t row = 0; row < slot.size; ++row) {
      if (!slot.filled[row]) left_out.push_back(sample_at(next_batch_, row));
      if (options_.shares > 1) (slot.filled[row] ? kept_rows : left_out_rows).push_back(rows_[row]);
    }
    const std::int64_t of_order = std::count(
        slot.filled.begin(), slot.filled.begin() + ordered(next_batch_), std::uint8_t{1});
    const std::int64_t n = compact(slot);
    Batch batch{.indices = slot.rows->indices.narrow(0, 0, n),
                .labels = slot.rows->labels.narrow(0, 0, n),
                .views = {}};
    for (const at::Tensor& view : slot.rows->views) batch.views.push_back(view.narrow(0, 0, n));
    if (slot.incomplete.load(std::memory_order_relaxed))
      batch.present = slot.rows->present.narrow(0, 0, n);
    batch.left_out = std::move(left_out);
    batch.rows = std::move(kept_rows);
    batch.left_out_rows = std::move(left_out_rows);
    batch.companions = n - of_order;
    slot.rows.reset();
    delivered_ += n;
    ++next_batch_;
    return batch;
  }

 private:
  static constexpr std::int64_t stopped = -1;

  Slot& slot_of(std::int64_t batch) {
    return slots_[static_cast<std::size_t>(batch % options_.prefetch)];
  }

  /// Samples of the order in a batch that are this share's (of the last batch, which may be short,
  /// those that it has), and companions.
  std::int64_t ordered(std::int64_t batch) const {
    return std::ranges::lower_bound(rows_, dataset_.size() - batch * options_.batch_size) -
           rows_.begin();
  }
  std::int64_t companions(std::int64_t batch) const {
    return companions_.empty() ? 0 : std::ssize(companions_[static_cast<std::size_t>(batch)]);
  }

  std::int64_t sample_at(std::int64_t batch, std::int64_t row) const {
    const std::int64_t first = ordered(batch);
    return row < first ? order_[batch * options_.batch_size + rows_[row]]
                       : companions_[static_cast<std::size_t>(batch)][row - first];
  }

  void add_companions() {
    if (!options_.companions.defined()) return;
    const auto* named = options_.companions.data_ptr<std::int64_t>();
    const std::int64_t width = options_.companions.size(1);
    // By sample, the last batch that it is in.
    std::vector<std::int64_t> in(static_cast<std::size_t>(dataset_.size()), -1);
    companions_.resize(static_cast<std::size_t>(batches_));
    for (std::int64_t batch = 0; batch < batches_; ++batch) {
      const std::int64_t first = batch * options_.batch_size;
      for (std::int64_t i = 0; i < ordered(batch); ++i) in[order_[first + i]] = batch;
      for (std::int64_t i = 0; i < ordered(batch); ++i)
        for (std::int64_t h = 0; h < width; ++h) {
          const std::int64_t companion = named[order_[first + i] * width + h];
          if (companion < 0 || in[companion] == batch) continue;
          in[companion] = batch;
          companions_[batch].push_back(companion);
        }
    }
  }

  std::int64_t chunks_of(std::int64_t rows) const { return (rows + chunk_ - 1) / chunk_; }

  /// Blocks until `batch` may be filled; false where the epoch is left.
  bool wait_for_slot(std::int64_t batch) {
    const auto decided = [&] {
      const std::int64_t opened = opened_.load(std::memory_order_acquire);
      return opened == stopped || batch < opened;
    };
    if (!decided()) {
      std::unique_lock lock(mutex_);
      slot_opened_.wait(lock, decided);
    }
    return opened_.load(std::memory_order_relaxed) != stopped;
  }

  void fill(Slot& slot, std::int64_t batch, std::int64_t chunk, std::vector<float*>& rows) {
    const std::int64_t end = std::min(slot.size, (chunk + 1) * chunk_);
    for (std::int64_t row = chunk * chunk_; row < end; ++row) {
      if (opened_.load(std::memory_order_relaxed) == stopped) return;
      const std::int64_t index = sample_at(batch, row);
      if (exclusions_.contains(index)) continue;
      for (std::size_t v = 0; v < rows.size(); ++v) {
        rows[v] = slot.rows->views[v].data_ptr<float>() + row * transform_.views()[v].numel();
      }
      const RandomKey key{.purpose = RandomPurpose::views,
                          .seed = options_.seed,
                          .epoch = static_cast<std::uint64_t>(epoch_),
                          .sample = static_cast<std::uint64_t>(index)};
      try {
        const Sample sample = read_for(transform_, dataset_, index, key);
        mark_missing(slot, sample, row, rows);
        transform_.apply(sample, key, rows);
        slot.rows->indices.data_ptr<std::int64_t>()[row] = index;
        slot.rows->labels.data_ptr<std::int64_t>()[row] = sample.label;
        slot.filled[row] = 1;
      } catch (const UnreadableError& error) {
        exclusions_.add({.index = index, .name = dataset_.name(index), .reason = error.what()});
      }
    }
  }

  /// Notes which views the sample in `row` has and clears the rows of those that it lacks.
  void mark_missing(Slot& slot, const Sample& sample, std::int64_t row,
                    const std::vector<float*>& rows) const {
    const std::vector<ViewShape>& views = transform_.views();
    bool* const present =
        slot.rows->present.data_ptr<bool>() + row * static_cast<std::int64_t>(views.size());
    for (std::size_t v = 0; v < views.size(); ++v) {
      present[v] = !sample.values[views[v].source].empty();
      if (present[v]) continue;
      slot.incomplete.store(true, std::memory_order_relaxed);
      std::fill_n(rows[v], views[v].numel(), 0.0f);
    }
  }

  /// Moves the filled rows together and returns their number. Rows move only where a sample was
  /// left out.
  std::int64_t compact(Slot& slot) const {
    std::int64_t n = 0;
    for (std::int64_t row = 0; row < slot.size; ++row) {
      if (!slot.filled[row]) continue;
      if (n < row) {
        move_row(slot.rows->indices.data_ptr<std::int64_t>(), n, row, 1);
        move_row(slot.rows->labels.data_ptr<std::int64_t>(), n, row, 1);
        move_row(slot.rows->present.data_ptr<bool>(), n, row, slot.rows->present.size(1));
        for (std::size_t v = 0; v < slot.rows->views.size(); ++v) {
          move_row(slot.rows->views[v].data_ptr<float>(), n, row, transform_.views()[v].numel());
        }
      }
      ++n;
    }
    return n;
  }

  template <class T>
  static void move_row(T* values, std::int64_t to, std::int64_t from, std::int64_t size) {
    std::memcpy(values + to * size, values + from * size,
                static_cast<std::size_t>(size) * sizeof(T));
  }

  const Dataset& dataset_;
  const Transform& transform_;
  const LoaderOptions& options_;
  Exclusions& exclusions_;
  const std::int64_t epoch_, first_batch_, batches_;
  const std::vector<std::int64_t> rows_;  // of a whole batch, those that are made
  const std::int64_t chunk_;              // rows a chunk
  std::int64_t chunks_;                   // chunks of the largest batch, and of every other
  std::vector<std::int64_t> order_;
  std::vector<std::vector<std::int64_t>> companions_;  // of each batch, or none
  std::vector<Slot> slots_;
  std::atomic<std::int64_t> ticket_{0};
  std::atomic<std::int64_t> opened_;  // batches below it may be filled; or `stopped`
  std::mutex mutex_;
  std::condition_variable slot_opened_, batch_made_;
  std::int64_t next_batch_;
  std::int64_t delivered_ = 0;
};

Loader::Loader(std::shared_ptr<const Dataset> dataset, std::shared_ptr<const Transform> transform,
               LoaderOptions options)
    : dataset_(std::move(dataset)), transform_(std::move(transform)), options_(std::move(options)) {
  check(options_.batch_size > 0, "batch_size = {}: at least 1 was expected", options_.batch_size);
  check(options_.workers >= 0, "workers = {}: 0 (one for each core) or more was expected",
        options_.workers);
  check(options_.share >= 0 && options_.share < options_.shares && options_.passes > 0,
        "share {} of {} in {} passes: a share counts from 0, and there is at least 1 pass",
        options_.share, options_.shares, options_.passes);
  check(options_.prefetch > 0, "prefetch = {}: at least 1 batch was expected", options_.prefetch);
  check(!transform_->views().empty(), "the transform makes no views; at least one was expected");
  check(!options_.drop_last || dataset_->size() >= options_.batch_size,
        "batch_size = {}: the data set has {} samples, which fill no batch", options_.batch_size,
        dataset_->size());
  if (at::Tensor& companions = options_.companions; companions.defined()) {
    check(companions.dim() == 2 && companions.scalar_type() == at::kLong &&
              companions.size(0) == dataset_->size(),
          "companions are int64 [{}, H], a row a sample", dataset_->size());
    check(companions.ge(-1).logical_and(companions.lt(dataset_->size())).all().item<bool>(),
          "companions are samples, 0 to {}, or -1", dataset_->size() - 1);
    companions = companions.cpu().contiguous();
  }
  exclusions_ = std::make_unique<Exclusions>(dataset_->size());
  turn_off_opencv_threads();
}

Loader::~Loader() {
  leave();
}

void Loader::leave() {
  if (!epoch_) return;
  epoch_->leave();
  workers_->finish();
  epoch_.reset();
}

std::int64_t Loader::batches_per_epoch() const {
  const std::int64_t n = dataset_->size(), size = options_.batch_size;
  return options_.drop_last ? n / size : (n + size - 1) / size;
}

Loader::Rows Loader::take_rows(std::int64_t capacity) {
  const auto unused = std::ranges::find_if(pool_, &Rows::unused);
  if (unused != pool_.end()) {
    if (unused->indices.size(0) >= capacity) return *unused;
    pool_.erase(unused);
  }
  Rows rows(capacity, transform_->views());
  // More than these are in use only where the caller keeps batches; the oldest, perhaps kept for
  // long, goes.
  const std::size_t most = static_cast<std::size_t>(options_.prefetch) + 2;
  if (pool_.size() == most) pool_.erase(pool_.begin());
  pool_.push_back(rows);
  return rows;
}

void Loader::start(std::int64_t epoch, std::int64_t first_batch) {
  check(first_batch >= 0 && first_batch <= batches_per_epoch(),
        "batch {} of an epoch was asked for; 0 to {} can be", first_batch, batches_per_epoch());
  leave();
  if (!workers_)
    workers_ = std::make_unique<Team>(options_.workers > 0 ? options_.workers : available_cores());
  epoch_ = std::make_unique<Epoch>(*this, epoch, first_batch, workers_->size());
  while (epoch_->can_open()) epoch_->open(take_rows(epoch_->capacity()));
  if (epoch_->needs_work()) workers_->start(workers_->size(), [this](int) { epoch_->work(); });
}

std::optional<Batch> Loader::next() {
  check(epoch_ != nullptr, "a batch was asked for before start() or after an error");
  if (epoch_->done()) {
    const bool none = options_.shares == 1 && epoch_->began_at_first() && batches_per_epoch() > 0 &&
                      epoch_->delivered() == 0;
    if (none) {
      leave();
      const std::vector<UnreadableSample> list = unreadable();
      fail("none of {} samples could be read; the first: {}", list.size(), list.front().reason);
    }
    return std::nullopt;
  }
  try {
    Batch batch = epoch_->take(seconds_waited_);
    while (epoch_->can_open()) epoch_->open(take_rows(epoch_->capacity()));
    return batch;
  } catch (...) {
    leave();
    throw;
  }
}

std::vector<UnreadableSample> Loader::unreadable() const {
  return exclusions_->list();
}

}  // namespace cmc::data
