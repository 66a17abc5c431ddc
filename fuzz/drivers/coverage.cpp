// What g++ reports of the code that runs, handed to libFuzzer, which expects clang's way of
// reporting: each basic block counts how often it ran, in counters that libFuzzer looks at after
// every input.
#include <cstddef>
#include <cstdint>

#include "cmc/error.h"

namespace {

constexpr std::size_t blocks = 1 << 15;
[[gnu::section("__libfuzzer_extra_counters")]] std::uint8_t counters[blocks];

/// A place in the library: what is counted from it does not change with where the library is
/// loaded.
const auto origin = reinterpret_cast<std::uintptr_t>(&cmc::nearest_name);

}  // namespace

extern "C" {

/// At the start of every basic block: g++ calls __sanitizer_cov_trace_pc, which libFuzzer's library
/// keeps for itself, so that the linker is told to wrap it.
[[gnu::no_sanitize_coverage, gnu::no_sanitize("address", "undefined")]] void
__wrap___sanitizer_cov_trace_pc() {
  const std::uintptr_t place =
      reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)) - origin;
  // Fibonacci hashing: blocks that lie side by side get counters far apart.
  std::uint8_t& counter = counters[place * 0x9E3779B97F4A7C15u >> (64 - 15)];
  if (counter < 255) ++counter;
}

// libFuzzer has no use for comparisons of floating-point numbers.
void __sanitizer_cov_trace_cmpf(float, float) {}
void __sanitizer_cov_trace_cmpd(double, double) {}

/// So that libFuzzer, which catches the abort, keeps the input that led to undefined behaviour.
const char* __ubsan_default_options() {
  return "abort_on_error=1:print_stacktrace=1";
}
}
