#include "cmc/exchange/description.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "cmc/data/checksum.h"
#include "cmc/training/environment.h"

namespace cmc::exchange {

std::map<std::string, std::string> describe(const LoadedRun& run, std::size_t view, Output output) {
  const data::ViewShape& shape = run.split->views().at(view);
  return {{"cmc", training::version()},
          {"run", run.recipe.name},
          {"checkpoint", run.checkpoint},
          {"steps", fmt::format("{}", run.steps)},
          {"view", shape.name},
          {"encoder", run.recipe.encoder.name},
          {"input", fmt::format("float32 [N, {}, {}, {}]: {}", shape.channels, shape.height,
                                shape.width, run.split->formula(view))},
          {"output", std::string(name(output))},
          {"output_shape", fmt::format("float32 [N, {}]", run.dimension(view, output))},
          {"recipe", training::to_toml(run.recipe)},
          {"recipe_sha256", run.recipe_sha256()}};
}

std::string weights_checksum(const LoadedRun& run, std::size_t view) {
  std::uint32_t crc = 0;
  const auto add = [&](const at::Tensor& tensor) {
    const at::Tensor packed = tensor.detach().cpu().contiguous();
    crc = data::crc32(crc, packed.data_ptr(), packed.nbytes());
  };
  for (const at::Tensor& parameter : run.encoders.at(view)->parameters()) add(parameter);
  for (const at::Tensor& buffer : run.encoders.at(view)->buffers()) add(buffer);
  return data::checksum_text(crc);
}

}  // namespace cmc::exchange
