#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace cmc::report {

/// One point of information.json as the cells of a table; bits but for `nats`.
struct BoundRow {
  std::string k;
  std::string bound;        ///< log k − L
  std::string tight_bound;  ///< log(k + 1) − L
  std::string interval;     ///< of tight_bound
  std::string ceiling;      ///< log(k + 1)
  std::string nats;         ///< tight_bound
};
BoundRow bound_row(const nlohmann::json& point);

/// One row of information.json's labels; bits but for `nats` and `accuracy` (percent).
struct LabelRow {
  std::string bound;  ///< H(y) − cross entropy
  std::string interval;
  std::string entropy;  ///< H(y)
  std::string nats;     ///< bound
  std::string accuracy;
};
LabelRow label_row(const nlohmann::json& row);

/// The largest of information.json's bounds log(k + 1) − L, each pair's of its largest k.
struct BestBound {
  std::string from, to;
  double nats = 0;
  std::string k;
};
/// Nothing where no pair has a finite one.
std::optional<BestBound> best_bound(const nlohmann::json& information);

/// "47.3 of 128" needs what an effective rank is at most: min(dimension, samples − 1); the
/// dimension where a file of an earlier version has no more.
std::string largest_rank(const nlohmann::json& view);

/// Whether some pair or view of information.json was measured on fewer samples than are held out,
/// since others lack a view.
bool some_lack_views(const nlohmann::json& information);

/// How many samples a pair, a view or labels were measured on: all that are held out, where a file
/// of an earlier version does not tell.
std::string samples_of(const nlohmann::json& row, const nlohmann::json& information);

}  // namespace cmc::report
