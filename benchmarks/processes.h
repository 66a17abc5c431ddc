#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace cmc::benchmarks {

struct ProcessesOptions {
  int steps = 40;
  int rounds = 3;
};

/// Trains a recipe as a person would, `cmc train RECIPE --processes P` with T threads each: (P, T)
/// = (1, 1), (1, cores) and (cores, 1), in turn, medians of samples a second after the first step,
/// against one process with all threads; and the largest resident memory that one of the processes
/// came to. Prints a table and returns its rows: {"processes", "threads", "samples_per_second",
/// "ratio", "peak_bytes"}. Throws Error where a training fails.
nlohmann::json processes(const std::string& recipe, const ProcessesOptions& options = {});

}  // namespace cmc::benchmarks
