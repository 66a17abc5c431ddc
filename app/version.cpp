#include "app/version.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

#include "app/start.h"
#include "cmc/openblas.h"
#include "cmc/processor.h"

namespace cmc::app {
namespace {

std::string blas() {
  if (CMC_TORCH_HAS_MKL) return "MKL";
  const std::string name = openblas_name();
  if (name.empty()) return "reference BLAS";
  const char* const own = std::getenv(own_core_variable);
  if (own != nullptr)
    return fmt::format("{}; chosen by cmc, since it takes {} by itself", name, own);
  const std::string better = better_openblas_core();
  return better.empty() ? name : fmt::format("{}; {} would be faster here", name, better);
}

}  // namespace

std::string version_text(const std::vector<std::string>& devices) {
  return fmt::format(
      "cmc {}\nlibtorch {}\nBLAS {}\ninstruction set {}\nprocessor {}, {} cores\ndevices {}",
      CMC_VERSION, CMC_TORCH_VERSION, blas(), instruction_set(), processor_name(),
      available_cores(), fmt::join(devices, ", "));
}

}  // namespace cmc::app
