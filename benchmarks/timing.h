#pragma once

#include <functional>
#include <vector>

namespace cmc::benchmarks {

/// How long `work` takes once.
double milliseconds(const std::function<void()>& work);

/// The middle value; the mean of the two middle ones of an even number. `values` holds one or more.
double median(std::vector<double> values);

}  // namespace cmc::benchmarks
