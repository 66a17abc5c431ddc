#include "cmc/advice/advice.h"

#include <fmt/format.h>

#include <cctype>

#include "cmc/advice/results.h"
#include "cmc/information/info_nce.h"
#include "cmc/information/units.h"
#include "cmc/report/text_table.h"

namespace cmc::advice {
namespace {

using information::bits_per_nat;
using information::ConfidenceInterval;
using nlohmann::json;

/// Sentences on what was found.
class Findings {
 public:
  explicit Findings(const Advice& advice) : advice_(advice) {}

  std::string quality(const ConfidenceInterval& interval) const {
    return advice_.labelled ? plus_minus(interval, 2, 100) + " points of accuracy"
                            : plus_minus(interval, 2) + " of effective rank";
  }
  std::string setting(std::size_t i) const {
    return fmt::format("{} = {}", advice_.key, advice_.values[i].value);
  }
  std::string shared(std::size_t i) const {
    return plus_minus(advice_.values[i].nats, 2, bits_per_nat) + " bits";
  }

  std::string shape() const {
    const std::size_t best = advice_.peak.best, last = advice_.values.size() - 1;
    std::string end = fmt::format(
        "the peak is at an end of the family, {} ({}): the best may lie beyond it. Extend the "
        "family on that side",
        setting(best), shared(best));
    switch (advice_.peak.shape) {
      case PeakShape::unknown:
        return fmt::format(
            "one seed gives no error bars: {} is the highest, which may be chance. Use --seeds 3",
            setting(best));
      case PeakShape::flat:
        return fmt::format(
            "the curve is flat: the best of these values, chosen by the other seeds, is only {} "
            "above their mean, within the error bars. At this budget it makes no measurable "
            "difference how much these views share",
            quality(advice_.peak.gain));
      case PeakShape::least:
      case PeakShape::most:
        return end;
      case PeakShape::inside:
        return fmt::format(
            "the peak lies inside the family, at {} ({}): the best between the ends is {} above {} "
            "and {} above {}, outside the error bars of both",
            setting(best), shared(best), quality(advice_.peak.over_least), setting(0),
            quality(advice_.peak.over_most), setting(last));
      case PeakShape::open:
        break;
    }
    std::string untold;
    const auto add = [&](const ConfidenceInterval& over, std::size_t i) {
      if (positive(over) == Outcome::open)
        untold +=
            fmt::format("{}{} ({})", untold.empty() ? "" : " and from ", setting(i), quality(over));
    };
    add(advice_.peak.over_least, 0);
    add(advice_.peak.over_most, last);
    return fmt::format(
        "the values differ, but the peak is not outside the error bars of an end: the highest is "
        "{}, and the best between the ends is not distinguishable from {}. More --seeds or --steps "
        "would decide",
        setting(best), untold);
  }

  std::string choice() const {
    return fmt::format("choosing among these values gains {} over their mean",
                       quality(advice_.peak.gain));
  }

  /// Empty where none was fitted.
  std::string parabola() const {
    const Peak& peak = advice_.peak;
    if (!peak.parabola) return "";
    const Parabola& fit = *peak.parabola;
    const std::string close =
        advice_.values.size() == 3
            ? "through all three values"
            : fmt::format("at most {:.1f} standard errors from a value{}", fit.misfit,
                          fit.misfit > 3 ? ", so the curve is not a parabola" : "");
    if (!fit.peak)
      return fmt::format("the fitted parabola ({}) does not bend down: it has no peak", close);
    const double low = advice_.values.front().nats.mean, high = advice_.values.back().nats.mean;
    const std::string where = fit.peak->x < low    ? ", below every value tried"
                              : fit.peak->x > high ? ", above every value tried"
                                                   : between(fit.peak->x);
    return fmt::format("the fitted parabola ({}) is highest at {:.2f} ± {:.2f} bits{}", close,
                       fit.peak->x * bits_per_nat, 1.96 * fit.peak->error * bits_per_nat, where);
  }

  /// Empty unless the bound of a value is near what it can say.
  std::string ceiling() const {
    for (std::size_t i = 0; i < advice_.values.size(); ++i) {
      const AdvisedValue& value = advice_.values[i];
      if (value.nats.mean > 0.95 * value.ceiling_nats)
        return fmt::format(
            "the bound of {} is at {:.0f} % of its ceiling, {:.1f} bits: it says only that the "
            "views share at least that much, and places such values too far to the left",
            setting(i), 100 * value.nats.mean / value.ceiling_nats,
            value.ceiling_nats * bits_per_nat);
    }
    return "";
  }

  /// Empty unless the bound of a value says nothing.
  std::string floor() const {
    std::string settings;
    for (std::size_t i = 0; i < advice_.values.size(); ++i)
      if (!information::informative(advice_.values[i].nats.mean))
        settings += (settings.empty() ? "" : ", ") + setting(i);
    if (settings.empty()) return "";
    return fmt::format(
        "the bound of {} is 0 or less and not informative: its place on the axis is not what the "
        "views share. More --steps would help, unless they share nothing",
        settings);
  }

 private:
  std::string between(double nats) const {
    for (std::size_t i = 0; i + 1 < advice_.values.size(); ++i)
      if (nats <= advice_.values[i + 1].nats.mean)
        return fmt::format(", between {} and {}", setting(i), setting(i + 1));
    return "";
  }

  const Advice& advice_;
};

std::string capitalised(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

const char* name(PeakShape shape) {
  switch (shape) {
    case PeakShape::unknown:
      return "unknown";
    case PeakShape::flat:
      return "flat";
    case PeakShape::inside:
      return "inside";
    case PeakShape::least:
      return "at the end that shares least";
    case PeakShape::most:
      return "at the end that shares most";
    case PeakShape::open:
      return "within the error bars of an end";
  }
  return "";
}

json as_json(const ConfidenceInterval& interval) {
  return {{"mean", interval.mean}, {"low", interval.low}, {"high", interval.high}};
}

}  // namespace

std::string shape_finding(const Advice& advice) {
  return Findings(advice).shape();
}

std::string choice_finding(const Advice& advice) {
  return Findings(advice).choice();
}

std::vector<std::string> findings_of(const Advice& advice) {
  const Findings findings(advice);
  std::vector<std::string> sentences;
  for (const std::string& finding :
       {findings.shape(), findings.parabola(), findings.ceiling(), findings.floor()})
    if (!finding.empty()) sentences.push_back(capitalised(finding));
  if (!advice.labelled)
    sentences.push_back(
        "There are no labels to choose by, so the effective rank serves as a proxy: the number of "
        "directions that the representations use about evenly (RankMe). It also counts directions "
        "that no task needs, so check the proposal on the task.");
  return sentences;
}

std::string reason(const Advice& advice) {
  const bool best = advice.proposed == advice.peak.best;
  switch (advice.peak.shape) {
    case PeakShape::inside:
      return "the best, outside the error bars of both ends";
    case PeakShape::least:
    case PeakShape::most:
      return "the best of those tried, at an end of them";
    case PeakShape::open:
      return "the highest mean, not distinguishable from every other";
    case PeakShape::flat:
      return best ? "the highest mean, by no more than chance"
                  : "as the recipe has it: none is better";
    case PeakShape::unknown:
      break;
  }
  return best ? "the highest, of one seed" : "as the recipe has it: one seed decides nothing";
}

std::string advice_text(const Advice& advice) {
  std::vector<std::vector<std::string>> lines = {
      {advice.key, "bits shared", advice.labelled ? "accuracy, %" : "effective rank",
       "from the best", "s", ""}};
  const double scale = advice.labelled ? 100 : 1;
  for (std::size_t i = 0; i < advice.values.size(); ++i) {
    const AdvisedValue& value = advice.values[i];
    lines.push_back({value.value, plus_minus(value.nats, 2, bits_per_nat),
                     plus_minus(value.quality, 2, scale),
                     i == advice.peak.best ? "best" : plus_minus(value.from_best, 2, scale),
                     fmt::format("{:.1f}", value.seconds), i == advice.proposed ? "proposed" : ""});
  }
  std::string text = report::text_table(lines, 1);
  text += fmt::format(
      "Held out: {} samples of the training part, which neither encoders nor probe learned from; "
      "the test part was not used.\n",
      advice.choosing_samples);
  for (const std::string& finding : advice.findings) text += finding + "\n";
  text += fmt::format("Proposed: {} = {}, {}.\n", advice.key, advice.values[advice.proposed].value,
                      reason(advice));
  text += fmt::format("{}\nNext: cmc train {}\n", advice.page.string(), advice.recipe.string());
  return text;
}

json to_json(const Advice& advice) {
  json values = json::array();
  for (const AdvisedValue& value : advice.values)
    values.push_back({{"value", value.value},
                      {"bound_nats", as_json(value.nats)},
                      {"ceiling_nats", value.ceiling_nats},
                      {"quality", as_json(value.quality)},
                      {"from_best", as_json(value.from_best)},
                      {"seconds", value.seconds}});
  json parabola;
  if (advice.peak.parabola && advice.peak.parabola->peak)
    parabola = {{"peak_nats", advice.peak.parabola->peak->x},
                {"standard_error_nats", advice.peak.parabola->peak->error},
                {"misfit", advice.peak.parabola->misfit}};
  return {{"key", advice.key},
          {"quality", advice.labelled ? "accuracy" : "effective rank"},
          {"choosing_samples", advice.choosing_samples},
          {"values", values},
          {"shape", name(advice.peak.shape)},
          {"gain", as_json(advice.peak.gain)},
          {"over_least", as_json(advice.peak.over_least)},
          {"over_most", as_json(advice.peak.over_most)},
          {"parabola", parabola},
          {"findings", advice.findings},
          {"proposed", advice.values[advice.proposed].value},
          {"reason", reason(advice)},
          {"recipe", advice.recipe.string()}};
}

}  // namespace cmc::advice
