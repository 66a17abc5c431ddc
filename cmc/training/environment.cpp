#include "cmc/training/environment.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/cuda.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "cmc/parallel.h"
#include "cmc/training/libtorch.h"

namespace cmc::training {
namespace {

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

}  // namespace

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
          {"instruction_set", cpu_instruction_set()},
          {"processor", processor()},
          {"cores", available_cores()},
          {"threads", at::get_num_threads()},
          {"devices", devices}};
}

}  // namespace cmc::training
