#include "cmc/advice/doctor/representation_findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "cmc/advice/doctor/view_keys.h"
#include "cmc/evaluation/information_findings.h"
#include "cmc/information/info_nce.h"
#include "cmc/information/units.h"
#include "cmc/with_commas.h"

namespace cmc::advice {
namespace {

using evaluation::Evaluation;
using evaluation::EvaluationRow;
using evaluation::RetrievalRow;

void find_duplicates(const RunFigures& run, std::vector<Finding>& findings) {
  if (!run.repeated_samples || run.train_samples == 0) return;
  const auto repeated = static_cast<double>(*run.repeated_samples);
  const double share = repeated / static_cast<double>(run.train_samples);
  if (share < repeated_share) return;
  findings.push_back(
      {.trouble = Trouble::duplicates,
       .sentence = fmt::format(
           "{} of the {} training samples have the very values of another in every view, and are "
           "its negatives: no encoder can part them, and their loss is never below log 2.",
           with_commas(*run.repeated_samples), with_commas(run.train_samples)),
       .figures = {{"repeated samples", repeated}, {"of the training samples", 100 * share, "%"}},
       .advice = "Name a column that is equal where samples are (data.duplicates), or take the "
                 "copies out.",
       .keys = {"data.duplicates"}});
}

/// A view's pairs and how they fared.
struct Shared {
  std::string view;
  bool any = false;
  std::vector<FindingFigure> figures = {};
  std::string sentence = {};
};

std::vector<std::string> views_of_pairs(const auto& pairs) {
  std::vector<std::string> views;
  for (const auto& pair : pairs)
    for (const std::string& view : {pair.from, pair.to})
      if (std::ranges::count(views, view) == 0) views.push_back(view);
  return views;
}

std::vector<Shared> shared_information(const evaluation::InformationMeasurement& m) {
  std::vector<Shared> shared;
  for (const std::string& view : views_of_pairs(m.pairs)) {
    Shared own{.view = view};
    for (const evaluation::PairInformation& pair : m.pairs) {
      if (pair.from != view && pair.to != view) continue;
      const evaluation::InformationPoint& top = pair.points.back();
      own.any = own.any || information::informative(top.tight_bound);
      own.figures.push_back({fmt::format("bound, {} → {}", pair.from, pair.to),
                             top.tight_bound * information::bits_per_nat, "bits"});
      if (pair.from == view)
        own.sentence += (own.sentence.empty() ? "" : " ") + evaluation::shared_sentence(pair, m);
    }
    shared.push_back(std::move(own));
  }
  return shared;
}

std::vector<Shared> shared_by_retrieval(const std::vector<RetrievalRow>& rows) {
  std::vector<Shared> shared;
  for (const std::string& view : views_of_pairs(rows)) {
    Shared own{.view = view};
    std::vector<std::string> pairs;
    for (const RetrievalRow& row : rows) {
      if (row.from != view && row.to != view) continue;
      const auto candidates = static_cast<double>(row.candidates);
      own.any = own.any || row.recall_at_1 > found_by_chance / candidates ||
                row.median_rank < 0.4 * candidates;
      own.figures.push_back(
          {fmt::format("median rank of {}, {} → {}", row.candidates, row.from, row.to),
           row.median_rank});
    }
    own.sentence = fmt::format("Samples seen in {} are not found in any other view.", view);
    shared.push_back(std::move(own));
  }
  return shared;
}

void find_lone_views(const RunFigures& run, std::vector<Finding>& findings) {
  const bool measured = run.information && !run.information->pairs.empty();
  if (!measured && (!run.evaluation || run.evaluation->retrieval.empty())) return;
  const std::vector<Shared> shared = measured ? shared_information(*run.information)
                                              : shared_by_retrieval(run.evaluation->retrieval);
  const bool all = std::ranges::none_of(shared, &Shared::any);
  for (const Shared& own : shared) {
    if (own.any) continue;
    if (all) {  // one finding speaks of all
      std::vector<FindingFigure> figures;
      for (const Shared& each : shared)
        for (const FindingFigure& figure : each.figures)
          if (std::ranges::none_of(figures, [&](const auto& f) { return f.name == figure.name; }))
            figures.push_back(figure);
      findings.push_back(
          {.trouble = Trouble::lone_view,
           .sentence = measured ? own.sentence : "Samples are not found in any view from another.",
           .figures = std::move(figures),
           .advice =
               "Check that the rows of the views belong together (`cmc views`), train longer, "
               "or choose views that see the same thing.",
           .keys = {"view", "train.epochs"}});
      return;
    }
    findings.push_back(
        {.trouble = Trouble::lone_view,
         .sentence = fmt::format("{} shares nothing with the other views, while they share "
                                 "something. {}",
                                 own.view, own.sentence),
         .figures = own.figures,
         .advice = fmt::format("Check that the rows of {0} belong to the others' (`cmc views`); "
                               "where it really has nothing in common with them, leave it out of "
                               "contrast.pairs or take its [[view]] out.",
                               own.view),
         .keys = {"contrast.pairs", "view"}});
  }
}

/// The row of all views, or of the only one, with the most labels; null where there is none.
const EvaluationRow* widest(const Evaluation& evaluation, const char* features) {
  const EvaluationRow* found = nullptr;
  const auto rank = [](const EvaluationRow& row) {
    return std::pair(row.view == "all", row.labels);
  };
  for (const EvaluationRow& row : evaluation.rows)
    if (row.features == features && (found == nullptr || rank(row) > rank(*found))) found = &row;
  return found;
}

/// What a baseline reaches beside the learned representation, and the error of one of them.
struct Comparison {
  const char* baseline;
  double learned, reached, error;

  bool worse() const { return learned < reached - error; }
  /// Untrained encoders are to be beaten where there is room.
  bool no_better() const {
    return std::string_view(baseline) == "untrained" && learned <= reached && reached < 1 - error;
  }
};

std::optional<Comparison> compare(const Evaluation& evaluation, const char* baseline) {
  const EvaluationRow* learned = widest(evaluation, "learned");
  const EvaluationRow* other = widest(evaluation, baseline);
  if (learned == nullptr || other == nullptr) return std::nullopt;
  if (evaluation.numbers) {
    if (!std::isfinite(learned->r2) || !std::isfinite(other->r2)) return std::nullopt;
    return Comparison{baseline, learned->r2, other->r2,
                      other->r2_deviation / std::sqrt(other->repeats())};
  }
  const double p = other->probe_accuracy;
  const double error =
      other->folds > 0
          ? other->probe_deviation / std::sqrt(other->folds)
          : std::sqrt(p * (1 - p) /
                      static_cast<double>(std::max<std::int64_t>(1, evaluation.test_samples)));
  return Comparison{baseline, learned->probe_accuracy, p, error};
}

/// Whether a queue's slow encoder stands beside batches that are a good part of all samples.
bool queues_needlessly(const RunFigures& run) {
  return recipe::negative_source(run.recipe.contrast, run.train_samples) ==
             recipe::NegativesKind::queue &&
         4 * run.recipe.train.batch_size >= run.train_samples;
}

bool find_no_better(const RunFigures& run, std::vector<Finding>& findings) {
  if (!run.evaluation) return false;
  const bool numbers = run.evaluation->numbers;
  std::vector<std::string> clauses;
  std::vector<FindingFigure> figures;
  const double unit = numbers ? 1 : 100;
  const std::string what = numbers ? "R²" : "probe";
  const auto text = [&](double reached) {
    return numbers ? fmt::format("R² {:.3f}", reached) : fmt::format("{:.1f} %", 100 * reached);
  };
  const auto figure = [&](const std::string& features, double reached) {
    figures.push_back({what + ", " + features, unit * reached, numbers ? "of 1" : "%"});
  };
  for (const char* const baseline : {"untrained", "raw"}) {
    const auto found = compare(*run.evaluation, baseline);
    if (!found || !(found->worse() || found->no_better())) continue;
    if (figures.empty()) figure("learned", found->learned);
    figure(baseline, found->reached);
    clauses.push_back(fmt::format(
        "{} {} {}", found->worse() ? "below" : "no better than",
        std::string_view(baseline) == "raw" ? "the raw values'" : "the untrained encoders'",
        text(found->reached)));
  }
  if (clauses.empty()) return false;
  figures.push_back({"judged samples", static_cast<double>(run.evaluation->test_samples)});
  const EvaluationRow& learned = *widest(*run.evaluation, "learned");
  const Disturbances disturbances = disturbances_of(run.recipe);
  std::vector<std::string> keys = disturbances.keys;
  const bool queue = queues_needlessly(run);
  if (queue) keys.insert(keys.begin(), "contrast.negatives");
  for (const char* const key : {"contrast.temperature", "train.epochs", "encoder.widths"})
    keys.emplace_back(key);
  findings.push_back(
      {.trouble = Trouble::no_better,
       .sentence = fmt::format("A probe on what was learned reaches {}, {}.",
                               text(numbers ? learned.r2 : learned.probe_accuracy),
                               fmt::join(clauses, " and ")),
       .figures = std::move(figures),
       .advice = fmt::format(
           "First see to the other findings, if there are any. Then try {}views that share less "
           "(`cmc advise`; {}), a larger contrast.temperature, other views: what views don't share "
           "is not learned.",
           queue ? "the batch's negatives (contrast.negatives = \"batch\": a batch is a good part "
                   "of these samples), "
                 : "",
           disturbances.advice),
       .keys = std::move(keys)});
  return true;
}

/// Σ p² of the classes among the judged samples: the chance that two are of one class.
double same_class(const Evaluation& evaluation) {
  double all = 0, squares = 0;
  for (const std::vector<std::int64_t>& row : evaluation.confusion) {
    double own = 0;
    for (const std::int64_t count : row) own += static_cast<double>(count);
    all += own;
    squares += own * own;
  }
  return all > 0 ? squares / (all * all) : 0;
}

void find_false_negatives(const RunFigures& run, std::vector<Finding>& findings) {
  const Evaluation& evaluation = *run.evaluation;
  const double same = same_class(evaluation);
  const auto last = runs::last_training(run.metrics);
  double of_class = 0, of_sample = 0, rows = 0;
  for (const RetrievalRow& row : evaluation.retrieval) {
    if (!std::isfinite(row.class_at_1)) continue;
    of_class += row.class_at_1;
    of_sample += row.recall_at_1;
    ++rows;
  }
  if (rows == 0 || !last || same * last->k < 1) return;
  of_class /= rows;
  of_sample /= rows;
  if (of_class - of_sample < class_over_sample) return;
  findings.push_back(
      {.trouble = Trouble::false_negatives,
       .sentence = fmt::format(
           "Of {:.0f} negatives about {:.0f} are of the anchor's own class, and the nearest across "
           "views is of the own class in {:.0f} % of the cases, the own sample in {:.0f} %: they "
           "are pushed apart although they are alike.",
           last->k, same * last->k, 100 * of_class, 100 * of_sample),
       .figures = {{"chance of the same class", 100 * same, "%"},
                   {"own class first", 100 * of_class, "%"},
                   {"own sample first", 100 * of_sample, "%"},
                   {"negatives k", last->k}},
       .advice = fmt::format("Try the debiased loss (contrast.class_prior = {:.2f}), a larger "
                             "contrast.temperature, or fewer negatives (contrast.k).",
                             same),
       .keys = {"contrast.class_prior", "contrast.temperature", "contrast.k"}});
}

}  // namespace

std::vector<Finding> representation_findings(const RunFigures& run) {
  std::vector<Finding> findings;
  find_duplicates(run, findings);
  find_lone_views(run, findings);
  if (find_no_better(run, findings)) find_false_negatives(run, findings);
  return findings;
}

}  // namespace cmc::advice
