#include "cmc/report/run_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cmc/report/figures.h"
#include "cmc/report/information_rows.h"
#include "cmc/report/results.h"
#include "cmc/report/sections.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using evaluation::EvaluationRow;
using evaluation::RetrievalRow;
using nlohmann::json;

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<ProbeFigures> probe_of(const evaluation::Evaluation& evaluation) {
  const Results results(evaluation);
  if (results.views.empty() || results.labels.empty()) return std::nullopt;
  ProbeFigures figures{.numbers = evaluation.numbers,
                       .labels = results.labels.back(),
                       .judged = evaluation.test_samples,
                       .view = results.views.front()};
  const auto reached = [&](const char* features) -> std::optional<double> {
    const EvaluationRow* row = results.find(figures.view, features, figures.labels);
    if (row == nullptr) return std::nullopt;
    return finite(figures.numbers ? row->r2 : row->probe_accuracy);
  };
  figures.learned = reached("learned");
  figures.raw = reached("raw");
  figures.untrained = reached("untrained");
  figures.supervised = reached("supervised");
  return figures;
}

void take_evaluation(RunFigures& figures, const evaluation::Evaluation& evaluation) {
  figures.probe = probe_of(evaluation);
  if (evaluation.retrieval.empty()) return;
  double sum = 0;
  for (const RetrievalRow& row : evaluation.retrieval) {
    sum += row.recall_at_1;
    figures.candidates = std::max(figures.candidates, row.candidates);
  }
  figures.recall_at_1 = finite(sum / static_cast<double>(evaluation.retrieval.size()));
}

void take_training(RunFigures& figures, const runs::RunFolder& run) {
  const runs::Metrics metrics = run.metrics();
  figures.steps = run.recipe().train.steps;
  figures.epochs = figures.steps > 0 ? 0 : static_cast<double>(run.recipe().train.epochs);
  if (!metrics.training.empty()) {
    figures.step = metrics.training.back().step;
    figures.epoch = metrics.training.back().epoch;
    figures.seconds = finite(metrics.training.back().seconds);
  }
  const auto seconds = run.info().find("seconds");
  if (figures.state == runs::RunState::finished && seconds != run.info().end() &&
      seconds->is_number())
    figures.seconds = seconds->get<double>();
  if (const training::HeldOutFigures* best = best_held_out(metrics)) {
    figures.held_out = best->tight_bound;
    figures.held_out_k = std::llround(best->k);
  }
}

json number(const std::optional<double>& value) {
  return value ? json(*value) : json();
}

}  // namespace

RunFigures run_figures(const runs::FoundRun& found) {
  const auto normal = (found.path / "").lexically_normal().parent_path();
  RunFigures figures{.name = std::filesystem::absolute(normal).filename().string(),
                     .folder = normal.string(),
                     .state = found.state,
                     .detail = found.detail,
                     .started = found.started};
  if (!found.run) return figures;
  figures.recipe = found.run->recipe().name;
  take_training(figures, *found.run);
  if (const auto evaluation = found.run->evaluation()) take_evaluation(figures, *evaluation);
  if (const auto information = found.run->information())
    if (const auto best = best_bound(*information)) figures.information = best->nats;
  return figures;
}

std::string state_text(const RunFigures& figures) {
  const std::string state = runs::name(figures.state);
  if (figures.state == runs::RunState::stopped)
    return fmt::format("{} at step {}", state, with_commas(figures.step));
  return figures.detail.empty() ? state : state + ": " + figures.detail;
}

std::string probe_text(const RunFigures& figures, std::optional<double> ProbeFigures::*kind) {
  const std::optional<double> value = figures.probe ? (*figures.probe).*kind : std::nullopt;
  if (!value) return "–";
  return figures.probe->numbers ? fixed(*value, 3) : percent(*value);
}

json to_json(const RunFigures& figures) {
  json probe = nullptr;
  if (figures.probe)
    probe = {{"measure", figures.probe->numbers ? "r2" : "accuracy"},
             {"view", figures.probe->view},
             {"labels", figures.probe->labels},
             {"learned", number(figures.probe->learned)},
             {"raw", number(figures.probe->raw)},
             {"untrained", number(figures.probe->untrained)},
             {"supervised", number(figures.probe->supervised)}};
  return {{"name", figures.name},
          {"folder", figures.folder},
          {"recipe", figures.recipe},
          {"state", runs::name(figures.state)},
          {"detail", figures.detail},
          {"started", figures.started},
          {"step", figures.step},
          {"epoch", figures.epoch},
          {"seconds", number(figures.seconds)},
          {"held_out_bound_nats", number(figures.held_out)},
          {"held_out_k", figures.held_out_k},
          {"information_nats", number(figures.information)},
          {"probe", probe},
          {"recall_at_1", number(figures.recall_at_1)},
          {"candidates", figures.candidates}};
}

}  // namespace cmc::report
