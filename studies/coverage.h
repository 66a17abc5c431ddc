#pragma once

#include <cstdint>
#include <vector>

namespace cmc::studies {

/// How often a 95 % interval holds the truth, over simulations in which the truth is known.
struct Coverage {
  double covered = 0;  ///< share of the simulations
  double above = 0;    ///< share whose interval lies above the truth: it promises too much
  double below = 0;    ///< share whose interval lies below the truth
  double reach = 0;    ///< mean half width
  double truth = 0;
};

/// information::label_information: classes drawn with `shares`, z = separation · (1 at the class, 0
/// elsewhere) + N(0, 1) in as many dimensions, judged by the best probe. Truth: the same of 400,000
/// samples, with H(y) of the shares. Nats.
struct LabelSetting {
  std::vector<double> shares;
  std::int64_t samples = 100;
  double separation = 1.4;
};
Coverage label_coverage(const LabelSetting& setting, std::int64_t simulations, std::uint64_t seed);

/// evaluation::information_curves: views x + noise · N(0, 1) of one x ~ N(0, 1) in 16 dimensions,
/// as many samples as `batches` of k + 1 need. Truth: the mean over the simulations, since the
/// bound is the mean over batches. Nats, one direction.
struct BoundSetting {
  std::int64_t k = 16;
  std::int64_t batches = 1;
  double noise = 0.6;
  double temperature = 0.1;
};
struct BoundCoverage {
  Coverage interval;
  double ceiling = 0;      ///< log(k + 1)
  double highest_end = 0;  ///< of all intervals
};
BoundCoverage bound_coverage(const BoundSetting& setting, std::int64_t simulations,
                             std::uint64_t seed);

/// information::confidence_interval of so many normal values: error bars over seeds.
Coverage mean_coverage(std::int64_t values, std::int64_t simulations, std::uint64_t seed);

/// fit_parabola's peak ± 1.96 standard errors, where y = −(x − 1.3)² at x = 0, 1, 2, 3 is measured
/// with a normal error. Of the simulations whose parabola bends down.
Coverage peak_coverage(double error, std::int64_t simulations, std::uint64_t seed);

}  // namespace cmc::studies
