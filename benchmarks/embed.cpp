#include "benchmarks/embed.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/core.h>

#include "benchmarks/photos.h"
#include "benchmarks/temporary_folder.h"
#include "benchmarks/timing.h"
#include "cmc/data/formats/image_folder.h"
#include "cmc/exchange/embed.h"
#include "cmc/libtorch.h"
#include "cmc/runs/recipe_views.h"

namespace cmc::benchmarks {
namespace {

constexpr std::int64_t photos = 256, side = 224, batch_size = 64;
constexpr int rounds = 3;

/// An untrained ResNet-18 on the lightness of photos.
exchange::LoadedRun untrained() {
  exchange::LoadedRun run;
  run.statistics.sources = {{.shape = {.channels = 3, .height = 0, .width = 0}}};
  run.recipe.views.size = side;
  run.recipe.encoder.network = encoders::Network::resnet18;
  run.sources = runs::source_options(run.recipe, run.statistics);
  run.transform = runs::make_transform(run.recipe, run.statistics, views::Mode::evaluate);
  run.encoders = encoders::make_encoders(run.recipe.encoder, run.transform->views());
  for (encoders::Encoder& encoder : run.encoders) {
    encoder->eval();
    for (at::Tensor& parameter : encoder->parameters()) parameter.set_requires_grad(false);
  }
  return run;
}

}  // namespace

nlohmann::json embed() {
  const TemporaryFolder folder;
  write_photos(folder.path(), photos);
  const exchange::LoadedRun run = untrained();
  const auto samples = data::open_image_folder(folder.path()).train;
  const at::Tensor batch =
      at::randn({batch_size, 1, side, side}).contiguous(at::MemoryFormat::ChannelsLast);

  nlohmann::json table = nlohmann::json::array();
  fmt::print("ResNet-18, {0} × {0} pixels, JPEG of 500 × 375, batch {1}, {2} threads\n", side,
             batch_size, at::get_num_threads());
  std::vector<bool> precisions = {false};
  if (cpu_has_bfloat16()) precisions.push_back(true);
  for (const bool bfloat16 : precisions) {
    encoders::Encoder encoder = run.encoders[0];
    const auto bare = [&] {
      const at::NoGradGuard no_grad;
      for (std::int64_t done = 0; done < photos; done += batch_size) {
        const Autocast autocast(at::kCPU, bfloat16);
        encoder->represent(batch);
      }
    };
    // Each thread its own batches, as encode_all has it.
    const auto lanes = [&] {
      at::parallel_for(0, photos / batch_size, 1, [&](std::int64_t begin, std::int64_t end) {
        const at::NoGradGuard no_grad;
        for (; begin < end; ++begin) {
          const Autocast autocast(at::kCPU, bfloat16);
          encoders::Encoder own = encoder;
          own->represent(batch);
        }
      });
    };
    const auto whole = [&] {
      exchange::encode_all(run, 0, samples, {.batch_size = batch_size, .bfloat16 = bfloat16},
                           [](const at::Tensor&, const at::Tensor&) {});
    };
    bare();
    lanes();
    whole();
    std::vector<double> base, apart, own;
    for (int round = 0; round < rounds; ++round) {
      base.push_back(milliseconds(bare));
      apart.push_back(milliseconds(lanes));
      own.push_back(milliseconds(whole));
    }
    const auto add = [&](const std::string& name, double time) {
      const double rate = 1e3 * static_cast<double>(photos) / time, ratio = median(base) / time;
      fmt::print("  {:<40} {:8.1f} images/s {:6.3f} x\n", name, rate, ratio);
      table.push_back({{"name", name}, {"images_per_second", rate}, {"ratio", ratio}});
    };
    const char* const precision = bfloat16 ? "bfloat16" : "float32";
    add(fmt::format("{}: the network on tensors", precision), median(base));
    add(fmt::format("{}: the same, batches apart", precision), median(apart));
    add(fmt::format("{}: from JPEG files", precision), median(own));
  }
  return table;
}

}  // namespace cmc::benchmarks
