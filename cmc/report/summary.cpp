#include "cmc/report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cmc/report/figures.h"
#include "cmc/report/results.h"
#include "cmc/report/text_table.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using evaluation::EvaluationRow;
using evaluation::RetrievalRow;

template <class Cell>
std::string table(const Results& results, const Cell& cell) {
  std::vector<std::vector<std::string>> lines = {{"view", "features"}};
  for (const std::int64_t labels : results.labels) {
    lines[0].push_back(with_commas(labels) + (labels == 1 ? " label" : " labels"));
  }
  for (const std::string& view : results.views) {
    bool first = true;
    for (const std::string& features : results.features) {
      std::vector<std::string> line = {first ? view : "", features};
      bool any = false;
      for (const std::int64_t labels : results.labels) {
        const EvaluationRow* row = results.find(view, features, labels);
        any = any || row;
        line.push_back(row ? cell(*row) : "–");
      }
      if (!any) continue;
      lines.push_back(std::move(line));
      first = false;
    }
  }
  return text_table(lines, 2);
}

/// What retrieval tells of two views: a line's title, its figure and what that is shown in.
struct RetrievalFigure {
  const char* title;
  double RetrievalRow::*figure;
  double unit;
};

constexpr RetrievalFigure class_first = {"class@1", &RetrievalRow::class_at_1, 100};

/// Five rows a view that asks, or four where classes are unknown, and a column a view that answers.
std::string retrieval_table(const std::vector<RetrievalRow>& rows) {
  std::vector<RetrievalFigure> figures = {{"recall@1", &RetrievalRow::recall_at_1, 100},
                                          {"recall@5", &RetrievalRow::recall_at_5, 100},
                                          {"recall@10", &RetrievalRow::recall_at_10, 100},
                                          {"median rank", &RetrievalRow::median_rank, 1}};
  const auto tells_class = [](const RetrievalRow& row) { return std::isfinite(row.class_at_1); };
  if (std::ranges::any_of(rows, tells_class)) figures.push_back(class_first);
  std::vector<std::string> views;
  for (const RetrievalRow& row : rows)
    for (const std::string& view : {row.from, row.to})
      if (std::ranges::count(views, view) == 0) views.push_back(view);
  std::vector<std::vector<std::string>> lines = {{"from", ""}};
  for (const std::string& view : views) lines[0].push_back(view);
  for (const std::string& from : views) {
    for (const RetrievalFigure& figure : figures) {
      std::vector<std::string> line = {&figure == &figures.front() ? from : "", figure.title};
      for (const std::string& to : views) {
        const auto found = std::ranges::find_if(
            rows, [&](const RetrievalRow& row) { return row.from == from && row.to == to; });
        line.push_back(found == rows.end() ? "–" : fixed(figure.unit * (*found).*figure.figure, 1));
      }
      lines.push_back(std::move(line));
    }
  }
  return text_table(lines, 2);
}

std::string found_across_views(const evaluation::Evaluation& evaluation) {
  if (evaluation.retrieval.empty()) return "";
  const std::int64_t candidates =
      std::ranges::max(evaluation.retrieval, {}, &RetrievalRow::candidates).candidates;
  return fmt::format("\nRetrieval across views, recall in % of {} {}\n", with_commas(candidates),
                     evaluation.cross_validated ? "samples, which training saw" : "test samples") +
         retrieval_table(evaluation.retrieval);
}

/// A row a view whose classes were found by their names.
std::string found_by_names(const evaluation::Evaluation& evaluation) {
  if (!evaluation.zero_shot) return "";
  const evaluation::ZeroShot& by_names = *evaluation.zero_shot;
  const auto told = [](const evaluation::ZeroShotRow& row) { return std::isfinite(row.top_5); };
  const bool five = std::ranges::any_of(by_names.rows, told);
  std::vector<std::vector<std::string>> lines = {
      {"view", "samples", "top 1", "95 % interval", "by class", "chance", "largest class"}};
  if (five) lines[0].insert(lines[0].begin() + 4, "top 5");
  for (const evaluation::ZeroShotRow& row : by_names.rows) {
    std::vector<std::string> line = {row.view,
                                     with_commas(row.samples),
                                     percent(row.accuracy),
                                     interval_text(row),
                                     percent(row.balanced),
                                     percent(by_names.chance()),
                                     percent(row.largest_class)};
    if (five) line.insert(line.begin() + 4, percent(row.top_5));
    lines.push_back(std::move(line));
  }
  return fmt::format("\nZero-shot, {} classes by their names as view {} reads them, in % of {}\n",
                     with_commas(static_cast<std::int64_t>(by_names.classes.size())),
                     by_names.text_view,
                     evaluation.cross_validated ? "samples, which training saw" : "test samples") +
         text_table(lines, 1);
}

}  // namespace

std::string summary(const evaluation::Evaluation& evaluation) {
  const Results results(evaluation);
  const std::string across = found_by_names(evaluation) + found_across_views(evaluation);
  std::string notes;
  for (const std::string& note : evaluation.notes) notes += note + "\n";
  if (results.views.empty()) return notes + across;
  if (!notes.empty()) notes = "\n" + notes;
  const std::string where =
      results.judged() + (evaluation.layer.empty()
                              ? ""
                              : fmt::format(", at layer \"{}\" of the encoders", evaluation.layer));
  if (evaluation.numbers)
    return "Ridge regression, R² on " + where + "\n" + table(results, r2_text) +
           "\nRidge regression, mean absolute error on " + where + "\n" + table(results, mae_text) +
           notes + across;
  const std::string of = "accuracy in % of " + where;
  return "Linear probe, " + of + "\n" +
         table(results,
               [](const EvaluationRow& row) {
                 return percent(row.probe_accuracy, row.probe_deviation, row.repeats());
               }) +
         "\nNearest neighbours, " + of + "\n" +
         table(results,
               [](const EvaluationRow& row) {
                 return percent(row.knn_accuracy, row.knn_deviation, row.repeats());
               }) +
         notes + across;
}

}  // namespace cmc::report
