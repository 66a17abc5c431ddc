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

#include "benchmarks/timing.h"
#include "cmc/data/atomic_file.h"
#include "cmc/data/cifar.h"
#include "cmc/data/image_folder.h"
#include "cmc/data/loader.h"
#include "cmc/error.h"
#include "cmc/parallel.h"
#include "cmc/views/view_recipe.h"

namespace cmc::benchmarks {
namespace {

namespace fs = std::filesystem;

/// A folder that goes with its scope.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "cmc-loader-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr, "{}: can't create a folder", name);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// A picture with a photo's statistics: noise whose amplitude falls with its frequency (1 / f, as
/// in natural images), a few objects with sharp edges, and a camera's grain.
cv::Mat photo(cv::Size size, cv::RNG random) {
  cv::Mat image(size, CV_32FC3, cv::Scalar::all(128));
  for (int cells = 2; cells <= size.width; cells *= 2) {
    cv::Mat octave(std::max(1, cells * size.height / size.width), cells, CV_32FC1), grown;
    random.fill(octave, cv::RNG::NORMAL, 0, 90.0 / std::sqrt(cells));
    cv::resize(octave, grown, size, 0, 0, cv::INTER_CUBIC);
    const cv::Scalar tint(random.uniform(0.6, 1.2), 1, random.uniform(0.6, 1.2));
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        for (int c = 0; c < 3; ++c) {
          image.at<cv::Vec3f>(y, x)[c] += static_cast<float>(tint[c]) * grown.at<float>(y, x);
        }
      }
    }
  }
  for (int i = 0; i < 8; ++i) {
    cv::Mat mask(size, CV_8UC1, cv::Scalar(0));
    cv::ellipse(mask, {random.uniform(0, size.width), random.uniform(0, size.height)},
                {random.uniform(10, size.width / 4), random.uniform(10, size.height / 4)},
                random.uniform(0, 180), 0, 360, 255, cv::FILLED);
    const cv::Scalar light(random.uniform(-70, 70), random.uniform(-70, 70),
                           random.uniform(-70, 70));
    cv::add(image, light, image, mask);
  }
  cv::Mat grain(size, CV_32FC3), bytes;
  random.fill(grain, cv::RNG::NORMAL, 0, 10);
  cv::Mat(image + grain).convertTo(bytes, CV_8U);
  return bytes;
}

/// Writes the photos as JPEGs of quality 90, colour at half the resolution (4:2:0, the encoder's
/// default), and returns their mean size in bytes.
std::int64_t write_photos(const fs::path& folder, std::int64_t count) {
  std::int64_t bytes = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const fs::path path = folder / fmt::format("{:06}.jpg", i);
    const cv::Mat image = photo({500, 375}, cv::RNG(static_cast<std::uint64_t>(i) + 1));
    check(cv::imwrite(path.string(), image, {cv::IMWRITE_JPEG_QUALITY, 90}), "{}: can't be written",
          path.string());
    bytes += static_cast<std::int64_t>(fs::file_size(path));
  }
  return bytes / count;
}

/// Writes a batch of CIFAR-10 whose pictures are cut from photos.
void write_cifar(const fs::path& folder, std::int64_t count) {
  constexpr int side = 32;
  const cv::Mat scene = photo({1024, 1024}, cv::RNG(1));
  cv::RNG random(2);
  data::AtomicFile file(folder / "data_batch_1.bin");
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

/// Images a second over the epochs of a loader.
double rate(const std::shared_ptr<const data::Dataset>& dataset,
            const std::shared_ptr<const data::Transform>& transform,
            const LoaderBenchmarkOptions& options, int workers) {
  data::Loader loader(dataset, transform,
                      {.batch_size = 128, .drop_last = false, .workers = workers});
  std::vector<double> rates;
  for (int epoch = 0; epoch <= options.rounds; ++epoch) {
    const auto start = std::chrono::steady_clock::now();
    loader.start(epoch);
    std::int64_t images = 0;
    while (const std::optional<data::Batch> batch = loader.next()) images += batch->size();
    if (epoch > 0) rates.push_back(static_cast<double>(images) / seconds_since(start));
  }
  return median(std::move(rates));
}

std::shared_ptr<const data::Transform> lab_transform(const data::Dataset& dataset,
                                                     std::int64_t size) {
  const views::ViewRecipe recipe{
      .split = views::ColorOptions{.space = views::ColorSpace::lab},
      .augmentation =
          views::AugmentationOptions{.crop = views::Crop::random_resized, .flip_probability = 0.5},
      .size = size};
  return views::make_split(recipe, dataset.sources()[0].shape, views::Mode::train);
}

}  // namespace

nlohmann::json run_loader_benchmark(const LoaderBenchmarkOptions& options) {
  check(options.photos > 0 && options.small_pictures > 0 && options.rounds > 0,
        "photos = {}, small_pictures = {}, rounds = {}: at least 1 of each was expected",
        options.photos, options.small_pictures, options.rounds);
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
  add("JPEG: decoded alone", rate(folder, std::make_shared<Nothing>(), options, workers));
  add("JPEG: random resized crop 224, flip, Lab, normalised",
      rate(folder, lab_transform(*folder, 224), options, workers));
  add("32 × 32 mapped: random resized crop, flip, Lab, normalised",
      rate(cifar, lab_transform(*cifar, 32), options, workers));
  return rows;
}

}  // namespace cmc::benchmarks
