#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cmc::distributed {

/// Where a process listens.
struct Place {
  std::string address;
  int port = 0;
};

/// A connection that carries frames of bytes, or what listens for such connections.
class Socket {
 public:
  Socket() = default;
  /// Owns the file descriptor.
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  /// Listens on this address and no other; port 0: one that is free. Throws Error where the address
  /// can't be resolved, is no address of this machine, or the port is in use.
  static Socket listening(const Place& place);
  /// Connects; tries again until `timeout` is over. Throws Error where the address can't be
  /// resolved or nothing answers.
  static Socket connected(const Place& place, std::chrono::seconds timeout);

  /// The next connection; an empty socket where this one was shut.
  Socket accept() const;
  /// Ends what waits on the socket, in other threads too.
  void shut() const;

  bool empty() const { return descriptor_ < 0; }
  int descriptor() const { return descriptor_; }
  /// Gives the descriptor away.
  int release();
  /// This machine's end.
  Place own_place() const;

  /// Throws Error where the other end is gone.
  void send(std::string_view frame) const;
  enum class Outcome { received, ended, silent };
  /// The next frame. `patience`: for how long; 0: for ever. Ended: the other end is gone.
  Outcome receive(std::string& frame, std::chrono::milliseconds patience = {}) const;

 private:
  Outcome receive_exactly(char* bytes, std::size_t count) const;

  int descriptor_ = -1;
};

}  // namespace cmc::distributed
