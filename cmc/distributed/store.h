#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cmc/distributed/socket.h"

namespace cmc::distributed {

/// A process that is no longer heard of counts as lost after so long; it is asked once a second.
constexpr std::chrono::seconds patience{15};

/// The keys and values that processes find each other by, kept by rank 0, which hears from each of
/// them once a second and tells all when one is lost. Listens where it is told to, and nowhere
/// else.
class StoreServer {
 public:
  explicit StoreServer(Socket listening);
  ~StoreServer();
  StoreServer(const StoreServer&) = delete;
  StoreServer& operator=(const StoreServer&) = delete;

 private:
  void accept();
  void serve(const Socket& socket);
  void answer(const Socket& socket);
  void hear(const Socket& socket, int rank);
  void note(const std::string& loss);

  Socket listening_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::string> values_;
  std::string loss_;  ///< which process was lost first, and how; empty: none
  bool ending_ = false;
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

/// A process's way to the keys and values. Its members may be called by several threads.
class StoreClient {
 public:
  StoreClient(const Place& place, std::chrono::seconds timeout);

  void set(const std::string& key, const std::string& value);
  /// Waits for the key; nothing where it does not come in time. Throws Error where a process is
  /// lost meanwhile.
  std::optional<std::string> get(const std::string& key, std::chrono::milliseconds timeout);
  bool has(const std::string& key);
  /// This process's address, as the store's machine reaches it.
  std::string own_address() const { return socket_.own_place().address; }

 private:
  std::string ask(const std::string& question, std::chrono::milliseconds within);

  std::mutex mutex_;
  Socket socket_;
};

/// Tells rank 0 once a second that this process lives, and hears which one does not.
class Watch {
 public:
  Watch(const Place& place, int rank, std::chrono::seconds timeout);
  /// Leaves, unless a loss is known.
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Which process was lost, and how: "rank 1 ended". Empty: none.
  std::string loss() const;
  /// Waits until a loss is known, at most so long.
  std::string loss_within(std::chrono::seconds time) const;
  /// Throws Lost where a loss is known.
  void check_none_lost() const;
  /// Of a connection that broke: throws Lost with the loss that is behind it, once it is known, or
  /// else with `broken`.
  [[noreturn]] void fail_lost(const std::string& broken) const;
  /// Tells all others that this process can't go on, and why.
  void fail(const std::string& why);

 private:
  void beat();

  Socket socket_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::string loss_, why_;
  bool leaving_ = false;
  std::thread beating_;
};

}  // namespace cmc::distributed
