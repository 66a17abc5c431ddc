#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace cmc::data {

struct MakeSensesOptions {
  std::int64_t samples = 12000;
  /// Of them, the test part.
  std::int64_t test_samples = 2000;
  std::uint64_t seed = 1;
  /// Told the share that is done, 0 … 1.
  std::function<void(double)> progress = nullptr;
};

/// Information that each pair of views shares, in nats: log 6, since the views are functions of the
/// factors and of noise that is their own.
double senses_information();

/// Writes a made-up data set of three senses, whose shared information is known: senses.csv with
/// the columns id, part, photo, clip, t0 … t11, and the factors shape, size, warmth and sweep, each
/// uniform and independent:
///
/// | factor | values | photo (32 × 32 PNG)     | clip (0.3 s WAV, 8 kHz) | table                |
/// | ------ | ------ | ----------------------- | ----------------------- | -------------------- |
/// | shape  | 3      | disc, square, triangle  | 500, 1000 or 2000 Hz    | columns, mixed       |
/// | size   | 2      | small, large            | steady, trembling       | –                    |
/// | warmth | 2      | red, blue               | –                       | columns, mixed       |
/// | sweep  | 2      | –                       | falling, rising         | columns, mixed       |
///
/// The rest is noise of each view's own: place, brightness and grain; loudness, onset and hiss;
/// four columns of noise, and noise on all. Throws Error where the folder can't be written, and
/// unless 0 < test_samples < samples.
void make_senses(const std::filesystem::path& folder, const MakeSensesOptions& options = {});

}  // namespace cmc::data
