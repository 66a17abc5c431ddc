#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

namespace cmc::benchmarks {

struct LoaderBenchmarkOptions {
  /// Photo-like JPEGs of 500 × 375 pixels, written to a temporary folder.
  std::int64_t photos = 1000;
  /// Pictures of 32 × 32 pixels, in a mapped CIFAR-10 file.
  std::int64_t small_pictures = 20000;
  /// Recordings of a minute at 16 kHz, as WAV and as FLAC, of which a second is seen.
  std::int64_t sounds = 100;
  /// Epochs that are measured, after one that is not; the median counts.
  int rounds = 5;
  /// Worker threads; 0: one for each core.
  int workers = 0;
};

/// Measures how many images a second the loader makes: the photos through decoding, random resized
/// crop to 224, flip, Lab and normalisation, beside decoding alone, and through decoding of their
/// centre, as in evaluation, with and without coarse decoding, an epoch of each in turn; and the
/// small pictures through crop to 32, flip, Lab and normalisation. Of the recordings a log-mel view
/// of a second from a random place, beside the same from recordings that are read whole. Prints a
/// table and returns its rows:
/// {"name", "workers", "images_per_second", "images_per_second_per_core"}.
nlohmann::json run_loader_benchmark(const LoaderBenchmarkOptions& options = {});

}  // namespace cmc::benchmarks
