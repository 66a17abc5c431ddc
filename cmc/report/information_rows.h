#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cmc/evaluation/information.h"

namespace cmc::report {

/// The bound of a pair of views with one k as the cells of a table; bits but for `nats`.
struct BoundRow {
  std::string k;
  std::string bound;        ///< log k − L
  std::string tight_bound;  ///< log(k + 1) − L
  std::string interval;     ///< of tight_bound
  std::string ceiling;      ///< log(k + 1)
  std::string nats;         ///< tight_bound
};
BoundRow bound_row(const evaluation::InformationPoint& point);

/// What a representation holds of the labels; bits but for `nats` and `accuracy` (percent).
struct LabelRow {
  std::string bound;  ///< H(y) − cross entropy
  std::string interval;
  std::string entropy;  ///< H(y)
  std::string nats;     ///< bound
  std::string accuracy;
};
LabelRow label_row(const evaluation::ViewLabels& labels);

/// The largest of the bounds log(k + 1) − L, each pair's of its largest k.
struct BestBound {
  std::string from, to;
  double nats = 0;
  std::int64_t k = 0;
};
/// Nothing where no pair has a finite one.
std::optional<BestBound> best_bound(const evaluation::InformationMeasurement& information);

/// Whether some pair or view was measured on fewer samples than are held out, since others lack a
/// view.
bool some_lack_views(const evaluation::InformationMeasurement& information);

}  // namespace cmc::report
