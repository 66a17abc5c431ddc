#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>
#include <vector>

#include "cmc/encoders/encoder.h"
#include "cmc/training/recipe.h"
#include "cmc/views/split.h"

namespace cmc::exchange {

/// What of an encoding is handed on.
enum class Output {
  representation,  ///< [N, R]: what is probed and deployed, without the projection head
  embedding,       ///< [N, D]: what is contrasted, of unit length
};

/// The output of a name: "representation" or "embedding". Throws UsageError that lists them.
Output output(std::string_view name);
std::string_view name(Output output);

/// One of an encoding's two; an embedding's rows are brought to unit length.
at::Tensor chosen(const encoders::Encoding& encoding, Output output);

/// The trained encoders of a run with all that it takes to feed them. It needs none of the run's
/// data.
///
/// The encoders are in evaluation mode and their weights ask for no gradient, so that any number of
/// threads may run them at the same time:
///
///     const auto run = std::make_shared<const LoadedRun>(load("runs/fashion-mnist"));
///     const std::size_t view = run->view("left");
///     at::Tensor x = run->encode(view, pictures, Output::embedding);   // from any thread
struct LoadedRun {
  std::filesystem::path path;
  training::Recipe recipe;
  std::string checkpoint;  ///< "last" or "best"
  std::int64_t steps = 0;  ///< of training that the weights have had
  /// What the pictures of the run's data set are like.
  data::SourceShape pictures;
  /// From a picture to its views, as evaluation makes them.
  std::shared_ptr<const views::Split> split;
  std::vector<encoders::Encoder> encoders;  ///< one a view

  /// The place of a view. Throws UsageError that lists the views and names the nearest.
  std::size_t view(const std::string& name) const;

  /// Width of an output.
  std::int64_t dimension(std::size_t view, Output output) const;

  /// View `view` of N pictures of any size, 8 or 16 bits, grey or RGB: float32 [N, C, H, W].
  at::Tensor prepare(std::size_t view, std::span<const cv::Mat> pictures) const;

  /// The output for N pictures: float32 [N, F], on the encoders' device.
  at::Tensor encode(std::size_t view, std::span<const cv::Mat> pictures, Output output) const;

  /// SHA-256 of the recipe as resolved (recipe.toml), 64 hexadecimal digits.
  std::string recipe_sha256() const;
};

struct LoadOptions {
  std::string checkpoint = "last";  ///< or "best"
  at::Device device = at::kCPU;
};

/// Loads a run's encoders. Throws Error that says what is missing, damaged (checksum) or written by
/// a version of cmc that this one doesn't read.
LoadedRun load(const std::filesystem::path& run, const LoadOptions& options = {});

}  // namespace cmc::exchange
