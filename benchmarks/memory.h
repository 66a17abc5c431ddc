#pragma once

#include <cstdint>
#include <functional>

namespace cmc::benchmarks {

/// How far resident memory rises above where it stood while `work` runs, in bytes.
std::int64_t peak_bytes(const std::function<void()>& work);

}  // namespace cmc::benchmarks
