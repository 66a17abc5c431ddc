#include "cmc/runs/environment.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/cuda.h>

#include <nlohmann/json.hpp>

#include "cmc/libtorch.h"
#include "cmc/parallel.h"
#include "cmc/processor.h"

namespace cmc::runs {
std::string version() {
  return CMC_VERSION;
}

nlohmann::json environment() {
  std::vector<std::string> devices = {"cpu"};
  const auto cuda_devices = static_cast<std::int64_t>(torch::cuda::device_count());
  for (std::int64_t i = 0; i < cuda_devices; ++i) devices.push_back("cuda:" + std::to_string(i));
  return {{"cmc", version()},
          {"libtorch", libtorch_version()},
          {"blas", blas_name()},
          {"instruction_set", instruction_set()},
          {"processor", processor_name()},
          {"cores", available_cores()},
          {"threads", at::get_num_threads()},
          {"devices", devices}};
}

}  // namespace cmc::runs
