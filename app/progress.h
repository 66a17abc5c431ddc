#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cmc/training/observer.h"

namespace cmc::app {

/// Shows a run on stderr: a bar that is drawn over where stderr is a terminal, else a plain line
/// every few seconds.
class TrainingProgress : public training::Observer {
 public:
  void on_start(std::int64_t step) override;
  void on_step(const training::StepFigures& figures) override;
  void on_held_out(const training::HeldOutFigures& figures) override;
  void on_probe(const training::ProbeFigures& figures) override;

 private:
  using Clock = std::chrono::steady_clock;

  /// By the pace since this process began, which is not that of a part before it was resumed.
  double seconds_left(const training::StepFigures& figures) const;

  Clock::time_point shown_ = {};
  std::int64_t before_ = 0;      ///< steps that were done when this process began
  std::int64_t first_step_ = 0;  ///< its first, and when that ended
  double first_seconds_ = 0;
  double rate_ = 0;
  bool told_time_ = false;
  std::string probe_;  ///< what the last one reached
};

/// One line that is drawn over on a terminal, or a plain line elsewhere.
class StatusLine {
 public:
  static bool on_terminal();
  /// How wide a line may be: a letter less than the terminal, since a line that fills the last
  /// column may begin another; 0 where there is no terminal.
  static int columns_left();
  /// Shows `text` in place of what was shown last, cut to the terminal's width.
  static void show(const std::string& text);
  /// Prints `text` as a line that stays.
  static void print(const std::string& text);
};

/// What a long command is at, and how far: drawn over on a terminal, a plain line now and then
/// elsewhere.
class Progress {
 public:
  /// `detail`, such as the rate, stands behind them.
  void show(const std::string& what, double share, const std::string& detail = {});
  /// Takes the line away.
  void clear();

 private:
  std::string what_;
  std::chrono::steady_clock::time_point shown_ = {};
};

/// How fast samples go by, as a text: "1,200 of 60,000  350 samples/s  2 min 48 s left".
class Rate {
 public:
  std::string line(std::int64_t done, std::int64_t all);

 private:
  std::chrono::steady_clock::time_point first_ = {};
  std::int64_t first_done_ = -1;
};

}  // namespace cmc::app
