#include "cmc/team.h"

#include <utility>

#include "cmc/error.h"
#include "cmc/one_thread.h"

namespace cmc {
namespace {

/// Another member has failed: its error is the one that is told.
struct Abandoned : std::exception {};

thread_local Team* team_of_thread = nullptr;
thread_local int member_of_thread = 0;

}  // namespace

Team::Team(int members) {
  check(members > 0, "a team of {} members; it needs at least 1", members);
  for (auto& given : given_) given.resize(static_cast<std::size_t>(members));
  for (int member = 0; member < members; ++member)
    threads_.emplace_back([this, member] { live(member); });
}

Team::~Team() {
  wait();
  work_ = nullptr;
  ++started_;
  started_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Team* Team::current() {
  return team_of_thread;
}

int Team::member() {
  return member_of_thread;
}

void Team::start(int members, std::function<void(int)> work) {
  check(members > 0 && members <= size(), "{} members of a team of {} were asked for", members,
        size());
  check(running_ == 0, "a team was given work before it had finished what it had");
  work_ = std::move(work);
  members_ = members;
  arrived_ = 0;
  abandoned_ = false;
  error_ = nullptr;
  running_ = size();
  ++started_;
  started_.notify_all();
}

void Team::finish() {
  wait();
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void Team::run(int members, std::function<void(int)> work) {
  start(members, std::move(work));
  finish();
}

void Team::wait() const {
  for (int left = running_; left > 0; left = running_) running_.wait(left);
}

void Team::live(int member) {
  team_of_thread = this;
  member_of_thread = member;
  for (int seen = 0;; ++seen) {
    started_.wait(seen);
    if (!work_) return;
    use_one_thread();
    if (member < members_) {
      try {
        work_(member);
      } catch (const Abandoned&) {  // NOLINT(bugprone-empty-catch): another's error is told
      } catch (...) {
        if (!abandoned_.exchange(true)) error_ = std::current_exception();
        ++meetings_;
        meetings_.notify_all();
      }
    }
    if (--running_ == 0) running_.notify_one();
  }
}

/// The last to arrive calls `last` before all go on.
void Team::meet(const std::function<void()>& last) {
  // In this order: whoever does not see the abandoned work here is woken by what its end adds.
  const int meeting = meetings_;
  if (abandoned_) throw Abandoned();
  if (++arrived_ == members_) {
    last();
    arrived_ = 0;
    ++meetings_;
    meetings_.notify_all();
    return;
  }
  meetings_.wait(meeting);
  if (abandoned_) throw Abandoned();
}

std::span<const double> Team::combined(std::span<const double> own, const Combine& combine) {
  // Nobody writes here before all have read it: that takes two meetings.
  const int parity = meetings_ % 2;
  std::vector<std::vector<double>>& given = given_[parity];
  given[static_cast<std::size_t>(member_of_thread)].assign(own.begin(), own.end());
  meet([&] { made_[parity] = combine({given.data(), static_cast<std::size_t>(members_)}); });
  return made_[parity];
}

}  // namespace cmc
