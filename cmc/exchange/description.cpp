#include "cmc/exchange/description.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cmc/files/base64.h"
#include "cmc/files/checksum.h"
#include "cmc/recipe/encoder_keys.h"
#include "cmc/runs/environment.h"
#include "cmc/runs/recipe_views.h"

namespace cmc::exchange {

using nlohmann::json;

std::map<std::string, std::string> describe(const LoadedRun& run, std::size_t view, Output output) {
  const data::ViewShape& shape = run.transform->views().at(view);
  const encoders::EncoderOptions encoder =
      runs::encoder_options(run.recipe, run.transform->views())[view];
  std::map<std::string, std::string> about = {
      {"cmc", runs::version()},
      {"run", run.recipe.name},
      {"checkpoint", run.checkpoint},
      {"steps", fmt::format("{}", run.steps)},
      {"view", shape.name},
      {"encoder", encoder.torchscript.empty()
                      ? std::string(recipe::name_of(recipe::networks, encoder.network))
                      : encoder.torchscript},
      {"input", fmt::format("float32 [N, {}, {}, {}]: {}", shape.channels, shape.height,
                            shape.width, run.transform->formula(view))},
      {"output", std::string(name(output))},
      {"output_shape", fmt::format("float32 [N, {}]", run.dimension(view, output))},
      {"recipe", recipe::to_toml(run.recipe)},
      {"recipe_sha256", run.recipe_sha256()}};
  json columns = json::array();
  for (const data::TableColumn& column : run.statistics.sources[shape.source].columns) {
    columns.push_back({{"name", column.name}});
    if (!column.categories.empty()) columns.back()["categories"] = column.categories;
  }
  if (!columns.empty()) about["columns"] = columns.dump();
  const auto known = run.statistics.standardizations.find(shape.name);
  const bool found = known != run.statistics.standardizations.end();
  if (found && !known->second.tokenizer.empty())
    about["tokenizer"] = files::base64(known->second.tokenizer);
  if (found && !known->second.mean.empty())
    about["standardization"] = json{
        {"mean", known->second.mean},
        {"deviation", known->second.deviation},
        {"missing",
         known->second.missing}}.dump();
  return about;
}

std::string weights_checksum(const LoadedRun& run, std::size_t view) {
  std::uint32_t crc = 0;
  const auto add = [&](const at::Tensor& tensor) {
    const at::Tensor packed = tensor.detach().cpu().contiguous();
    crc = files::crc32(crc, packed.data_ptr(), packed.nbytes());
  };
  for (const at::Tensor& parameter : run.encoders.at(view)->parameters()) add(parameter);
  for (const at::Tensor& buffer : run.encoders.at(view)->buffers()) add(buffer);
  return files::checksum_text(crc);
}

}  // namespace cmc::exchange
