#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "cmc/report/figures.h"
#include "cmc/report/information_rows.h"
#include "cmc/report/sections.h"
#include "cmc/report/shared_matrix.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using evaluation::InformationMeasurement;
using evaluation::InformationPoint;
using evaluation::PairInformation;
using nlohmann::json;

/// Of more pairs than these the page shows the bounds of the largest k alone, and the curves of
/// those that share most and least.
constexpr std::size_t most_pairs = 30, most_curves = 12;

/// The columns of a bound that tables have, whatever it is of.
json line_of(const InformationPoint& point) {
  const BoundRow row = bound_row(point);
  return {{"k", row.k},
          {"bound", row.bound},
          {"tight_bound", row.tight_bound},
          {"interval", row.interval},
          {"ceiling", row.ceiling},
          {"nats", row.nats}};
}

json bound_lines(const InformationMeasurement& information) {
  json lines = json::array();
  for (const PairInformation& pair : information.pairs) {
    for (const InformationPoint& point : pair.points) {
      if (information.pairs.size() > most_pairs && &point != &pair.points.back()) continue;
      json& line = lines.emplace_back(line_of(point));
      line.update({{"from", pair.from}, {"to", pair.to}, {"n", with_commas(pair.samples)}});
    }
  }
  return lines;
}

/// The bounds on what all views share, by k; null where there are two views or no bound.
json total_correlation_lines(const InformationMeasurement& information) {
  if (!information.total_correlation || information.total_correlation->points.empty())
    return nullptr;
  const evaluation::TotalCorrelation& all = *information.total_correlation;
  json lines = json::array();
  for (const InformationPoint& point : all.points) lines.push_back(line_of(point));
  return {{"views", with_commas(all.views)},
          {"n", with_commas(all.samples)},
          {"temperature", fmt::format("{:.3g}", all.temperature)},
          {"rows", std::move(lines)}};
}

json label_lines(const InformationMeasurement& information) {
  json lines = json::array();
  for (const evaluation::ViewLabels& labels : information.labels) {
    const LabelRow row = label_row(labels);
    lines.push_back({{"view", labels.view == "all" ? "All views together" : labels.view},
                     {"n", with_commas(labels.samples)},
                     {"bound", row.bound},
                     {"interval", row.interval},
                     {"entropy", row.entropy},
                     {"nats", row.nats},
                     {"accuracy", row.accuracy}});
  }
  return lines;
}

json view_lines(const InformationMeasurement& information) {
  json lines = json::array();
  for (const evaluation::ViewGeometry& view : information.views)
    lines.push_back({{"view", view.view},
                     {"n", with_commas(view.samples)},
                     {"uniformity", fixed(view.uniformity, 2)},
                     {"effective_rank", fixed(view.effective_rank, 1)},
                     {"largest_rank", with_commas(view.largest_rank())},
                     {"dimension", with_commas(view.dimension)}});
  return lines;
}

/// Both directions of a pair lie alike.
json pair_lines(const InformationMeasurement& information) {
  json lines = json::array();
  for (std::size_t i = 0; i < information.pairs.size(); i += 2) {
    const PairInformation& pair = information.pairs[i];
    lines.push_back({{"from", pair.from},
                     {"to", pair.to},
                     {"n", with_commas(pair.samples)},
                     {"alignment", fixed(pair.alignment, 2)},
                     {"positive", fixed(pair.positive_similarity, 2)},
                     {"negative", fixed(pair.negative_similarity, 2)},
                     {"gap", fixed(pair.modality_gap, 2)}});
  }
  return lines;
}

/// The pairs whose curves are drawn: all, or those with the largest and the smallest bounds.
std::vector<PairInformation> drawn_pairs(const std::vector<PairInformation>& pairs) {
  if (pairs.size() <= most_pairs) return pairs;
  std::vector<PairInformation> sorted = pairs;
  std::ranges::stable_sort(sorted, std::ranges::greater(), [](const PairInformation& pair) {
    return pair.points.empty() ? -std::numeric_limits<double>::infinity()
                               : pair.points.back().tight_bound;
  });
  sorted.erase(sorted.begin() + most_curves / 2, sorted.end() - most_curves / 2);
  return sorted;
}

/// The matrix of what the views share; null where they are few.
json matrix(const InformationMeasurement& information) {
  const std::optional<SharedMatrix> matrix = shared_matrix(information);
  if (!matrix) return nullptr;
  return {{"heat_map", heat_map_svg(*matrix)},
          {"tree", tree_svg(*matrix)},
          {"k", with_commas(matrix->k)},
          {"ceiling", fixed(matrix->ceiling, 2)}};
}

json chart(const std::vector<PairInformation>& pairs) {
  json curves = json::array(), ceiling = json::array();
  std::map<std::int64_t, double> ceilings;  // pairs of fewer samples end at a smaller k
  for (const PairInformation& pair : pairs) {
    json points = json::array();
    for (const InformationPoint& point : pair.points) {
      points.push_back({{"x", point.k}, {"y", bits(point.tight_bound)}});
      ceilings[point.k] = bits(point.ceiling);
    }
    curves.push_back(
        {{"label", fmt::format("{} → {}", pair.from, pair.to)}, {"points", std::move(points)}});
  }
  for (const auto& [k, at_k] : ceilings) ceiling.push_back({{"x", k}, {"y", at_k}});
  return {{"curves", std::move(curves)}, {"ceiling", std::move(ceiling)}};
}

}  // namespace

json information_section(const InformationMeasurement* information) {
  if (!information) return nullptr;
  const InformationMeasurement& m = *information;
  json labels = nullptr;
  if (!m.labels.empty()) labels = {{"rows", label_lines(m)}};
  return {{"samples", with_commas(m.samples)},
          {"temperature", evaluation::temperatures(m)},
          {"findings", m.findings},
          {"some_lack_views", some_lack_views(m)},
          {"bounds", bound_lines(m)},
          {"total_correlation", total_correlation_lines(m)},
          {"labels", std::move(labels)},
          {"views", view_lines(m)},
          {"pairs", pair_lines(m)},
          {"matrix", matrix(m)},
          {"some_pairs", m.pairs.size() > most_pairs},
          {"chart", chart(drawn_pairs(m.pairs))}};
}

}  // namespace cmc::report
