#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

namespace cmc::benchmarks {

/// Opens a manifest of `rows` rows, a picture's path and two numbers each, split by hash into a
/// training and a test part. Prints and returns {"rows", "file_bytes", "seconds", "bytes"}: the
/// CSV's size, the time to open it, and how far resident memory rose at its peak, the file's own
/// pages among it.
nlohmann::json manifest(std::int64_t rows = 10'000'000);

}  // namespace cmc::benchmarks
