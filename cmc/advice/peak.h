#pragma once

#include <string>
#include <vector>

#include "cmc/advice/parabola.h"
#include "cmc/advice/sweep.h"

namespace cmc::advice {

/// What a family of views shows of where it is best.
enum class PeakShape {
  unknown,  ///< a single seed tells no error bars
  flat,     ///< choosing among the values gains nothing beyond the error bars
  inside,   ///< a maximum between the ends, outside the error bars of both
  least,    ///< the value that shares least is the best, outside the error bars of what lies inside
  most,     ///< the same of the value that shares most
  open,     ///< the values differ, but the best is not told from an end
};

/// A family on the plane of shared information against quality.
struct Peak {
  PeakShape shape = PeakShape::unknown;
  std::vector<Setting> settings;  ///< in the order of what they share, least first
  std::size_t best = 0;           ///< the one of the highest mean quality
  /// Quality of the best less the family's mean: what choosing gains. The best is chosen by the
  /// other seeds, as in difference_of_best.
  information::ConfidenceInterval gain;
  /// Quality of the best between the ends less that of each end; unknown (NaN) with two values.
  information::ConfidenceInterval over_least, over_most;
  /// Through the means, least squares weighted by their standard errors. A seed's own level is
  /// taken out and the deviation is pooled over the values, since a few seeds tell a single value's
  /// badly: s² = Σ (q_vs − q_v − q_s + q)² / (V − 1)(S − 1), standard error s/√S.
  std::optional<Parabola> parabola;
  double error = 0;  ///< that standard error; 0 where it can't be told
};

/// The peak of `quality` over "bound_nats" of the notebook's rows. In nats and the column's unit.
Peak find_peak(const Notebook& notebook, const std::vector<Setting>& settings,
               const std::string& quality);

/// The family as a figure: `quality` against the bound in bits, a label at each point, and the
/// parabola dashed. `labels`: one a setting of peak.settings; `scale`: of the quality.
Figure peak_figure(const Notebook& notebook, const Peak& peak,
                   const std::vector<std::string>& labels, const std::string& quality,
                   double scale);

}  // namespace cmc::advice
