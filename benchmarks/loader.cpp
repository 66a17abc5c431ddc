#include "benchmarks/loader.h"

#include <fmt/core.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "benchmarks/photos.h"
#include "benchmarks/sounds.h"
#include "benchmarks/temporary_folder.h"
#include "benchmarks/timing.h"
#include "cmc/data/formats/cifar.h"
#include "cmc/data/formats/image_folder.h"
#include "cmc/data/loader.h"
#include "cmc/data/tables/manifest.h"
#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/processor.h"
#include "cmc/views/sources/audio_view.h"
#include "cmc/views/view_recipe.h"

namespace cmc::benchmarks {
namespace {

namespace fs = std::filesystem;

/// Writes a batch of CIFAR-10 whose pictures are cut from photos.
void write_cifar(const fs::path& folder, std::int64_t count) {
  constexpr int side = 32;
  const cv::Mat scene = photo({1024, 1024}, cv::RNG(1));
  cv::RNG random(2);
  files::AtomicFile file(folder / "data_batch_1.bin");
  for (std::int64_t i = 0; i < count; ++i) {
    const cv::Rect window(random.uniform(0, scene.cols - side),
                          random.uniform(0, scene.rows - side), side, side);
    std::vector<cv::Mat> planes;
    cv::split(scene(window), planes);
    file.write(std::string(1, static_cast<char>(i % 10)));
    for (const cv::Mat& plane : planes) file.write(plane.data, plane.total());
  }
  file.commit();
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Only touches a picture: what is left is reading and decoding.
class Nothing : public data::Transform {
 public:
  const std::vector<data::ViewShape>& views() const override { return views_; }
  void apply(const data::Sample& sample, const RandomKey&,
             std::span<float* const> rows) const override {
    rows[0][0] = sample.values[0].data[0];
  }

 private:
  std::vector<data::ViewShape> views_{{"nothing", 1, 1, 1}};
};

/// Another transform whose values are read whole, whatever it looks at.
class ReadsAll : public data::Transform {
 public:
  explicit ReadsAll(std::shared_ptr<const data::Transform> transform)
      : transform_(std::move(transform)) {}

  const std::vector<data::ViewShape>& views() const override { return transform_->views(); }
  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    transform_->apply(sample, key, rows);
  }

 private:
  std::shared_ptr<const data::Transform> transform_;
};

/// Images a second over an epoch of a loader.
double rate_of_epoch(data::Loader& loader, std::int64_t epoch) {
  const auto start = std::chrono::steady_clock::now();
  loader.start(epoch);
  std::int64_t images = 0;
  while (const std::optional<data::Batch> batch = loader.next()) images += batch->size();
  return static_cast<double>(images) / seconds_since(start);
}

/// The median over the epochs of a loader.
double rate(const std::shared_ptr<const data::Dataset>& dataset,
            const std::shared_ptr<const data::Transform>& transform,
            const LoaderBenchmarkOptions& options, int workers) {
  data::Loader loader(dataset, transform,
                      {.batch_size = 128, .drop_last = false, .workers = workers});
  std::vector<double> rates;
  for (int epoch = 0; epoch <= options.rounds; ++epoch) {
    const double images_per_second = rate_of_epoch(loader, epoch);
    if (epoch > 0) rates.push_back(images_per_second);
  }
  return median(std::move(rates));
}

/// A row that is compared with others.
struct Contestant {
  std::string name;
  std::shared_ptr<const data::Transform> transform;
  /// Whether each epoch is the first that its data set is read in.
  bool anew = false;
};

/// The medians of several transforms over the pictures of one folder, an epoch of each in turn, so
/// that what else the machine does falls on all of them.
std::vector<double> rates_in_turn(const fs::path& folder,
                                  const std::vector<Contestant>& contestants,
                                  const LoaderBenchmarkOptions& options, int workers) {
  // Small batches: all loaders keep theirs.
  const data::LoaderOptions loading{.batch_size = 32, .drop_last = false, .workers = workers};
  std::vector<std::unique_ptr<data::Loader>> loaders(contestants.size());
  std::vector<std::vector<double>> rates(contestants.size());
  for (int epoch = 0; epoch <= options.rounds; ++epoch) {
    for (std::size_t c = 0; c < contestants.size(); ++c) {
      if (loaders[c] == nullptr || contestants[c].anew)
        loaders[c] = std::make_unique<data::Loader>(data::open_image_folder(folder).train,
                                                    contestants[c].transform, loading);
      const double images_per_second = rate_of_epoch(*loaders[c], epoch);
      if (epoch > 0) rates[c].push_back(images_per_second);
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& each : rates) medians.push_back(median(std::move(each)));
  return medians;
}

std::shared_ptr<const data::Transform> lab_transform(const data::Dataset& dataset,
                                                     std::int64_t size, views::Mode mode,
                                                     bool coarse = false) {
  const views::ViewRecipe recipe{
      .split = views::ColorOptions{.space = views::ColorSpace::lab},
      .augmentation =
          views::AugmentationOptions{
              .crop = views::Crop::random_resized, .flip_probability = 0.5, .coarse = coarse},
      .size = size};
  return views::make_split(recipe, dataset.sources()[0].shape, mode);
}

/// Recordings of a minute.
std::shared_ptr<const data::Dataset> open_sounds(const fs::path& folder,
                                                 const std::string& ending) {
  return data::open_manifest({.manifest = (folder / ("{number}." + ending)).string(),
                              .held_out = 0,
                              .sources = {{.name = "microphone",
                                           .kind = data::SourceKind::audio,
                                           .column = "file",
                                           .rate = sound_rate}}})
      .train;
}

std::shared_ptr<const data::Transform> second_of(const data::Dataset& sounds) {
  return views::make_view(views::AudioViewOptions{.seconds = 1},
                          {"microphone", 0, sounds.sources()[0]}, views::Mode::train, std::nullopt);
}

}  // namespace

nlohmann::json run_loader_benchmark(const LoaderBenchmarkOptions& options) {
  check(
      options.photos > 0 && options.small_pictures > 0 && options.sounds > 0 && options.rounds > 0,
      "photos = {}, small_pictures = {}, sounds = {}, rounds = {}: at least 1 of each was "
      "expected",
      options.photos, options.small_pictures, options.sounds, options.rounds);
  const int workers = options.workers > 0 ? options.workers : available_cores();
  const int cores = std::min(workers, available_cores());
  const TemporaryFolder photos, small;
  const std::int64_t bytes = write_photos(photos.path(), options.photos);
  write_cifar(small.path(), options.small_pictures);
  const auto folder = data::open_image_folder(photos.path()).train;
  const auto cifar = data::open_cifar10(small.path()).train;

  fmt::print(
      "loader, {} workers on {} cores; {} JPEGs of 500 × 375, {} kB each; {} pictures of 32 × 32\n",
      workers, cores, options.photos, bytes / 1000, options.small_pictures);
  nlohmann::json rows = nlohmann::json::array();
  const auto add = [&](const std::string& name, double images_per_second) {
    fmt::print("  {:<60} {:9.0f} images/s {:9.0f} a core\n", name, images_per_second,
               images_per_second / cores);
    rows.push_back({{"name", name},
                    {"workers", workers},
                    {"images_per_second", images_per_second},
                    {"images_per_second_per_core", images_per_second / cores}});
  };
  using views::Mode;
  const std::vector<Contestant> contestants = {
      {"decoded alone", std::make_shared<Nothing>()},
      {"random resized crop 224, flip, Lab, normalised", lab_transform(*folder, 224, Mode::train)},
      {"centre 224, Lab, normalised", lab_transform(*folder, 224, Mode::evaluate)},
      {"the same of files read for the first time", lab_transform(*folder, 224, Mode::evaluate),
       true},
      {"centre 112, Lab, normalised", lab_transform(*folder, 112, Mode::evaluate)},
      {"the same, coarse", lab_transform(*folder, 112, Mode::evaluate, true)}};
  const std::vector<double> rates = rates_in_turn(photos.path(), contestants, options, workers);
  for (std::size_t c = 0; c < contestants.size(); ++c)
    add("JPEG: " + contestants[c].name, rates[c]);
  add("32 × 32 mapped: random resized crop, flip, Lab, normalised",
      rate(cifar, lab_transform(*cifar, 32, Mode::train), options, workers));
  for (const std::string ending : {"wav", "flac"}) {
    const TemporaryFolder folder_of_sounds;
    const std::int64_t size = write_sounds(folder_of_sounds.path(), ending, options.sounds);
    const auto sounds = open_sounds(folder_of_sounds.path(), ending);
    const auto second = second_of(*sounds);
    const std::string what = fmt::format("a minute of {} ({} kB): a second", ending, size / 1000);
    add(what + ", read whole", rate(sounds, std::make_shared<ReadsAll>(second), options, workers));
    add(what, rate(sounds, second, options, workers));
  }
  return rows;
}

}  // namespace cmc::benchmarks
