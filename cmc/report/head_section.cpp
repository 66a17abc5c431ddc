#include <fmt/format.h>

#include <cmath>

#include "cmc/information/info_nce.h"
#include "cmc/report/figures.h"
#include "cmc/report/information_rows.h"
#include "cmc/report/sections.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using evaluation::EvaluationRow;
using evaluation::RetrievalRow;
using nlohmann::json;

/// The result that the page opens with: all views, the most labels.
const EvaluationRow* main_result(const Results& results, const char* features) {
  if (results.labels.empty() || results.views.empty()) return nullptr;
  return results.find(results.views.front(), features, results.labels.back());
}

std::string with_labels(const Results& results, std::int64_t labels) {
  return fmt::format("with {}{} labels", labels == results.evaluation.train_samples ? "all " : "",
                     with_commas(labels));
}

/// The first of the evaluation's retrieval rows; null where it has none.
const RetrievalRow* first_retrieval(const ReportInput& input) {
  if (!input.evaluation || input.evaluation->retrieval.empty()) return nullptr;
  return &input.evaluation->retrieval.front();
}

/// What can be said without labels.
std::string retrieval_headline(const RetrievalRow& row) {
  return fmt::format(
      "Of {} samples, {}\u00a0% are retrieved first in \u201c{}\u201d from their \u201c{}\u201d "
      "(recall at 1).",
      with_commas(row.candidates), percent(row.recall_at_1), row.to, row.from);
}

std::string headline(const ReportInput& input, const Results& results) {
  const RetrievalRow* retrieval = first_retrieval(input);
  if (results.evaluation.rows.empty() && retrieval) return retrieval_headline(*retrieval);
  const EvaluationRow* learned = main_result(results, "learned");
  if (!learned) return "This run's evaluation holds no row for the learned representation.";
  if (results.evaluation.numbers) {
    std::string text =
        fmt::format("Ridge regression on the learned representation reaches R² {} {}",
                    fixed(learned->r2, 3), with_labels(results, learned->labels));
    if (const EvaluationRow* raw = main_result(results, "raw"))
      text += fmt::format("; the raw values reach {}", fixed(raw->r2, 3));
    return text + ".";
  }
  std::string text =
      fmt::format("A linear probe on the learned representation reaches {}\u00a0% {}",
                  percent(learned->probe_accuracy), with_labels(results, learned->labels));
  if (const EvaluationRow* raw = main_result(results, "raw")) {
    text += fmt::format("; the raw values reach {}\u00a0%", percent(raw->probe_accuracy));
  }
  return text + ".";
}

/// What the probe reaches in a row.
std::string reached(const Results& results, const EvaluationRow& row) {
  return results.evaluation.numbers ? "R² " + fixed(row.r2, 3)
                                    : percent(row.probe_accuracy) + "\u00a0%";
}

std::string beside(const Results& results) {
  const EvaluationRow* untrained = main_result(results, "untrained");
  const EvaluationRow* supervised = main_result(results, "supervised");
  std::string text;
  if (untrained)
    text += fmt::format(" The same encoder, untrained, reaches {}", reached(results, *untrained));
  if (supervised) {
    text += fmt::format("{} trained with all labels for as many steps, {}",
                        untrained ? ";" : " The same encoder", reached(results, *supervised));
  }
  return text.empty() ? text : text + ".";
}

/// Epochs as a person would say them: "12", "5.6".
std::string epochs(double n) {
  return fixed(n, std::abs(n - std::round(n)) < 0.05 ? 0 : 1);
}

std::string training(const ReportInput& input) {
  if (input.metrics.training.empty()) return "";
  const training::StepFigures& last = input.metrics.training.back();
  std::string text = fmt::format(
      "Trained {} labels for {} epochs ({} {})", trained_with_labels(input) ? "with" : "without",
      epochs(last.epoch), with_commas(last.step), last.step == 1 ? "step" : "steps");
  const auto seconds = input.environment.find("seconds");
  if (seconds != input.environment.end() && seconds->is_number()) {
    text += " in " + duration(seconds->get<double>());
  }
  return text + ".";
}

void add_figure(json& figures, const std::string& label, const std::string& value,
                const std::string& unit, const std::string& note) {
  figures.push_back({{"label", label}, {"value", value}, {"unit", unit}, {"note", note}});
}

void add_gain(json& figures, const Results& results, const char* features, const char* label) {
  const EvaluationRow* learned = main_result(results, "learned");
  const EvaluationRow* other = main_result(results, features);
  if (!learned || !other) return;
  if (results.evaluation.numbers) {
    const double gain = learned->r2 - other->r2;
    add_figure(figures, label, (gain < 0 ? "−" : "+") + fixed(std::abs(gain), 3), "of R²",
               fmt::format("{} against {}", fixed(learned->r2, 3), fixed(other->r2, 3)));
    return;
  }
  const double points = 100 * (learned->probe_accuracy - other->probe_accuracy);
  add_figure(figures, label, (points < 0 ? "−" : "+") + fixed(points < 0 ? -points : points, 1),
             "points",
             fmt::format("{}\u00a0% against {}\u00a0%", percent(learned->probe_accuracy),
                         percent(other->probe_accuracy)));
}

/// What the views share at least: as `cmc information` measured it, or else at the best epoch.
void add_shared(json& figures, const ReportInput& input) {
  const auto add = [&](double nats, const std::string& where) {
    const bool told = information::informative(nats);
    add_figure(figures, "Shared information, bound",
               told ? "≥ " + fixed(bits(nats), 2) : std::string("≥ 0"), "bits",
               told ? fmt::format("{} nats, {}", fixed(nats, 2), where)
                    : fmt::format("not informative: {} bits, {}", fixed(bits(nats), 2), where));
  };
  const auto measured = input.information ? best_bound(*input.information) : std::nullopt;
  if (measured)
    add(measured->nats, fmt::format("from {} to {}, held out, k\u00a0=\u00a0{}", measured->from,
                                    measured->to, with_commas(measured->k)));
  else if (const training::HeldOutFigures* best = best_held_out(input.metrics))
    add(best->tight_bound,
        fmt::format("on held-out samples, k\u00a0=\u00a0{}", with_commas(std::llround(best->k))));
}

json figures(const ReportInput& input, const Results* results) {
  json figures = json::array();
  if (const EvaluationRow* learned = results ? main_result(*results, "learned") : nullptr) {
    if (results->evaluation.numbers)
      add_figure(figures, "Ridge regression, learned", r2_text(*learned), "R²",
                 fmt::format("{}; mean absolute error {}", with_labels(*results, learned->labels),
                             mae_text(*learned)));
    else
      add_figure(figures, "Linear probe, learned",
                 percent(learned->probe_accuracy, learned->probe_deviation, learned->repeats()),
                 "%", with_labels(*results, learned->labels));
    add_gain(figures, *results, "raw", "Over raw values");
    add_gain(figures, *results, "untrained", "Over the untrained encoder");
  }
  const RetrievalRow* retrieval = first_retrieval(input);
  if (results && results->evaluation.rows.empty() && retrieval) {
    add_figure(figures, "Recall at 1 across views", percent(retrieval->recall_at_1), "%",
               fmt::format("from {} to {}; by chance {:.2g}\u00a0%", retrieval->from, retrieval->to,
                           100 / static_cast<double>(retrieval->candidates)));
  }
  add_shared(figures, input);
  return figures;
}

}  // namespace

json head_section(const ReportInput& input, const Results* results) {
  return {{"headline", results ? headline(input, *results)
                               : "This run has been trained, but not yet evaluated."},
          {"lede", training(input) + (results ? beside(*results) : "")},
          {"figures", figures(input, results)}};
}

}  // namespace cmc::report
