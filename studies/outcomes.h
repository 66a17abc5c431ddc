#pragma once

#include <string>
#include <vector>

#include "cmc/advice/notebook.h"

namespace cmc::studies {

// What an interval over seeds says of a claim: open where its error bar doesn't tell.

/// "It is at least `value`."
advice::Outcome at_least(const information::ConfidenceInterval& interval, double value);

/// "It is at most `value`."
advice::Outcome at_most(const information::ConfidenceInterval& interval, double value);

/// "It is within `tolerance` of the truth."
advice::Outcome near_truth(const information::ConfidenceInterval& interval, double truth,
                           double tolerance);

/// Whether the interval holds a value.
advice::Outcome agrees(const information::ConfidenceInterval& interval, double value);

/// How far from a value the expectation must lie for the interval over n seeds to exclude the value
/// with power 0.8: (t_{0.975} + t_{0.8}) s/√n, with t of n − 1 degrees of freedom and s the
/// deviation. An approximation: with three seeds the power is 0.77, with five 0.79 (by the
/// noncentral t distribution). NaN where one seed tells no deviation.
double smallest_effect(const information::ConfidenceInterval& interval);

/// A claim that each of some gains is at least `counts`, or, where that is 0, positive; `measured`
/// tells them. Where a bar doesn't tell, so does the smallest gain that would have been seen of all
/// such, in the units that `scale` brings it to.
advice::Verdict verdict_on_gains(std::string claim, std::string measured,
                                 const std::vector<information::ConfidenceInterval>& gains,
                                 double counts, double scale);

/// The least favourable of two.
advice::Outcome worse(advice::Outcome a, advice::Outcome b);

}  // namespace cmc::studies
