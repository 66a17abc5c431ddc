#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>
#include <vector>

#include "cmc/data/source_options.h"
#include "cmc/encoders/encoder.h"
#include "cmc/recipe/recipe.h"
#include "cmc/runs/checkpoint_names.h"
#include "cmc/runs/training_statistics.h"
#include "cmc/views/portable_transform.h"

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
///     const auto run = std::make_shared<const LoadedRun>(load("runs/senses"));
///     const std::size_t view = run->view("clip");
///     const cv::Mat sound = run->read(view, "bell.wav");
///     at::Tensor x = run->encode(view, {&sound, 1}, Output::embedding);   // from any thread
struct LoadedRun {
  std::filesystem::path path;
  recipe::Recipe recipe;
  std::string data;        ///< where the run's own data lies now (RunFolder::with_data)
  std::string checkpoint;  ///< one of runs::checkpoints
  std::int64_t steps = 0;  ///< of training that the weights have had
  /// The names of the run's classes, by label; empty where its data has none.
  std::vector<std::string> classes;
  /// What is known of the training part: what each source's values are like, statistics.
  runs::TrainingStatistics statistics;
  /// How the values of each of these sources are found and read.
  std::vector<data::SourceOptions> sources;
  /// From a sample to its views, as evaluation makes them.
  std::shared_ptr<const views::PortableTransform> transform;
  std::vector<encoders::Encoder> encoders;  ///< one a view

  /// The place of a view. Throws UsageError that lists the views and names the nearest.
  std::size_t view(const std::string& name) const;

  /// The place of a view's source among the run's.
  std::size_t source(std::size_t view) const { return transform->views().at(view).source; }

  /// Width of an output.
  std::int64_t dimension(std::size_t view, Output output) const;

  /// Reads a file as the view's source would: data::read_value. Throws what that throws.
  cv::Mat read(std::size_t view, const std::filesystem::path& file) const;

  /// View `view` of N raw values of its source, as data::SourceKind has them (pictures of any size,
  /// 8 or 16 bits, grey or RGB): float32 [N, C, H, W].
  at::Tensor prepare(std::size_t view, std::span<const cv::Mat> values) const;

  /// The output for N raw values: float32 [N, F], on the encoders' device.
  at::Tensor encode(std::size_t view, std::span<const cv::Mat> values, Output output) const;

  /// A value as a person can look at it in a view: 8-bit RGB (views::view_of).
  cv::Mat show(std::size_t view, const cv::Mat& value) const;

  /// SHA-256 of the recipe as resolved, 64 hexadecimal digits.
  std::string recipe_sha256() const;
};

struct LoadOptions {
  std::string checkpoint = runs::judged_checkpoint;  ///< one of runs::checkpoint_choices
  at::Device device = at::kCPU;
  std::string data = {};  ///< LoadedRun::data
};

/// Loads a run's encoders. Throws Error that says what is missing, damaged (checksum) or written by
/// a version of cmc that this one doesn't read.
LoadedRun load(const std::filesystem::path& run, const LoadOptions& options = {});

}  // namespace cmc::exchange
