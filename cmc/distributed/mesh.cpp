#include "cmc/distributed/mesh.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "cmc/error.h"

namespace cmc::distributed {
namespace {

using std::chrono::milliseconds;

/// As many bytes as go without waiting; false where the connection broke.
bool carry_some(int descriptor, Transfer& transfer) {
  while (transfer.to_send > 0) {
    const ssize_t now =
        ::send(descriptor, transfer.sending, transfer.to_send, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (now < 0 && errno == EINTR) continue;
    if (now < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (now <= 0) return false;
    transfer.sending += now;
    transfer.to_send -= static_cast<std::size_t>(now);
  }
  while (transfer.to_receive > 0) {
    const ssize_t now = ::recv(descriptor, transfer.receiving, transfer.to_receive, MSG_DONTWAIT);
    if (now < 0 && errno == EINTR) continue;
    if (now < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (now <= 0) return false;
    transfer.receiving += now;
    transfer.to_receive -= static_cast<std::size_t>(now);
  }
  return true;
}

}  // namespace

Mesh::Mesh(StoreClient& store, const std::string& name, int rank, int size,
           std::chrono::seconds timeout)
    : rank_(rank), peers_(static_cast<std::size_t>(size)) {
  const auto address_key = [&](int of) { return fmt::format("{}/{}", name, of); };
  const Socket listening = Socket::listening({store.own_address(), 0});
  const Place own = listening.own_place();
  store.set(address_key(rank), fmt::format("{} {}", own.port, own.address));
  for (int lower = 0; lower < rank; ++lower) {
    const std::optional<std::string> told = store.get(address_key(lower), timeout);
    check(told.has_value(), "rank {} did not say in time how to reach it", lower);
    const std::size_t space = told->find(' ');
    Socket socket =
        Socket::connected({told->substr(space + 1), std::stoi(told->substr(0, space))}, timeout);
    socket.send(std::to_string(rank));
    peers_[static_cast<std::size_t>(lower)] = std::move(socket);
  }
  const auto until = std::chrono::steady_clock::now() + timeout;
  for (int missing = size - 1 - rank; missing > 0;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    pollfd incoming{.fd = listening.descriptor(), .events = POLLIN, .revents = 0};
    check(left.count() > 0 && ::poll(&incoming, 1, static_cast<int>(left.count())) >= 0,
          "{} processes did not connect to rank {} in time", missing, rank);
    if (incoming.revents == 0) continue;
    Socket socket = listening.accept();
    std::string name;
    if (socket.empty() ||
        socket.receive(name, std::max(left, milliseconds(1))) != Socket::Outcome::received)
      continue;
    for (int higher = rank + 1; higher < size; ++higher) {
      Socket& peer = peers_[static_cast<std::size_t>(higher)];
      if (name != std::to_string(higher) || !peer.empty()) continue;
      peer = std::move(socket);
      --missing;
      break;
    }
  }
}

void Mesh::all_gather(const void* own, std::size_t bytes, void* all, const Watch& watch) const {
  const auto place = [&](std::size_t rank) { return static_cast<char*>(all) + rank * bytes; };
  std::memcpy(place(static_cast<std::size_t>(rank_)), own, bytes);
  std::vector<Transfer> transfers(peers_.size());
  for (std::size_t rank = 0; rank < peers_.size(); ++rank)
    if (!peers_[rank].empty())
      transfers[rank] = {static_cast<const char*>(own), bytes, place(rank), bytes};
  finish(transfers, watch);
}

bool Mesh::carry(std::vector<Transfer>& transfers, const Watch& watch) const {
  bool all = true;
  for (std::size_t rank = 0; rank < peers_.size(); ++rank) {
    Transfer& transfer = transfers[rank];
    if (transfer.done()) continue;
    if (!carry_some(peers_[rank].descriptor(), transfer))
      watch.fail_lost(fmt::format("the connection to rank {} broke", rank));
    all = all && transfer.done();
  }
  return all;
}

void Mesh::finish(std::vector<Transfer>& transfers, const Watch& watch) const {
  std::vector<pollfd> waiting;
  while (!carry(transfers, watch)) {
    watch.check_none_lost();
    waiting.clear();
    for (std::size_t rank = 0; rank < peers_.size(); ++rank) {
      const Transfer& transfer = transfers[rank];
      const auto events =
          (transfer.to_send > 0 ? POLLOUT : 0) | (transfer.to_receive > 0 ? POLLIN : 0);
      if (!transfer.done())
        waiting.push_back(
            {.fd = peers_[rank].descriptor(), .events = static_cast<short>(events), .revents = 0});
    }
    ::poll(waiting.data(), waiting.size(), 500);
  }
}

}  // namespace cmc::distributed
