#pragma once

namespace cmc::app {

/// The environment variable in which the program's first half tells its second which core OpenBLAS
/// took by itself, where it chose a better one by OPENBLAS_CORETYPE.
inline constexpr const char* own_core_variable = "CMC_OPENBLAS_OWN_CORE";

}  // namespace cmc::app
