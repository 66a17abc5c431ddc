#include "cmc/report/information_rows.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "cmc/report/figures.h"

namespace cmc::report {
namespace {

using nlohmann::json;

/// NaN where the key is null, as JSON has it.
double nats_at(const json& object, const char* key) {
  const json& value = object.at(key);
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

std::string in_bits(const json& object, const char* key) {
  return fixed(bits(nats_at(object, key)), 2);
}

std::string interval(const json& object) {
  return fmt::format("{} … {}", in_bits(object, "low_nats"), in_bits(object, "high_nats"));
}

}  // namespace

BoundRow bound_row(const json& point) {
  return {.k = count(point.at("k").get<std::int64_t>()),
          .bound = in_bits(point, "bound_nats"),
          .tight_bound = in_bits(point, "tight_bound_nats"),
          .interval = interval(point),
          .ceiling = in_bits(point, "ceiling_nats"),
          .nats = fixed(nats_at(point, "tight_bound_nats"), 2)};
}

LabelRow label_row(const json& row) {
  return {.bound = in_bits(row, "bound_nats"),
          .interval = interval(row),
          .entropy = in_bits(row, "label_entropy_nats"),
          .nats = fixed(nats_at(row, "bound_nats"), 2),
          .accuracy = percent(nats_at(row, "accuracy"))};
}

std::optional<BestBound> best_bound(const json& information) {
  std::optional<BestBound> best;
  for (const json& pair : information.at("pairs")) {
    const json& point = pair.at("points").back();
    const double nats = nats_at(point, "tight_bound_nats");
    if (!std::isfinite(nats) || (best && nats <= best->nats)) continue;
    best = {pair.at("from"), pair.at("to"), nats, count(point.at("k").get<std::int64_t>())};
  }
  return best;
}

std::string largest_rank(const json& view) {
  return count(view.value("largest_rank", view.at("dimension").get<std::int64_t>()));
}

bool some_lack_views(const json& information) {
  const std::int64_t all = information.at("samples");
  for (const char* const key : {"pairs", "views"})
    for (const json& row : information.at(key))
      if (row.value("samples", all) != all) return true;
  return false;
}

std::string samples_of(const json& row, const json& information) {
  return count(row.value("samples", information.at("samples").get<std::int64_t>()));
}

}  // namespace cmc::report
