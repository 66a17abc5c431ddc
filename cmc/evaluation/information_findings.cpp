#include "cmc/evaluation/information_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "cmc/information/info_nce.h"
#include "cmc/information/units.h"
#include "cmc/with_commas.h"

namespace cmc::evaluation {
namespace {

/// A bound that grows by more than this share over the last doubling of k would grow further.
constexpr double still_rising = 0.02;
/// Views whose means make up more than this share of the positives' squared distance lie apart.
constexpr double large_gap = 0.5;

std::string bits(double nats) {
  return fmt::format("{:.2f}", nats * information::bits_per_nat);
}

std::string number(double value) {
  return fmt::format("{:.0f}", value);
}

std::string interval(const InformationPoint& point) {
  if (!std::isfinite(point.low)) return "";
  return fmt::format(" (95 % interval {} … {})", bits(point.low), bits(point.high));
}

/// The largest k's: the bound grows with k in expectation, and choosing by value would favour
/// noise.
const InformationPoint& largest(const PairInformation& pair) {
  return pair.points.back();
}

/// The direction of each pair of views that shows more.
std::vector<const PairInformation*> better_directions(const InformationMeasurement& m) {
  std::vector<const PairInformation*> better;
  for (std::size_t i = 0; i + 1 < m.pairs.size(); i += 2) {
    const PairInformation &one = m.pairs[i], &other = m.pairs[i + 1];
    better.push_back(largest(one).tight_bound >= largest(other).tight_bound ? &one : &other);
  }
  return better;
}

/// Of how many samples a pair's bound is, where others lack a view.
std::string out_of(const PairInformation& pair, std::int64_t samples) {
  if (pair.samples == samples) return "";
  return fmt::format(" {} of the {} held-out samples have both.", with_commas(pair.samples),
                     with_commas(samples));
}

/// What would give a bound with k negatives more of them, where its samples leave at most `most`.
std::string more_negatives(std::int64_t k, std::int64_t most, const InformationMeasurement& m) {
  if (k < most) return "raise k (--k) to learn more";
  if (m.samples < m.held_out)
    return fmt::format("measure on more of the {} held-out samples (--samples) to learn more",
                       with_commas(m.held_out));
  return "hold out more samples to learn more";
}

}  // namespace

std::string shared_sentence(const PairInformation& pair, const InformationMeasurement& m) {
  const InformationPoint& top = largest(pair);
  const std::string views = fmt::format("{} and {}", pair.from, pair.to);
  if (!information::informative(top.tight_bound))
    return fmt::format(
        "{} share at least 0 bits: the bound is not informative here (log(k + 1) − L is {} bits "
        "with "
        "k = {}). Training was too short, the embeddings have collapsed, or the views share "
        "nothing.",
        views, bits(top.tight_bound), with_commas(top.k));
  const double share = top.tight_bound / top.ceiling;
  if (share >= near_ceiling)
    return fmt::format(
        "{}: the bound is at {:.0f} % of its ceiling of {} bits (k = {}): it says {}{} and no "
        "more; "
        "{}.",
        views, 100 * share, bits(top.ceiling), with_commas(top.k),
        information::at_least(top.tight_bound), interval(top),
        more_negatives(top.k, pair.samples - 1, m));
  std::string text = fmt::format(
      "{} share {}{}: the bound log(k + 1) − L with k = {}, at {:.0f} % of its ceiling of {} bits.",
      views, information::at_least(top.tight_bound), interval(top), with_commas(top.k), 100 * share,
      bits(top.ceiling));
  // Over half a doubling at least: what a shorter step seems to gain is mostly chance.
  const auto before =
      std::ranges::find_if(pair.points.rbegin(), pair.points.rend(),
                           [&](const auto& point) { return 3 * point.k <= 2 * top.k; });
  if (before != pair.points.rend()) {
    const double doublings = std::log2(static_cast<double>(top.k) / static_cast<double>(before->k));
    const double growth = (top.tight_bound - before->tight_bound) / doublings;
    text += growth > still_rising * top.tight_bound
                ? fmt::format(" It still grows by {} bits as k doubles: {}.", bits(growth),
                              more_negatives(top.k, pair.samples - 1, m))
                : fmt::format(
                      " It hardly grows with k any more ({} bits a doubling): the ceiling "
                      "is not what limits it.",
                      bits(growth));
  }
  return text;
}

bool has_every_negative(const TrainingEstimate& training) {
  // k is a mean over steps: 63 of them may be 62.99….
  return training.most_k > 0 && training.k > static_cast<double>(training.most_k) - 0.5;
}

std::string training_sentence(const TrainingEstimate& training) {
  const std::string text =
      fmt::format("In training, k = {} allowed at most {} bits; the training estimate ended at {}",
                  number(training.k), bits(training.ceiling), bits(training.estimate));
  if (!information::informative(training.estimate))
    return text + ", which is nothing: these encoders did not learn what the views share.";
  return text + fmt::format(", {:.0f} % of that.", 100 * training.estimate / training.ceiling);
}

std::string near_ceiling_sentence(const TrainingEstimate& training) {
  return has_every_negative(training)
             ? "So near its ceiling it no longer distinguishes encoders, and k is already all "
               "other "
               "training samples: train on more samples."
             : "So near its ceiling it no longer distinguishes encoders: raise k in training.";
}

bool has_collapsed(const ViewGeometry& view) {
  return view.effective_rank < collapsed_share * static_cast<double>(view.largest_rank());
}

namespace {

std::string trained_with(const TrainingEstimate& training, const InformationPoint& best) {
  std::string text = training_sentence(training);
  if (best.tight_bound > training.ceiling)
    text += fmt::format(
        " Held-out samples show {} bits, more than that ceiling: training had too few negatives "
        "to see what it learned.",
        bits(best.tight_bound));
  else if (information::informative(training.estimate) &&
           training.estimate >= near_ceiling * training.ceiling)
    text += " " + near_ceiling_sentence(training);
  return text;
}

/// What all views share, beside the largest of the pairs' bounds.
std::string shared_together(const TotalCorrelation& all, const InformationPoint& pair,
                            const InformationMeasurement& m) {
  const std::string views =
      fmt::format("The {} views", all.views == 3 ? "three" : std::to_string(all.views));
  if (all.points.empty())
    return fmt::format(
        "{} together: {} of the {} held-out samples have all, too few for a bound on their total "
        "correlation.",
        views, all.samples, with_commas(m.samples));
  const std::string untrained =
      " Embeddings that were trained by pairs needn't show what views share only together; "
      "contrast.loss = \"multilinear\" trains them to.";
  const InformationPoint& top = all.points.back();
  if (!information::informative(top.tight_bound))
    return fmt::format(
               "{} together: the bound on their total correlation is not informative here "
               "(log(k + 1) − L of the multilinear critic is {} bits with k = {}).",
               views, bits(top.tight_bound), with_commas(top.k)) +
           untrained;
  std::string text = fmt::format(
      "{} share {} together{}: the bound log(k + 1) − L on their total correlation with k = {}, at "
      "{:.0f} % of its ceiling of {} bits.",
      views, information::at_least(top.tight_bound), interval(top), with_commas(top.k),
      100 * top.tight_bound / top.ceiling, bits(top.ceiling));
  if (!information::informative(pair.tight_bound))
    text += " No pair of them shows anything.";
  else if (pair.tight_bound < top.tight_bound)
    text += fmt::format(" No pair of them shows more than {} bits.", bits(pair.tight_bound));
  else
    text += fmt::format(" A pair of them alone shows {} bits, which are part of it.{}",
                        bits(pair.tight_bound), untrained);
  if (top.tight_bound >= near_ceiling * top.ceiling)
    text += fmt::format(" So near its ceiling the bound says no more: {}.",
                        more_negatives(top.k, all.most_k(), m));
  if (all.samples != m.samples)
    text += fmt::format(" {} of the {} held-out samples have all views.", with_commas(all.samples),
                        with_commas(m.samples));
  return text;
}

std::string labels(const InformationMeasurement& m, const InformationPoint& best) {
  const ViewLabels& all = m.labels.back();
  const double entropy = all.information.label_entropy;
  if (entropy == 0)
    return fmt::format(
        "The {} held-out samples with a label are all of one class: they can't show what the "
        "representation holds of the {} classes.",
        with_commas(all.samples), m.classes);
  const double held = all.information.bound.mean;
  std::string text = fmt::format(
      "The views share {}; the {} classes are {} bits, of which the representation{} holds ",
      information::at_least(best.tight_bound), m.classes, bits(entropy),
      m.labels.size() > 1 ? " of all views" : "");
  const std::string reach =
      std::isfinite(all.information.bound.low)
          ? fmt::format("95 % interval {} … {}", bits(all.information.bound.low),
                        bits(all.information.bound.high))
          : "one sample gives no interval";
  text += information::informative(held)
              ? fmt::format("at least {} ({}; {:.0f} %).", bits(held), reach, 100 * held / entropy)
              : fmt::format(
                    "at least 0: the probe's bound is not informative ({}; {}), since the probe "
                    "predicts the held-out labels no better than the class frequencies do.",
                    bits(held), reach);
  for (std::size_t v = 0; v + 1 < m.labels.size(); ++v)
    text += fmt::format("{} {} alone {}", v == 0 ? " Of these," : ",", m.labels[v].view,
                        bits(std::max(m.labels[v].information.bound.mean, 0.0)));
  return text + (m.labels.size() > 1 ? "." : "");
}

}  // namespace

std::string rank_sentence(const ViewGeometry& view) {
  const std::int64_t largest = view.largest_rank();
  const std::string text = fmt::format(
      "{}: effective rank {:.0f} of {}{}: ", view.view, view.effective_rank, largest,
      largest < view.dimension ? fmt::format(", all that {} samples can show in {} dimensions",
                                             with_commas(view.samples), view.dimension)
                               : "");
  if (has_collapsed(view)) return text + "the embedding has collapsed in most directions.";
  return text + "most directions are used.";
}

namespace {

std::string apart(const PairInformation& pair) {
  std::string text = fmt::format(
      "{} and {}: the mean cosine of positives is {:.2f}, of negatives {:.2f}; the means of the "
      "two views are {:.2f} apart",
      pair.from, pair.to, pair.positive_similarity, pair.negative_similarity, pair.modality_gap);
  // The positives' mean squared distance is the gap's square and what samples add to it.
  const double share = pair.modality_gap * pair.modality_gap / std::max(pair.alignment, 1e-12);
  return text + (share > large_gap
                     ? fmt::format(": a modality gap, {:.0f} % of the positives' mean "
                                   "squared distance.",
                                   100 * share)
                     : ".");
}

}  // namespace

std::vector<std::string> findings(const InformationMeasurement& m) {
  std::vector<std::string> sentences;
  const std::vector<const PairInformation*> pairs = better_directions(m);
  const InformationPoint* best = nullptr;
  for (const PairInformation* pair : pairs) {
    sentences.push_back(shared_sentence(*pair, m) + out_of(*pair, m.samples));
    const InformationPoint& top = largest(*pair);
    if (!best || top.tight_bound > best->tight_bound) best = &top;
  }
  for (const SparsePair& pair : m.unmeasured)
    sentences.push_back(
        fmt::format("{} and {}: {} of the {} held-out samples have both, too few for a bound.",
                    pair.from, pair.to, pair.samples, with_commas(m.samples)));
  if (best && m.total_correlation)
    sentences.push_back(shared_together(*m.total_correlation, *best, m));
  if (best && m.training) sentences.push_back(trained_with(*m.training, *best));
  if (best && !m.labels.empty()) sentences.push_back(labels(m, *best));
  if (m.unknown_labels > 0)
    sentences.push_back(
        fmt::format("{} held-out samples are of classes without a training label; the statements "
                    "about labels leave them out.",
                    with_commas(m.unknown_labels)));
  for (const ViewGeometry& view : m.views) sentences.push_back(rank_sentence(view));
  for (const PairInformation* pair : pairs) sentences.push_back(apart(*pair));
  return sentences;
}

}  // namespace cmc::evaluation
