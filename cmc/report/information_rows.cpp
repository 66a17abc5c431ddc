#include "cmc/report/information_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cmc/report/figures.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

std::string in_bits(double nats) {
  return fixed(bits(nats), 2);
}

std::string interval(double low, double high) {
  return fmt::format("{} … {}", in_bits(low), in_bits(high));
}

}  // namespace

BoundRow bound_row(const evaluation::InformationPoint& point) {
  return {.k = with_commas(point.k),
          .bound = in_bits(point.bound),
          .tight_bound = in_bits(point.tight_bound),
          .interval = interval(point.low, point.high),
          .ceiling = in_bits(point.ceiling),
          .nats = fixed(point.tight_bound, 2)};
}

LabelRow label_row(const evaluation::ViewLabels& labels) {
  const information::LabelInformation& held = labels.information;
  return {.bound = in_bits(held.bound.mean),
          .interval = interval(held.bound.low, held.bound.high),
          .entropy = in_bits(held.label_entropy),
          .nats = fixed(held.bound.mean, 2),
          .accuracy = percent(labels.accuracy)};
}

std::optional<BestBound> best_bound(const evaluation::InformationMeasurement& information) {
  std::optional<BestBound> best;
  for (const evaluation::PairInformation& pair : information.pairs) {
    const evaluation::InformationPoint& point = pair.points.back();
    const double nats = point.tight_bound;
    if (!std::isfinite(nats) || (best && nats <= best->nats)) continue;
    best = {pair.from, pair.to, nats, point.k};
  }
  return best;
}

bool some_lack_views(const evaluation::InformationMeasurement& information) {
  const auto fewer = [&](const auto& row) { return row.samples != information.samples; };
  return std::ranges::any_of(information.pairs, fewer) ||
         std::ranges::any_of(information.views, fewer);
}

}  // namespace cmc::report
