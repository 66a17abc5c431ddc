#include "app/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "app/training_line.h"
#include "cmc/report/figures.h"
#include "cmc/with_commas.h"

namespace cmc::app {
namespace {

constexpr double between_lines = 10.0;  // seconds, where there is no terminal
constexpr double between_draws = 0.2;
/// After so many seconds of steps, or so many steps, a run's time can be told.
constexpr double timed_seconds = 2.0;
constexpr std::int64_t timed_steps = 20;

}  // namespace

bool StatusLine::on_terminal() {
  return isatty(STDERR_FILENO) != 0;
}

int StatusLine::columns_left() {
  if (!on_terminal()) return 0;
  constexpr int usual = 80;
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return (known ? size.ws_col : usual) - 1;
}

void StatusLine::show(const std::string& text) {
  if (on_terminal())
    std::fprintf(stderr, "\r\033[K%s", cut_to(text, columns_left()).c_str());
  else
    std::fprintf(stderr, "%s\n", text.c_str());
  std::fflush(stderr);
}

void StatusLine::print(const std::string& text) {
  std::fprintf(stderr, "%s%s\n", on_terminal() ? "\r\033[K" : "", text.c_str());
  std::fflush(stderr);
}

void TrainingProgress::on_start(std::int64_t step) {
  before_ = step;
}

void TrainingProgress::on_step(const training::StepFigures& f) {
  if (first_step_ == 0) {
    first_step_ = f.step;
    first_seconds_ = f.seconds;
  }
  rate_ = rate_ == 0 ? f.images_per_second : 0.95 * rate_ + 0.05 * f.images_per_second;
  const double spent = f.seconds - first_seconds_;
  if (!told_time_ && f.step > first_step_ &&
      (spent > timed_seconds || f.step - first_step_ >= timed_steps)) {
    told_time_ = true;
    const std::int64_t steps = f.steps - before_;
    StatusLine::print(
        fmt::format("{} steps, {:.4g} epochs; about {}", with_commas(steps),
                    f.epochs * static_cast<double>(steps) / static_cast<double>(f.steps),
                    report::duration(spent / static_cast<double>(f.step - first_step_) *
                                     static_cast<double>(steps))));
  }
  const Clock::time_point now = Clock::now();
  const double since = std::chrono::duration<double>(now - shown_).count();
  if (since < (StatusLine::on_terminal() ? between_draws : between_lines) && f.step != f.steps)
    return;
  shown_ = now;
  const TrainingPace pace{
      .samples_per_second = rate_, .seconds_left = seconds_left(f), .probe = probe_};
  StatusLine::show(training_line(f, pace, StatusLine::columns_left()));
}

double TrainingProgress::seconds_left(const training::StepFigures& f) const {
  // The first step takes memory and starts the loader: it counts while there is no other.
  const bool others = f.step > first_step_;
  const double seconds = others ? f.seconds - first_seconds_ : f.seconds;
  const std::int64_t steps = f.step - (others ? first_step_ : before_);
  return seconds / static_cast<double>(steps) * static_cast<double>(f.steps - f.step);
}

void TrainingProgress::on_held_out(const training::HeldOutFigures& f) {
  StatusLine::print(held_out_line(f, StatusLine::columns_left()));
}

void TrainingProgress::on_probe(const training::ProbeFigures& f) {
  probe_ = f.numbers ? fmt::format("R² {:.3f}", f.linear) : fmt::format("{:.1f} %", 100 * f.linear);
  StatusLine::print(probe_line(f, StatusLine::columns_left()));
}

void Progress::show(const std::string& what, double share, const std::string& detail) {
  const auto now = std::chrono::steady_clock::now();
  const double since = std::chrono::duration<double>(now - shown_).count();
  if (what == what_ && since < (StatusLine::on_terminal() ? between_draws : between_lines)) return;
  what_ = what;
  shown_ = now;
  StatusLine::show(
      fmt::format("{}  {:.0f} %{}{}", what, 100 * share, detail.empty() ? "" : "  ", detail));
}

void Progress::clear() {
  if (StatusLine::on_terminal()) StatusLine::show("");
}

std::string Rate::line(std::int64_t done, std::int64_t all) {
  const auto now = std::chrono::steady_clock::now();
  if (first_done_ < 0) {
    first_ = now;
    first_done_ = done;
  }
  const double seconds = std::chrono::duration<double>(now - first_).count();
  if (done == first_done_ || seconds <= 0) return fmt::format("{} of {}", done, all);
  const double rate = static_cast<double>(done - first_done_) / seconds;
  return fmt::format("{} of {}  {:.0f} samples/s  {} left", done, all, rate,
                     report::duration(static_cast<double>(all - done) / rate));
}

}  // namespace cmc::app
