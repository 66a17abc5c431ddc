#include <ATen/ATen.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "cmc/distributed/background_sums.h"
#include "cmc/distributed/mesh.h"
#include "cmc/distributed/process_group.h"
#include "cmc/distributed/store.h"

#ifdef CMC_HAS_GLOO

#define USE_DISTRIBUTED
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

namespace cmc::distributed {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Collectives themselves never give up: the watch tells when a process is lost.
constexpr milliseconds for_ever = std::chrono::hours(24 * 365);

/// Sums of whose parts each process gets no more bytes than this are gathered and added up by each;
/// larger ones go around Gloo's ring, which sends less.
constexpr std::size_t direct_bytes = 1U << 20;

/// Where a rank says that it has come.
std::string presence_of(int rank) {
  return fmt::format("here/{}", rank);
}

/// Our keys and values, as c10d asks for them.
class C10dStore : public c10d::Store {
 public:
  C10dStore(std::shared_ptr<StoreClient> client, milliseconds timeout)
      : Store(timeout), client_(std::move(client)) {}

  void set(const std::string& key, const std::vector<std::uint8_t>& value) override {
    client_->set(key, std::string(value.begin(), value.end()));
  }
  std::vector<std::uint8_t> get(const std::string& key) override {
    const std::string value = waited(key, timeout_);
    return {value.begin(), value.end()};
  }
  bool check(const std::vector<std::string>& keys) override {
    return std::ranges::all_of(keys, [&](const std::string& key) { return client_->has(key); });
  }
  void wait(const std::vector<std::string>& keys) override { wait(keys, timeout_); }
  void wait(const std::vector<std::string>& keys, const milliseconds& timeout) override {
    for (const std::string& key : keys) waited(key, timeout);
  }
  std::int64_t add(const std::string& key, std::int64_t /*value*/) override { unasked(key); }
  bool deleteKey(const std::string& key) override { unasked(key); }
  std::int64_t getNumKeys() override { unasked("all"); }

 private:
  std::string waited(const std::string& key, milliseconds timeout) {
    std::optional<std::string> value = client_->get(key, timeout);
    cmc::check(value.has_value(), "a process did not say in time how to reach it ({})", key);
    return *std::move(value);
  }
  [[noreturn]] static void unasked(const std::string& key) {
    cmc::fail("Gloo asks the store for what it never did ({})", key);
  }

  std::shared_ptr<StoreClient> client_;
};

c10::intrusive_ptr<c10d::ProcessGroupGloo> backend(const std::shared_ptr<StoreClient>& store,
                                                   const std::string& name, const Launch& launch,
                                                   milliseconds timeout) {
  const auto options = c10d::ProcessGroupGloo::Options::create(for_ever);
  options->threads = 1;
  options->devices = {c10d::ProcessGroupGloo::createDeviceForHostname(store->own_address())};
  const auto keys =
      c10::make_intrusive<c10d::PrefixStore>(name, c10::make_intrusive<C10dStore>(store, timeout));
  return c10::make_intrusive<c10d::ProcessGroupGloo>(keys, launch.rank, launch.size, options);
}

/// torchrun's own store tells the others where rank 0 listens.
class StoreOfLauncher {
 public:
  StoreOfLauncher(const Place& place, seconds timeout) {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(place.port);
    options.timeout = timeout;
    store_ = c10::make_intrusive<c10d::TCPStore>(place.address, options);
  }
  void tell(const Place& place) {
    const std::string text = std::to_string(place.port);
    store_->set(key(), {text.begin(), text.end()});
  }
  int told() {
    const std::vector<std::uint8_t> text = store_->get(key());
    return std::stoi(std::string(text.begin(), text.end()));
  }

 private:
  /// Of this start: torchrun starts processes again that have failed.
  static std::string key() {
    const char* const attempt = std::getenv("TORCHELASTIC_RESTART_COUNT");
    return fmt::format("cmc/place/{}", attempt == nullptr ? "0" : attempt);
  }
  c10::intrusive_ptr<c10d::TCPStore> store_;
};

class GlooGroup : public ProcessGroup {
 public:
  GlooGroup(const Launch& launch, seconds timeout) : launch_(launch) {
    meet(timeout);
    mesh_.emplace(*store_, "main", launch.rank, launch.size, timeout);
    background_ = std::make_unique<BackgroundSums>(
        Mesh(*store_, "background", launch.rank, launch.size, timeout), *watch_);
    main_ = backend(store_, "gloo", launch, timeout);
  }

  ~GlooGroup() override {
    if (watch_ == nullptr || (watch_->loss().empty() && !failed_)) return;
    // Their threads wait for a process that is gone: who destroys them waits too.
    main_.release();
    // Until the others have heard, who ask once a second.
    if (failed_) watch_->loss_within(seconds(3));
    if (server_ != nullptr) std::this_thread::sleep_for(milliseconds(1500));
    watch_.release();   // NOLINT(bugprone-unused-return-value)
    server_.release();  // NOLINT(bugprone-unused-return-value)
  }

  int rank() const override { return launch_.rank; }
  int size() const override { return launch_.size; }
  int local_size() const override { return launch_.local_size; }

  void all_reduce(const at::Tensor& tensor) override {
    if (tensor.nbytes() * static_cast<std::size_t>(size()) <= direct_bytes) {
      tensor.copy_(all_gather(tensor).sum(0, false, tensor.scalar_type()));
      return;
    }
    traffic_.summed += static_cast<std::int64_t>(tensor.nbytes());
    std::vector<at::Tensor> tensors{tensor};
    wait(main_->allreduce(tensors));
  }

  std::unique_ptr<Pending> start_all_reduce(const at::Tensor& tensor) override {
    traffic_.summed += static_cast<std::int64_t>(tensor.nbytes());
    return background_->start(tensor);
  }

  at::Tensor all_gather(const at::Tensor& own) override {
    traffic_.gathered += static_cast<std::int64_t>(own.nbytes());
    std::vector<std::int64_t> shape = own.sizes().vec();
    shape.insert(shape.begin(), size());
    at::Tensor all = at::empty(shape, own.options().requires_grad(false));
    mesh_->all_gather(own.data_ptr(), own.nbytes(), all.data_ptr(), *watch_);
    return all;
  }

  void broadcast(const at::Tensor& tensor) override {
    std::vector<at::Tensor> tensors{tensor};
    wait(main_->broadcast(tensors));
  }

  void barrier() override { all_gather(at::zeros({1}, at::kByte)); }

  void fail(const std::string& why) override {
    failed_ = true;
    watch_->fail(why);
  }

  Traffic traffic() const override { return traffic_; }

 private:
  void meet(seconds timeout) {
    Place place = launch_.place;
    std::optional<StoreOfLauncher> launcher;
    if (launch_.store_of_launcher) launcher.emplace(place, timeout);
    if (launch_.rank == 0) {
      if (launcher) place.port = 0;
      Socket listening =
          launch_.listening > 0 ? Socket(launch_.listening) : Socket::listening(place);
      place.port = listening.own_place().port;
      server_ = std::make_unique<StoreServer>(std::move(listening));
      if (launcher) launcher->tell(place);
    } else if (launcher) {
      place.port = launcher->told();
    }
    store_ = std::make_shared<StoreClient>(place, timeout);
    watch_ = std::make_unique<Watch>(place, launch_.rank, timeout);
    store_->set(presence_of(launch_.rank), "here");
    wait_for_all(timeout);
  }

  void wait_for_all(seconds timeout) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    std::vector<int> missing;
    for (int rank = 0; rank < launch_.size; ++rank) {
      const auto left =
          std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
      if (!store_->get(presence_of(rank), std::max(left, milliseconds(0))).has_value())
        missing.push_back(rank);
    }
    cmc::check(missing.empty(),
               "{} of {} processes have come within {} seconds; the first that is missing: rank {}",
               launch_.size - static_cast<int>(missing.size()), launch_.size, timeout.count(),
               missing.empty() ? 0 : missing.front());
  }

  void wait(const c10::intrusive_ptr<c10d::Work>& work) const {
    for (;;) {
      watch_->check_none_lost();
      try {
        work->wait(milliseconds(500));
        return;
      } catch (const std::exception& error) {
        if (!work->isCompleted()) continue;  // it takes its time
        watch_->fail_lost(fmt::format("a connection between processes broke: {}",
                                      std::string(error.what()).substr(0, 200)));
      }
    }
  }

  Launch launch_;
  Traffic traffic_;
  bool failed_ = false;
  // The backends go first: they ask for nothing then, and nobody watches them.
  std::unique_ptr<StoreServer> server_;
  std::shared_ptr<StoreClient> store_;
  std::unique_ptr<Watch> watch_;
  std::optional<Mesh> mesh_;
  std::unique_ptr<BackgroundSums> background_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> main_;
};

}  // namespace

std::shared_ptr<ProcessGroup> join(const Launch& launch, seconds timeout) try {
  return std::make_shared<GlooGroup>(launch, timeout);
} catch (const Error&) {
  throw;
} catch (const std::exception& error) {
  const std::string what = error.what();
  fail("the processes can't reach each other: {}", what.substr(0, what.find('\n')));
}

}  // namespace cmc::distributed

#else

namespace cmc::distributed {

std::shared_ptr<ProcessGroup> join(const Launch& launch, std::chrono::seconds /*timeout*/) {
  fail(
      "{} processes were started, but this build has no Gloo: build with Debian's libtorch-dev and "
      "libgloo-dev",
      launch.size);
}

}  // namespace cmc::distributed

#endif
