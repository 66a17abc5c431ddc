#pragma once

#include <nlohmann/json.hpp>

namespace cmc::benchmarks {

/// Exact search over 1,000,000 rows of 128 numbers: VectorIndex against Faiss called directly, 64
/// queries, 10 neighbours, in turn, medians. Prints a table and returns its rows: {"name",
/// "milliseconds", "ratio"}.
nlohmann::json search();

}  // namespace cmc::benchmarks
