#pragma once

#include <string>

#include "cmc/training/observer.h"

namespace cmc::app {

/// What a line of progress tells beside a step's figures.
struct TrainingPace {
  double samples_per_second = 0;
  double seconds_left = -1;  ///< below 0: not known yet
  std::string probe = {};    ///< what the last probe reached, such as "81.2 %"; empty: none
};

/// A line about a step: how far training is, the loss, what it says of information, the pace and
/// the time left. With `columns` above 0 it has a bar and fits into so many columns: it tells less
/// where they are few.
std::string training_line(const training::StepFigures& figures, const TrainingPace& pace,
                          int columns = 0);

/// A line about held-out samples: the loss, the bound on what the views share, and how often the
/// positive ranks first. It fits into `columns` where these are above 0.
std::string held_out_line(const training::HeldOutFigures& figures, int columns = 0);

/// A line about a probe on the way, as wide.
std::string probe_line(const training::ProbeFigures& figures, int columns = 0);

/// A text cut to so many columns, a letter each, "…" at the end of what is cut.
std::string cut_to(const std::string& text, int columns);

}  // namespace cmc::app
