#include "app/training_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cmc/report/figures.h"

namespace cmc::app {
namespace {

std::string bar(double done, int width) {
  const int filled = static_cast<int>(done * width);
  std::string text;
  for (int i = 0; i < width; ++i) text += i < filled ? "█" : "░";
  return text + " ";
}

/// Letters of UTF-8.
int letters(const std::string& text) {
  return static_cast<int>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// "12", and of a budget in steps "0.35".
std::string epochs_text(double epochs) {
  return epochs == std::round(epochs) ? fmt::format("{:.0f}", epochs)
                                      : fmt::format("{:.2f}", epochs);
}

}  // namespace

std::string cut_to(const std::string& text, int columns) {
  if (letters(text) <= columns) return text;
  std::string cut;
  int count = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80 && ++count >= columns) break;
    cut += c;
  }
  return cut + "…";
}

std::string training_line(const training::StepFigures& f, const TrainingPace& pace, int columns) {
  const std::string epoch = fmt::format("epoch {:.2f}/{}", f.epoch, epochs_text(f.epochs)),
                    step = fmt::format("step {}/{}", f.step, f.steps),
                    loss = fmt::format("loss {:.3f}", f.loss),
                    estimate =
                        fmt::format("{:.2f} of {:.2f} bits", report::bits(f.training_estimate),
                                    report::bits(f.ceiling)),
                    log_z = std::isnan(f.log_z) ? "" : fmt::format("  log Z {:.2f}", f.log_z),
                    probe = pace.probe.empty() ? "" : "  probe " + pace.probe,
                    rate = fmt::format("{:.0f} samples/s", pace.samples_per_second),
                    left = pace.seconds_left < 0
                               ? ""
                               : fmt::format("  {} left", report::duration(pace.seconds_left));
  std::string all = fmt::format("{}  {}  {}  training estimate {}{}{}  {}{}", epoch, step, loss,
                                estimate, log_z, probe, rate, left);
  if (columns <= 0) return all;
  const double done = static_cast<double>(f.step) / static_cast<double>(f.steps);
  const std::array fuller = {
      bar(done, 20) + all,
      fmt::format("{}{}  {}  {}  {}  {}{}", bar(done, 10), epoch, step, loss, estimate, rate, left),
      fmt::format("{}{}  {}  {}  {}{}", bar(done, 10), epoch, loss, estimate, rate, left),
      fmt::format("{}{}  {}  {}{}", bar(done, 10), epoch, loss, estimate, left),
      fmt::format("{}{}  {}{}", bar(done, 10), epoch, loss, left),
      fmt::format("{}  {}{}", epoch, loss, left),
      fmt::format("{}/{}{}", f.step, f.steps, left)};
  for (const std::string& line : fuller)
    if (letters(line) <= columns) return line;
  return cut_to(fuller.back(), columns);
}

}  // namespace cmc::app
