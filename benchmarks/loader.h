#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

namespace cmc::benchmarks {

struct LoaderBenchmarkOptions {
  /// Photo-like JPEGs of 500 × 375 pixels, written to a temporary folder.
  std::int64_t photos = 1000;
  /// Pictures of 32 × 32 pixels, in a mapped CIFAR-10 file.
  std::int64_t small_pictures = 20000;
  /// Epochs that are measured, after one that is not; the median counts.
  int rounds = 5;
  /// Worker threads; 0: one for each core.
  int workers = 0;
};

/// Measures how many images a second the loader makes: the photos through decoding, random resized
/// crop to 224, flip, Lab and normalisation, beside decoding alone; and the small pictures through
/// crop to 32, flip, Lab and normalisation. Prints a table and returns its rows: {"name",
/// "workers", "images_per_second", "images_per_second_per_core"}.
nlohmann::json run_loader_benchmark(const LoaderBenchmarkOptions& options = {});

}  // namespace cmc::benchmarks
