#include "cmc/advice/doctor/training_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cmc/advice/doctor/view_keys.h"
#include "cmc/evaluation/information_findings.h"
#include "cmc/information/units.h"
#include "cmc/runs/learned_views.h"
#include "cmc/runs/overfitting.h"
#include "cmc/with_commas.h"

namespace cmc::advice {
namespace {

using training::HeldOutFigures;
using training::StepFigures;

double in_bits(double nats) {
  return nats * information::bits_per_nat;
}

FindingFigure steps_of(const RunFigures& run) {
  return {"steps", static_cast<double>(run.steps_done())};
}

evaluation::TrainingEstimate estimate_of(const RunFigures& run, const StepFigures& last) {
  return {.k = last.k,
          .estimate = last.training_estimate,
          .ceiling = last.ceiling,
          .most_k = std::max<std::int64_t>(0, run.train_samples - 1)};
}

std::vector<FindingFigure> estimate_figures(const RunFigures& run, const StepFigures& last) {
  return {{"training estimate", in_bits(last.training_estimate), "bits"},
          {"ceiling log(k + 1)", in_bits(last.ceiling), "bits"},
          {"negatives k", last.k},
          steps_of(run)};
}

/// The mean of what `of` gives over the steps from one share of all to another.
template <class Of>
double mean_between(const RunFigures& run, double from, double to, const Of& of) {
  const auto n = static_cast<double>(run.metrics.training.size());
  const auto begin = static_cast<std::size_t>(from * n), end = static_cast<std::size_t>(to * n);
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i) sum += of(run.metrics.training[i]);
  return sum / static_cast<double>(end - begin);
}

const HeldOutFigures* last_held_out(const RunFigures& run) {
  return run.metrics.held_out.empty() ? nullptr : &run.metrics.held_out.back();
}

/// Whether a figure is at least so much in the second quarter of the steps, and in the end.
template <class Of>
bool since_the_first_half(const RunFigures& run, double least, const Of& of) {
  return run.metrics.training.size() >= static_cast<std::size_t>(steps_to_learn) &&
         mean_between(run, 0.25, 0.5, of) >= least && mean_between(run, 0.9, 1, of) >= least;
}

const char* budget_key(const RunFigures& run) {
  return run.recipe.train.steps > 0 ? "train.steps" : "train.epochs";
}

void find_few_steps(const RunFigures& run, std::vector<Finding>& findings) {
  if (!run.finished()) return;
  const char* const key = budget_key(run);
  if (run.steps_done() < fewest_steps) {
    findings.push_back(
        {.trouble = Trouble::few_steps,
         .sentence = fmt::format("Training was {} steps: encoders are hardly moved by so few.",
                                 run.steps_done()),
         .figures = {steps_of(run), {"training samples", static_cast<double>(run.train_samples)}},
         .advice = fmt::format("Raise {}, or leave both budgets out: {} steps are made then, at "
                               "least.",
                               key, with_commas(training::least_steps)),
         .keys = {key}});
    return;
  }
  const auto estimate = [](const StepFigures& f) { return f.training_estimate / f.ceiling; };
  const double before = mean_between(run, 0.6, 0.8, estimate);
  const double after = mean_between(run, 0.8, 1, estimate);
  if (!(after - before > rising_share)) return;
  findings.push_back({.trouble = Trouble::few_steps,
                      .sentence = fmt::format(
                          "Training ended while it still learned: from the fourth to the last "
                          "fifth of its {} steps the estimate rose by {:.0f} % of its ceiling.",
                          with_commas(run.steps_done()), 100 * (after - before)),
                      .figures = {{"estimate of its ceiling, fourth fifth", 100 * before, "%"},
                                  {"estimate of its ceiling, last fifth", 100 * after, "%"},
                                  steps_of(run)},
                      .advice = fmt::format("Train longer: three times the {}.", key),
                      .keys = {key}});
}

bool find_at_chance(const RunFigures& run, const StepFigures& last,
                    std::vector<Finding>& findings) {
  const std::int64_t patience = run.recipe.train.schedule.warmup_steps + steps_to_learn;
  if (run.steps_done() < patience || !(last.training_estimate < chance_share * last.ceiling))
    return false;
  if (last.positive_first > 3 / (last.k + 1) + 0.01) return false;
  std::vector<FindingFigure> figures = estimate_figures(run, last);
  figures.push_back({"k-pair loss", last.ceiling - last.training_estimate, "nats"});
  figures.push_back({"positives first", 100 * last.positive_first, "%"});
  findings.push_back(
      {.trouble = Trouble::at_chance,
       .sentence = fmt::format("After {} steps the loss is that of guessing, log(k + 1). {}",
                               with_commas(run.steps_done()),
                               evaluation::training_sentence(estimate_of(run, last))),
       .figures = std::move(figures),
       .advice = "Look at the rows of `cmc views` first: do the views of a row belong together? "
                 "Then try a third and three times the train.learning_rate, and a larger "
                 "contrast.temperature.",
       .keys = {"train.learning_rate", "contrast.temperature"}});
  return true;
}

void find_few_negatives(const RunFigures& run, const StepFigures& last,
                        std::vector<Finding>& findings) {
  const evaluation::TrainingEstimate estimate = estimate_of(run, last);
  if (evaluation::has_every_negative(estimate)) return;
  if (!since_the_first_half(run, evaluation::near_ceiling,
                            [](const StepFigures& f) { return f.training_estimate / f.ceiling; }))
    return;
  const bool by_batch = recipe::negative_source(run.recipe.contrast, run.train_samples) ==
                        recipe::NegativesKind::batch;
  findings.push_back(
      {.trouble = Trouble::few_negatives,
       .sentence = evaluation::training_sentence(estimate) + " " +
                   evaluation::near_ceiling_sentence(estimate),
       .figures = estimate_figures(run, last),
       .advice = by_batch ? "Raise train.batch_size (train.passes saves its memory), or take "
                            "negatives from a queue or a bank (contrast.negatives)."
                          : "Raise contrast.k, contrast.queue_length or train.batch_size.",
       .keys = by_batch ? std::vector<std::string>{"train.batch_size", "contrast.negatives"}
                        : std::vector<std::string>{"contrast.k", "contrast.queue_length",
                                                   "train.batch_size"}});
}

void find_alike_views(const RunFigures& run, const StepFigures& last,
                      std::vector<Finding>& findings) {
  const HeldOutFigures* held_out = last_held_out(run);
  if (held_out != nullptr && held_out->positive_first < always_first) return;
  if (!since_the_first_half(run, always_first,
                            [](const StepFigures& f) { return f.positive_first; }))
    return;
  std::vector<FindingFigure> figures = {{"positives first", 100 * last.positive_first, "%"}};
  if (held_out != nullptr)
    figures.push_back({"held-out positives first", 100 * held_out->positive_first, "%"});
  figures.push_back({"negatives k", last.k});
  figures.push_back(steps_of(run));
  findings.push_back({.trouble = Trouble::alike_views,
                      .sentence = fmt::format(
                          "The positive ranks first among {:.0f} negatives in {:.1f} % of the "
                          "cases: the views are so alike that any detail tells the sample, and "
                          "nothing else need be learned.",
                          last.k, 100 * last.positive_first),
                      .figures = std::move(figures),
                      .advice = "Make the views share less: " + disturbances_of(run.recipe).advice +
                                "; `cmc advise` finds how much is best.",
                      .keys = disturbances_of(run.recipe).keys});
}

void find_collapse(const RunFigures& run, std::vector<Finding>& findings) {
  const HeldOutFigures* highest = nullptr;
  for (const HeldOutFigures& point : run.metrics.held_out)
    if (std::isfinite(point.effective_rank) &&
        (highest == nullptr || point.effective_rank > highest->effective_rank))
      highest = &point;
  std::string sentence;
  std::vector<FindingFigure> figures;
  if (highest != nullptr) {
    const HeldOutFigures& last = *last_held_out(run);
    double lowest = last.effective_rank;
    for (const HeldOutFigures& point : run.metrics.held_out)
      if (std::isfinite(point.effective_rank)) lowest = std::min(lowest, point.effective_rank);
    // Untrained encoders spread widely; what fell with the first steps and rises since is learned.
    if (!(last.effective_rank < fallen_share * highest->effective_rank &&
          last.effective_rank < evaluation::collapsed_share * last.largest_rank &&
          last.effective_rank < risen_share * lowest))
      return;
    sentence = fmt::format(
        "The effective rank of the held-out embeddings fell from {:.0f} to {:.0f} of {:.0f}, the "
        "smaller of their dimension and the samples less one: the embedding collapses.",
        highest->effective_rank, last.effective_rank, last.largest_rank);
    figures = {{"effective rank", last.effective_rank},
               {"its highest", highest->effective_rank},
               {"at most", last.largest_rank}};
  } else if (run.information) {
    for (const evaluation::ViewGeometry& view : run.information->views) {
      if (!evaluation::has_collapsed(view)) continue;
      sentence += (sentence.empty() ? "" : " ") + evaluation::rank_sentence(view);
      figures.push_back({"effective rank of " + view.view, view.effective_rank});
      figures.push_back({"at most", static_cast<double>(view.largest_rank())});
    }
  }
  if (figures.empty()) return;
  figures.push_back(steps_of(run));
  findings.push_back(
      {.trouble = Trouble::collapse,
       .sentence = std::move(sentence),
       .figures = std::move(figures),
       .advice = "Try a lower train.learning_rate, the batch's negatives "
                 "(contrast.negatives = \"batch\") and a smaller "
                 "contrast.temperature.",
       .keys = {"train.learning_rate", "contrast.negatives", "contrast.temperature"}});
}

void find_by_heart(const RunFigures& run, std::vector<Finding>& findings) {
  // A generator that learns makes held-out samples harder, too.
  if (runs::learned_views(run.recipe) != nullptr) return;
  const auto found = runs::overfitting(run.metrics);
  if (!found) return;
  const Disturbances disturbances = disturbances_of(run.recipe);
  const bool by_steps = run.recipe.train.steps > 0;
  std::vector<std::string> keys = {budget_key(run)};
  keys.insert(keys.end(), disturbances.keys.begin(), disturbances.keys.end());
  keys.emplace_back("train.weight_decay");
  const std::string rose = fmt::format(
      "while the training estimate rose from {:.2f} to {:.2f} bits: the training samples are "
      "learned by heart",
      in_bits(found->estimate_at_best), in_bits(found->last_estimate));
  const bool useful = found->best_beats_chance();
  const std::string shorter =
      !useful    ? "D"
      : by_steps ? fmt::format("Train for about {} steps (train.steps), d", found->best.step)
                 : fmt::format("Train for about {:.0f} epochs (train.epochs), d",
                               std::max(1.0, std::ceil(found->best.epoch)));
  findings.push_back(
      {.trouble = Trouble::by_heart,
       .sentence =
           useful ? fmt::format(
                        "Held-out samples were best at epoch {:.4g}, with a loss of {:.2f}, and "
                        "are at {:.2f} now, "
                        "{}. {}",
                        found->best.epoch, found->best.loss, found->last_loss, rose,
                        run.finished()
                            ? "checkpoint-best, of that epoch, is what is evaluated and embedded "
                              "unless you ask for another (--checkpoint)."
                            : "checkpoint-best keeps that epoch.")
                  : fmt::format("Held-out samples were never better than chance: their loss was "
                                "{:.2f} at its lowest, "
                                "where guessing has {:.2f}, and is {:.2f} now, {}. What was "
                                "learned of them does not "
                                "hold for others; the last weights are judged.",
                                found->best.loss, found->best.ceiling, found->last_loss, rose),
       .figures = {{"held-out loss, lowest", found->best.loss, "nats"},
                   {"held-out loss, now", found->last_loss, "nats"},
                   {"training estimate then", in_bits(found->estimate_at_best), "bits"},
                   {"training estimate now", in_bits(found->last_estimate), "bits"},
                   {"best at step", static_cast<double>(found->best.step)},
                   steps_of(run)},
       .advice = fmt::format("{}isturb the views more ({}), or train on more samples.", shorter,
                             disturbances.advice),
       .keys = std::move(keys)});
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::ranges::nth_element(values, middle);
  return *middle;
}

void find_spikes(const RunFigures& run, std::vector<Finding>& findings) {
  constexpr std::size_t before = 20;
  const std::vector<StepFigures>& steps = run.metrics.training;
  const std::int64_t first = run.recipe.train.schedule.warmup_steps + steps_to_learn;
  std::int64_t spikes = 0, at = 0;
  double highest = 0, from = 0;
  for (std::size_t i = before; i < steps.size(); ++i) {
    if (steps[i].step < first) continue;
    const auto loss = [&](std::size_t j) { return steps[j].ceiling - steps[j].training_estimate; };
    if (loss(i) <= spike_share * steps[i].ceiling) continue;  // most steps: medians take time
    std::vector<double> window, distances;
    for (std::size_t j = i - before; j < i; ++j) window.push_back(loss(j));
    const double middle = median(window);
    if (!(loss(i) - middle > spike_share * steps[i].ceiling)) continue;
    for (const double value : window) distances.push_back(std::abs(value - middle));
    if (!(loss(i) - middle > spike_deviations * 1.4826 * median(distances))) continue;
    ++spikes;
    if (loss(i) <= highest) continue;
    highest = loss(i);
    from = middle;
    at = steps[i].step;
  }
  if (spikes == 0) return;
  findings.push_back(
      {.trouble = Trouble::spikes,
       .sentence =
           fmt::format("The loss leapt up at {} step{}, at step {} the most: from {:.2f} to "
                       "{:.2f} nats.",
                       with_commas(spikes), spikes == 1 ? "" : "s", with_commas(at), from, highest),
       .figures = {{"leaps", static_cast<double>(spikes)},
                   {"loss before", from, "nats"},
                   {"loss then", highest, "nats"},
                   {"at step", static_cast<double>(at)}},
       .advice = "Set train.clip_gradient = 1, lower the train.learning_rate, or lengthen "
                 "train.warmup_steps.",
       .keys = {"train.clip_gradient", "train.learning_rate", "train.warmup_steps"}});
}

}  // namespace

std::vector<Finding> training_findings(const RunFigures& run) {
  std::vector<Finding> findings;
  const auto last = runs::last_training(run.metrics);
  if (!last) return findings;
  find_few_steps(run, findings);
  if (!find_at_chance(run, *last, findings)) {
    find_few_negatives(run, *last, findings);
    find_alike_views(run, *last, findings);
  }
  find_collapse(run, findings);
  find_by_heart(run, findings);
  find_spikes(run, findings);
  return findings;
}

}  // namespace cmc::advice
