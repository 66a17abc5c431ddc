#include <fmt/format.h>

#include <cmath>

#include "cmc/information/info_nce.h"
#include "cmc/report/figures.h"
#include "cmc/report/information_rows.h"
#include "cmc/report/sections.h"

namespace cmc::report {
namespace {

using nlohmann::json;

/// The result that the page opens with: all views, the most labels.
const Result* main_result(const Results& results, const char* features) {
  if (results.labels.empty() || results.views.empty()) return nullptr;
  return results.find(results.views.front(), features, results.labels.back());
}

std::string with_labels(const Results& results, std::int64_t labels) {
  return fmt::format("with {}{} labels", labels == results.train_samples ? "all " : "",
                     count(labels));
}

/// The first of the evaluation's retrieval rows; null where it has none.
json first_retrieval(const ReportInput& input) {
  const json rows =
      input.evaluation.is_null() ? json() : input.evaluation.value("retrieval", json::array());
  return rows.empty() ? json() : rows.front();
}

/// What can be said without labels.
std::string retrieval_headline(const json& row) {
  return fmt::format(
      "Of {} samples, {}\u00a0% are retrieved first in \u201c{}\u201d from their \u201c{}\u201d "
      "(recall at 1).",
      count(row.at("candidates").get<std::int64_t>()), percent(row.at("recall_at_1").get<double>()),
      row.at("to").get<std::string>(), row.at("from").get<std::string>());
}

std::string headline(const ReportInput& input, const Results& results) {
  const json retrieval = first_retrieval(input);
  if (results.rows.empty() && !retrieval.is_null()) return retrieval_headline(retrieval);
  const Result* learned = main_result(results, "learned");
  if (!learned) return "This run's evaluation holds no row for the learned representation.";
  if (results.numbers) {
    std::string text =
        fmt::format("Ridge regression on the learned representation reaches R² {} {}",
                    fixed(learned->r2, 3), with_labels(results, learned->labels));
    if (const Result* raw = main_result(results, "raw"))
      text += fmt::format("; the raw values reach {}", fixed(raw->r2, 3));
    return text + ".";
  }
  std::string text =
      fmt::format("A linear probe on the learned representation reaches {}\u00a0% {}",
                  percent(learned->probe_accuracy), with_labels(results, learned->labels));
  if (const Result* raw = main_result(results, "raw")) {
    text += fmt::format("; the raw values reach {}\u00a0%", percent(raw->probe_accuracy));
  }
  return text + ".";
}

/// What the probe reaches in a row.
std::string reached(const Results& results, const Result& row) {
  return results.numbers ? "R² " + fixed(row.r2, 3) : percent(row.probe_accuracy) + "\u00a0%";
}

std::string beside(const Results& results) {
  const Result* untrained = main_result(results, "untrained");
  const Result* supervised = main_result(results, "supervised");
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
  const TrainingPoint& last = input.metrics.training.back();
  std::string text = fmt::format("Trained without labels for {} epochs ({} {})", epochs(last.epoch),
                                 count(last.step), last.step == 1 ? "step" : "steps");
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
  const Result* learned = main_result(results, "learned");
  const Result* other = main_result(results, features);
  if (!learned || !other) return;
  if (results.numbers) {
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
  const auto measured = input.information.is_null() ? std::nullopt : best_bound(input.information);
  if (measured)
    add(measured->nats, fmt::format("from {} to {}, held out, k\u00a0=\u00a0{}", measured->from,
                                    measured->to, measured->k));
  else if (const HeldOutPoint* best = best_held_out(input.metrics))
    add(best->tight_bound,
        fmt::format("on held-out samples, k\u00a0=\u00a0{}", count(std::llround(best->k))));
}

json figures(const ReportInput& input, const Results* results) {
  json figures = json::array();
  if (const Result* learned = results ? main_result(*results, "learned") : nullptr) {
    if (results->numbers)
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
  const json retrieval = first_retrieval(input);
  if (results && results->rows.empty() && !retrieval.is_null()) {
    add_figure(
        figures, "Recall at 1 across views", percent(retrieval.at("recall_at_1").get<double>()),
        "%",
        fmt::format("from {} to {}; by chance {:.2g}\u00a0%",
                    retrieval.at("from").get<std::string>(), retrieval.at("to").get<std::string>(),
                    100 / retrieval.at("candidates").get<double>()));
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
