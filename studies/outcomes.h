#pragma once

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

/// The least favourable of two.
advice::Outcome worse(advice::Outcome a, advice::Outcome b);

}  // namespace cmc::studies
