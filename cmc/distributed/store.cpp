#include "cmc/distributed/store.h"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "cmc/distributed/lost.h"
#include "cmc/error.h"

namespace cmc::distributed {
namespace {

using std::chrono::milliseconds;

/// What comes first in a connection.
constexpr const char *of_store = "cmc store", *of_watch = "cmc watch ";

/// A question to the store: what is asked, the key, and a value or a number of milliseconds.
std::string question(char kind, const std::string& key, const std::string& value = {}) {
  const auto size = static_cast<std::uint32_t>(key.size());
  std::string text(1, kind);
  text.append(reinterpret_cast<const char*>(&size), sizeof size);
  return text + key + value;
}

/// Reads the number that ends `text` behind `before`; false where there is none.
template <class Number>
bool number_behind(const std::string& text, std::string_view before, Number& number) {
  const char* const begin = text.data() + before.size();
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(begin, end, number);
  return error == std::errc() && last == end;
}

}  // namespace

StoreServer::StoreServer(Socket listening)
    : listening_(std::move(listening)), accepting_([this] { accept(); }) {}

StoreServer::~StoreServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const auto& socket : sockets_) socket->shut();
  }
  changed_.notify_all();
  listening_.shut();
  accepting_.join();
  for (std::thread& thread : threads_) thread.join();
}

void StoreServer::accept() {
  for (;;) {
    auto socket = std::make_unique<Socket>(listening_.accept());
    const std::lock_guard lock(mutex_);
    if (ending_ || socket->empty()) return;
    threads_.emplace_back([this, held = socket.get()] { serve(*held); });
    sockets_.push_back(std::move(socket));
  }
}

void StoreServer::serve(const Socket& socket) try {
  std::string first;
  if (socket.receive(first, patience) != Socket::Outcome::received) return;
  if (first == of_store)
    answer(socket);
  else if (int rank = 0; first.starts_with(of_watch) && number_behind(first, of_watch, rank))
    hear(socket, rank);
  socket.shut();
} catch (const Error&) {
  socket.shut();  // the other end is gone: a watch has told so, and a store has nobody to answer
}

void StoreServer::answer(const Socket& socket) {
  for (std::string text; socket.receive(text) == Socket::Outcome::received;) {
    std::uint32_t size = 0;
    if (text.size() < 1 + sizeof size) return;
    std::memcpy(&size, text.data() + 1, sizeof size);
    if (text.size() - 1 - sizeof size < size) return;
    const std::string key = text.substr(1 + sizeof size, size),
                      value = text.substr(1 + sizeof size + size);
    std::unique_lock lock(mutex_);
    if (text[0] == 's') {
      values_[key] = value;
      changed_.notify_all();
      lock.unlock();
      socket.send("+");
      continue;
    }
    if (text[0] != 'g') return;
    std::int64_t patient = 0;
    if (!number_behind(value, "", patient)) return;
    changed_.wait_for(lock, milliseconds(patient),
                      [&] { return ending_ || !loss_.empty() || values_.contains(key); });
    const auto found = values_.find(key);
    const std::string reply = found != values_.end() ? "+" + found->second : "-" + loss_;
    lock.unlock();
    socket.send(reply);
  }
}

void StoreServer::hear(const Socket& socket, int rank) {
  for (std::string text;;) {
    switch (socket.receive(text, patience)) {
      case Socket::Outcome::ended:
        return note(fmt::format("rank {} ended", rank));
      case Socket::Outcome::silent:
        return note(fmt::format("rank {} has not answered for {} seconds", rank, patience.count()));
      case Socket::Outcome::received:
        break;
    }
    if (text == "leave") return;
    if (!text.empty()) note(fmt::format("rank {} failed: {}", rank, text));
    std::string known;
    {
      const std::lock_guard lock(mutex_);
      known = loss_;
    }
    socket.send(known);
  }
}

void StoreServer::note(const std::string& loss) {
  const std::lock_guard lock(mutex_);
  if (ending_ || !loss_.empty()) return;
  loss_ = loss;
  changed_.notify_all();
}

StoreClient::StoreClient(const Place& place, std::chrono::seconds timeout)
    : socket_(Socket::connected(place, timeout)) {
  socket_.send(of_store);
}

std::string StoreClient::ask(const std::string& question, milliseconds within) {
  const std::lock_guard lock(mutex_);
  socket_.send(question);
  std::string reply;
  check(socket_.receive(reply, within + patience) == Socket::Outcome::received && !reply.empty(),
        "rank 0, which keeps what the processes find each other by, is lost");
  return reply;
}

void StoreClient::set(const std::string& key, const std::string& value) {
  ask(question('s', key, value), {});
}

std::optional<std::string> StoreClient::get(const std::string& key, milliseconds timeout) {
  const std::string reply = ask(question('g', key, std::to_string(timeout.count())), timeout);
  if (reply[0] == '+') return reply.substr(1);
  check(reply.size() == 1, "{}", reply.substr(1));
  return std::nullopt;
}

bool StoreClient::has(const std::string& key) {
  return get(key, {}).has_value();
}

Watch::Watch(const Place& place, int rank, std::chrono::seconds timeout)
    : socket_(Socket::connected(place, timeout)) {
  socket_.send(of_watch + std::to_string(rank));
  beating_ = std::thread([this] { beat(); });
}

Watch::~Watch() {
  {
    const std::lock_guard lock(mutex_);
    leaving_ = true;
  }
  changed_.notify_all();
  if (!loss().empty()) socket_.shut();
  beating_.join();
}

void Watch::beat() {
  std::string loss;
  try {
    for (;;) {
      std::unique_lock lock(mutex_);
      if (leaving_) {
        lock.unlock();
        socket_.send("leave");
        return;
      }
      const std::string why = why_;
      lock.unlock();
      socket_.send(why);
      switch (socket_.receive(loss, patience)) {
        case Socket::Outcome::ended:
          cmc::fail("rank 0 ended");
        case Socket::Outcome::silent:
          cmc::fail("rank 0 has not answered for {} seconds", patience.count());
        case Socket::Outcome::received:
          break;
      }
      lock.lock();
      if (!loss.empty()) break;
      changed_.wait_for(lock, std::chrono::seconds(1), [&] { return leaving_ || why != why_; });
    }
  } catch (const Error& error) {
    loss = error.what();
  }
  const std::lock_guard lock(mutex_);
  loss_ = loss;
  changed_.notify_all();
}

std::string Watch::loss() const {
  const std::lock_guard lock(mutex_);
  return loss_;
}

std::string Watch::loss_within(std::chrono::seconds time) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [&] { return !loss_.empty(); });
  return loss_;
}

void Watch::check_none_lost() const {
  if (const std::string known = loss(); !known.empty()) throw Lost(known);
}

void Watch::fail_lost(const std::string& broken) const {
  const std::string known = loss_within(patience + std::chrono::seconds(5));
  throw Lost(known.empty() ? broken : known);
}

void Watch::fail(const std::string& why) {
  const std::lock_guard lock(mutex_);
  why_ = why.empty() ? "for no reason that it told" : why;
  changed_.notify_all();
}

}  // namespace cmc::distributed
