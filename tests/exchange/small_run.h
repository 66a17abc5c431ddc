#pragma once

#include <torch/types.h>

#include <filesystem>
#include <string>

#include "cmc/random.h"
#include "cmc/runs/recipe_views.h"
#include "cmc/runs/run_folder.h"
#include "tests/temporary_folder.h"

namespace cmc::exchange::test {

/// A run of untrained encoders on RGB pictures of 16 × 16, whose batch norms have statistics of
/// their own.
inline std::filesystem::path small_run(const TemporaryFolder& folder,
                                       const std::string& views = "kind = \"color\"",
                                       const std::string& encoder = "") {
  const auto recipe = folder.write("small.toml", "[views]\n" + views +
                                                     "\n[encoder]\nchannels = [8, 12]\npooled_grid "
                                                     "= 3\nembedding_dim = 6\n" +
                                                     encoder);
  runs::RunFolder run =
      runs::RunFolder::create(folder / "run", recipe::read_recipe(recipe), {"cmc", "train"});
  const runs::TrainingStatistics statistics{.sources = {{.shape = {3, 16, 16}}},
                                            .standardizations = {}};
  run.save(statistics);
  const auto split = runs::make_transform(run.recipe(), statistics, views::Mode::train);
  at::manual_seed(5);
  const torch::NoGradGuard no_grad;
  training::Checkpoint checkpoint;
  for (auto& encoder : encoders::make_encoders(runs::encoder_options(run.recipe(), split->views()),
                                               split->views())) {
    encoder->train();
    for (int i = 0; i < 3; ++i)
      encoder->forward(torch::randn(
          {8, encoder->shape().channels, encoder->shape().height, encoder->shape().width}));
    const std::string prefix = "encoder_" + encoder->shape().name + ".";
    for (const auto& entry : encoder->named_parameters())
      checkpoint.model[prefix + entry.key()] = entry.value();
    for (const auto& entry : encoder->named_buffers())
      checkpoint.model[prefix + entry.key()] = entry.value();
  }
  checkpoint.position.step = 7;
  run.save(checkpoint, "last");
  return run.path();
}

/// n random RGB pictures of 16 × 16, and the same as uint8 [n, 3, 16, 16].
inline std::vector<cv::Mat> random_pictures(int n) {
  std::vector<cv::Mat> pictures;
  for (int i = 0; i < n; ++i) {
    cv::Mat picture(16, 16, CV_8UC3);
    RandomStream stream(RandomPurpose::made_data, 9, 0, static_cast<std::uint64_t>(i));
    for (int j = 0; j < 3 * 256; ++j)
      picture.data[j] = static_cast<std::uint8_t>(stream.below(256));
    pictures.push_back(picture);
  }
  return pictures;
}
inline at::Tensor batch_of(const std::vector<cv::Mat>& pictures) {
  std::vector<at::Tensor> rows;
  for (const cv::Mat& picture : pictures)
    rows.push_back(at::from_blob(picture.data, {16, 16, 3}, at::kByte).permute({2, 0, 1}).clone());
  return at::stack(rows);
}

}  // namespace cmc::exchange::test
