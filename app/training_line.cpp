#include "app/training_line.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "cmc/files/utf8.h"
#include "cmc/information/info_nce.h"
#include "cmc/report/figures.h"
#include "cmc/with_commas.h"

namespace cmc::app {
namespace {

std::string bar(double done, int width) {
  const int filled = static_cast<int>(done * width);
  std::string text;
  for (int i = 0; i < width; ++i) text += i < filled ? "█" : "░";
  return text + " ";
}

int letters(const std::string& text) {
  return static_cast<int>(files::code_points(text));
}

/// "12", and of a budget in steps "0.35".
std::string epochs_text(double epochs) {
  return epochs == std::round(epochs) ? fmt::format("{:.0f}", epochs)
                                      : fmt::format("{:.2f}", epochs);
}

/// The first of `lines`, fuller ones first, that fits; all fit where there are no columns.
std::string fitting(const std::vector<std::string>& lines, int columns) {
  if (columns <= 0) return lines.front();
  for (const std::string& line : lines)
    if (letters(line) <= columns) return line;
  return cut_to(lines.back(), columns);
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
  return fitting(
      {bar(done, 20) + all,
       fmt::format("{}{}  {}  {}  {}  {}{}", bar(done, 10), epoch, step, loss, estimate, rate,
                   left),
       fmt::format("{}{}  {}  {}  {}{}", bar(done, 10), epoch, loss, estimate, rate, left),
       fmt::format("{}{}  {}  {}{}", bar(done, 10), epoch, loss, estimate, left),
       fmt::format("{}{}  {}{}", bar(done, 10), epoch, loss, left),
       fmt::format("{}  {}{}", epoch, loss, left), fmt::format("{}/{}{}", f.step, f.steps, left)},
      columns);
}

std::string held_out_line(const training::HeldOutFigures& f, int columns) {
  const bool informative = information::informative(f.tight_bound);
  const double bound = report::bits(f.tight_bound), ceiling = report::bits(f.ceiling);
  const double recall = 100 * f.positive_first;
  const std::string beside =
      informative
          ? fmt::format("k = {:.0f}, ceiling {:.2f}", f.k, ceiling)
          : fmt::format("the bound is not informative yet: {:.2f} with k = {:.0f}", bound, f.k);
  const std::string shared = informative
                                 ? fmt::format("at least {:.2f} of {:.2f} bits", bound, ceiling)
                                 : "no informative bound yet";
  const char* const best = f.best ? ", best" : "";
  return fitting(
      {fmt::format(
           "epoch {:.2f}  held out: loss {:.3f}, the views share {} ({}), recall@1 {:.1f} %{}",
           f.epoch, f.loss, information::at_least(f.tight_bound), beside, recall,
           f.best ? ", best so far" : ""),
       fmt::format("epoch {:.2f}  held out: loss {:.3f}, {}, recall@1 {:.1f} %{}", f.epoch, f.loss,
                   shared, recall, best),
       fmt::format("epoch {:.2f}  {}, recall@1 {:.1f} %{}", f.epoch, shared, recall, best),
       fmt::format("epoch {}  {}{}", epochs_text(f.epoch), shared, best)},
      columns);
}

std::string probe_line(const training::ProbeFigures& f, int columns) {
  const std::string linear = f.numbers ? fmt::format("R² {:.3f}", f.linear)
                                       : fmt::format("{:.1f} % linear", 100 * f.linear);
  const std::string reached =
      f.numbers ? linear : fmt::format("{}, {:.1f} % neighbours", linear, 100 * f.neighbours);
  return fitting(
      {fmt::format("step {}  probe: {} of {} samples, fitted with {} labels in {:.1f} s", f.step,
                   reached, with_commas(f.judged), with_commas(f.labels), f.seconds),
       fmt::format("step {}  probe: {}, {} labels", f.step, reached, with_commas(f.labels)),
       fmt::format("step {}  probe: {}", f.step, reached),
       fmt::format("step {}  {}", f.step, linear)},
      columns);
}

}  // namespace cmc::app
