#pragma once

#include <string>

namespace cmc {

/// Cores that this process may run on: those of its affinity mask, not the machine's count, and no
/// more than a container's limit (cpu_quota), rounded up.
int available_cores();

/// The processor's own name, such as "AMD EPYC 9R14"; "unknown" where the system tells none.
std::string processor_name();

/// The widest instructions that it offers: "AVX-512 BF16 + AMX", "AVX-512 BF16", "AVX-512", "AVX2",
/// or "baseline".
std::string instruction_set();

}  // namespace cmc
