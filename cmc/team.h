#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <span>
#include <thread>
#include <vector>

namespace cmc {

/// Threads that each do a part of one piece of work, such as some rows of a batch through a whole
/// network, and meet only where the work needs it. In the work, libtorch's operators run on the
/// member's own thread. Who waits sleeps after some microseconds: on a core that is shared with
/// other processes, the time goes to the member that is behind.
///
///     Team team(4);
///     team.run(4, [&](int member) { … });
class Team {
 public:
  explicit Team(int members);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return static_cast<int>(threads_.size()); }

  /// Begins `work` by members 0 … members − 1 and returns at once. Throws Error where what was
  /// begun before has not ended.
  void start(int members, std::function<void(int)> work);
  /// Waits until all have ended. Throws what the first of them threw; the others then leave at
  /// their next meeting.
  void finish();
  /// Both.
  void run(int members, std::function<void(int)> work);

  /// The team whose work the calling thread does; nullptr outside of it.
  static Team* current();
  /// Which member of it the calling thread is; 0 outside of a team.
  static int member();

  /// What a meeting makes of the numbers that the members have given, in their order.
  using Combine = std::function<std::vector<double>(std::span<const std::vector<double>>)>;

  /// In the work: what `combine` makes of the numbers of all members that run, when all have given
  /// theirs. One of them calls it for all. The result is valid until the member's next meeting.
  std::span<const double> combined(std::span<const double> own, const Combine& combine);

 private:
  void live(int member);
  void wait() const;
  void meet(const std::function<void()>& last);

  std::vector<std::thread> threads_;
  std::function<void(int)> work_;  ///< none: the team ends
  int members_ = 0;                ///< that run
  std::atomic<int> started_ = 0;   ///< pieces of work
  std::atomic<int> running_ = 0;   ///< members that have not ended this one
  std::atomic<int> arrived_ = 0;   ///< at the next meeting
  std::atomic<int> meetings_ = 0;
  std::atomic<bool> abandoned_ = false;
  std::exception_ptr error_;
  std::vector<std::vector<double>> given_[2];  ///< by the meeting's parity, a member each
  std::vector<double> made_[2];                ///< of them
};

}  // namespace cmc
