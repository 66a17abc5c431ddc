#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "cmc/advice/doctor/finding.h"
#include "cmc/advice/doctor/run_figures.h"

namespace cmc::advice::test {

inline bool has(const std::vector<Finding>& findings, Trouble trouble) {
  return std::ranges::count(findings, trouble, &Finding::trouble) == 1;
}

inline const Finding& get(const std::vector<Finding>& findings, Trouble trouble) {
  return *std::ranges::find(findings, trouble, &Finding::trouble);
}

inline double figure(const Finding& finding, const std::string& name) {
  return std::ranges::find(finding.figures, name, &FindingFigure::name)->value;
}

/// 1,000 steps of batches of 64 among 640 samples: k = 63, ceiling log 64 = 6 bits. The estimate
/// rises to `share` of the ceiling with a time constant of 150 steps, the held-out one to 0.9 of
/// that, and the rank of held-out embeddings from 20 to 40 of 100.
inline RunFigures made_run(double share = 0.6) {
  RunFigures run;
  run.train_samples = 640;
  run.planned_steps = 1000;
  run.repeated_samples = 0;
  const double ceiling = std::log(64.0);
  for (std::int64_t step = 1; step <= 1000; ++step) {
    const double reached = share * (1 - std::exp(-static_cast<double>(step) / 150));
    const double noise = 0.02 * std::sin(1.7 * static_cast<double>(step));
    run.metrics.training.push_back({.step = step,
                                    .steps = 1000,
                                    .epoch = static_cast<double>(step) / 10,
                                    .loss = 2 * (1 - reached) * ceiling,
                                    .k = 63,
                                    .training_estimate = (reached + noise) * ceiling,
                                    .ceiling = ceiling,
                                    .positive_first = reached});
    if (step % 50 != 0) continue;
    run.metrics.held_out.push_back({.step = step,
                                    .epoch = static_cast<double>(step) / 10,
                                    .loss = (1 - 0.9 * reached) * ceiling,
                                    .k = 63,
                                    .tight_bound = 0.9 * reached * ceiling,
                                    .ceiling = ceiling,
                                    .positive_first = 0.9 * reached,
                                    .effective_rank = 20 + 20 * reached / share,
                                    .largest_rank = 100});
  }
  return run;
}

/// A row of an evaluation with all labels.
inline evaluation::EvaluationRow row(const std::string& features, double accuracy) {
  return {.view = "all",
          .features = features,
          .labels = 600,
          .probe_accuracy = accuracy,
          .knn_accuracy = accuracy};
}

/// Of 400 judged samples of four classes alike.
inline evaluation::Evaluation made_evaluation(double learned, double raw, double untrained) {
  evaluation::Evaluation evaluation;
  evaluation.classes = {"a", "b", "c", "d"};
  evaluation.rows = {row("learned", learned), row("raw", raw), row("untrained", untrained)};
  evaluation.confusion = {{100, 0, 0, 0}, {0, 100, 0, 0}, {0, 0, 100, 0}, {0, 0, 0, 100}};
  evaluation.test_samples = 400;
  evaluation.train_samples = 640;
  evaluation.retrieval = {{.from = "left",
                           .to = "right",
                           .recall_at_1 = 0.6,
                           .median_rank = 1,
                           .class_at_1 = 0.8,
                           .candidates = 400},
                          {.from = "right",
                           .to = "left",
                           .recall_at_1 = 0.6,
                           .median_rank = 1,
                           .class_at_1 = 0.8,
                           .candidates = 400}};
  return evaluation;
}

}  // namespace cmc::advice::test
