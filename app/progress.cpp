#include "app/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "cmc/information/info_nce.h"
#include "cmc/report/figures.h"
#include "cmc/with_commas.h"

namespace cmc::app {
namespace {

constexpr double between_lines = 10.0;  // seconds, where there is no terminal
constexpr double between_draws = 0.2;
/// After so many seconds of steps, or so many steps, a run's time can be told.
constexpr double timed_seconds = 2.0;
constexpr std::int64_t timed_steps = 20;

std::string bar(double done, int width) {
  const int filled = static_cast<int>(done * width);
  std::string text;
  for (int i = 0; i < width; ++i) text += i < filled ? "█" : "░";
  return text;
}

}  // namespace

bool StatusLine::on_terminal() {
  return isatty(STDERR_FILENO) != 0;
}

void StatusLine::show(const std::string& text) {
  if (on_terminal())
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
  else
    std::fprintf(stderr, "%s\n", text.c_str());
  std::fflush(stderr);
}

void StatusLine::print(const std::string& text) {
  std::fprintf(stderr, "%s%s\n", on_terminal() ? "\r\033[K" : "", text.c_str());
  std::fflush(stderr);
}

void TrainingProgress::on_step(const training::StepFigures& f) {
  const Clock::time_point now = Clock::now();
  if (first_step_ == 0) {
    first_step_ = f.step;
    first_ = now;
  }
  rate_ = rate_ == 0 ? f.images_per_second : 0.95 * rate_ + 0.05 * f.images_per_second;
  const double spent = std::chrono::duration<double>(now - first_).count();
  if (!told_time_ && f.step > first_step_ &&
      (spent > timed_seconds || f.step - first_step_ >= timed_steps)) {
    told_time_ = true;
    const auto timed = static_cast<double>(f.step - first_step_);
    StatusLine::print(fmt::format(
        "{} steps, {:.4g} epochs; about {}", with_commas(f.steps - first_step_ + 1),
        f.epochs * static_cast<double>(f.steps - first_step_ + 1) / static_cast<double>(f.steps),
        report::duration(spent / timed * static_cast<double>(f.steps - first_step_ + 1))));
  }
  const double since = std::chrono::duration<double>(now - shown_).count();
  if (since < (StatusLine::on_terminal() ? between_draws : between_lines) && f.step != f.steps)
    return;
  shown_ = now;
  const double done = static_cast<double>(f.step) / static_cast<double>(f.steps);
  const double left = f.step == first_step_ ? 0
                                            : spent / static_cast<double>(f.step - first_step_) *
                                                  static_cast<double>(f.steps - f.step);
  const std::string text = fmt::format(
      "epoch {:.2f}/{:.0f}  step {}/{}  loss {:.3f}  training estimate {:.2f} of {:.2f} bits  "
      "{}{}{:.0f} images/s  {} left",
      f.epoch, f.epochs, f.step, f.steps, f.loss, report::bits(f.training_estimate),
      report::bits(f.ceiling), std::isnan(f.log_z) ? "" : fmt::format("log Z {:.2f}  ", f.log_z),
      probe_, rate_, report::duration(left));
  StatusLine::show(StatusLine::on_terminal() ? bar(done, 20) + " " + text : text);
}

void TrainingProgress::on_held_out(const training::HeldOutFigures& f) {
  const std::string bound =
      information::informative(f.tight_bound)
          ? fmt::format("k = {:.0f}, ceiling {:.2f}", f.k, report::bits(f.ceiling))
          : fmt::format("the bound is not informative yet: {:.2f} with k = {:.0f}",
                        report::bits(f.tight_bound), f.k);
  StatusLine::print(fmt::format(
      "epoch {:.2f}  held out: loss {:.3f}, the views share {} ({}), recall@1 {:.1f} %{}", f.epoch,
      f.loss, information::at_least(f.tight_bound), bound, 100 * f.positive_first,
      f.best ? ", best so far" : ""));
}

void TrainingProgress::on_probe(const training::ProbeFigures& f) {
  const std::string reached = f.numbers ? fmt::format("R² {:.3f}", f.linear)
                                        : fmt::format("{:.1f} % linear, {:.1f} % neighbours",
                                                      100 * f.linear, 100 * f.neighbours);
  probe_ = f.numbers ? fmt::format("probe R² {:.3f}  ", f.linear)
                     : fmt::format("probe {:.1f} %  ", 100 * f.linear);
  StatusLine::print(
      fmt::format("step {}  probe: {} of {} samples, fitted with {} labels in {:.1f} s", f.step,
                  reached, with_commas(f.judged), with_commas(f.labels), f.seconds));
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
