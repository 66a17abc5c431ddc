#pragma once

#include <nlohmann/json_fwd.hpp>
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

/// Whether some pair or view of information.json was measured on fewer samples than are held out,
/// since others lack a view.
bool some_lack_views(const nlohmann::json& information);

/// How many samples a pair, a view or labels were measured on: all that are held out, where a file
/// of an earlier version does not tell.
std::string samples_of(const nlohmann::json& row, const nlohmann::json& information);

}  // namespace cmc::report
