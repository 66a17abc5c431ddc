#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

namespace cmc::benchmarks {

/// Times the k-pair loss of both directions and its gradient over a gathered batch of `samples`
/// embeddings of dimension `dim`, whose scores W ranks share out: the processor seconds of all
/// ranks together, against one rank's, in turn, medians. Ranks are threads of this process over
/// loopback, each with one thread for its operators. Prints a table and returns its rows:
/// {"processes", "seconds", "ratio", "bytes"}, the last what a rank sends.
nlohmann::json distributed(std::int64_t samples = 16384, std::int64_t dim = 128, int rounds = 3);

}  // namespace cmc::benchmarks
