#include "cmc/distributed/socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>

#include "cmc/error.h"

namespace cmc::distributed {
namespace {

/// No frame is longer: what comes from elsewhere is not trusted with memory.
constexpr std::uint32_t longest_frame = 1U << 26;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses resolved(const Place& place) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error =
      ::getaddrinfo(place.address.c_str(), std::to_string(place.port).c_str(), &hints, &list);
  check(error == 0, "the address {} can't be resolved: {}", place.address, ::gai_strerror(error));
  return Addresses(list);
}

void set(int descriptor, int level, int option, int value) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Socket::Socket(Socket&& other) noexcept : descriptor_(other.release()) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

int Socket::release() {
  return std::exchange(descriptor_, -1);
}

Socket Socket::listening(const Place& place) {
  const Addresses list = resolved(place);
  int error = 0;
  for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
    Socket socket(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.empty()) continue;
    set(socket.descriptor_, SOL_SOCKET, SO_REUSEADDR, 1);
    if (::bind(socket.descriptor_, each->ai_addr, each->ai_addrlen) == 0 &&
        ::listen(socket.descriptor_, 1024) == 0)
      return socket;
    error = errno;
  }
  if (error == EADDRINUSE)
    fail("port {} of {} is in use: name another by MASTER_PORT", place.port, place.address);
  fail("{}:{} can't be listened on: {}", place.address, place.port, std::strerror(error));
}

Socket Socket::connected(const Place& place, std::chrono::seconds timeout) {
  const Addresses list = resolved(place);
  const auto until = std::chrono::steady_clock::now() + timeout;
  int error = 0;
  for (;;) {
    for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
      Socket socket(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
      if (socket.empty()) continue;
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      set(socket.descriptor_, IPPROTO_TCP, TCP_USER_TIMEOUT,
          static_cast<int>(std::max<std::int64_t>(left.count(), 1)));
      if (::connect(socket.descriptor_, each->ai_addr, each->ai_addrlen) == 0) {
        set(socket.descriptor_, IPPROTO_TCP, TCP_NODELAY, 1);
        return socket;
      }
      error = errno;
    }
    if (std::chrono::steady_clock::now() >= until)
      fail("nothing answers at {}:{} within {} seconds: {}", place.address, place.port,
           timeout.count(), std::strerror(error));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

Socket Socket::accept() const {
  for (;;) {
    Socket socket(::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.empty()) {
      set(socket.descriptor_, IPPROTO_TCP, TCP_NODELAY, 1);
      return socket;
    }
    if (errno != EINTR && errno != ECONNABORTED) return socket;
  }
}

void Socket::shut() const {
  if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_RDWR);
}

Place Socket::own_place() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  char host[NI_MAXHOST], port[NI_MAXSERV];
  check(::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&storage), &size) == 0 &&
            ::getnameinfo(reinterpret_cast<sockaddr*>(&storage), size, host, sizeof host, port,
                          sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0,
        "a connection has no address");
  return {host, std::stoi(port)};
}

void Socket::send(std::string_view frame) const {
  const auto size = static_cast<std::uint32_t>(frame.size());
  std::string bytes(reinterpret_cast<const char*>(&size), sizeof size);
  bytes += frame;
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t now = ::send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now < 0 && errno == EINTR) continue;
    check(now > 0, "a connection broke: {}", std::strerror(errno));
    sent += static_cast<std::size_t>(now);
  }
}

Socket::Outcome Socket::receive_exactly(char* bytes, std::size_t count) const {
  for (std::size_t got = 0; got < count;) {
    const ssize_t now = ::recv(descriptor_, bytes + got, count - got, 0);
    if (now < 0 && errno == EINTR) continue;
    if (now < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Outcome::silent;
    if (now <= 0) return Outcome::ended;
    got += static_cast<std::size_t>(now);
  }
  return Outcome::received;
}

Socket::Outcome Socket::receive(std::string& frame, std::chrono::milliseconds patience) const {
  const timeval limit{.tv_sec = patience.count() / 1000, .tv_usec = patience.count() % 1000 * 1000};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::uint32_t size = 0;
  if (const Outcome outcome = receive_exactly(reinterpret_cast<char*>(&size), sizeof size);
      outcome != Outcome::received)
    return outcome;
  if (size > longest_frame) return Outcome::ended;
  frame.resize(size);
  return receive_exactly(frame.data(), size);
}

}  // namespace cmc::distributed
