#pragma once

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "cmc/runs/run_folder.h"
#include "cmc/runs/setup.h"
#include "tests/files/npy_file.h"
#include "tests/temporary_folder.h"

namespace cmc::exchange::test {

/// A WAV file of 0.1 s at 8 kHz: a tone of its own.
inline std::string tone(int i) {
  std::string bytes(
      "RIFF\x64\x06\0\0WAVEfmt "
      "\x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\x40\x06\0\0",
      44);
  for (int t = 0; t < 800; ++t) {
    const auto x = static_cast<std::int16_t>(9000 * std::sin(0.05 * (i + 1) * t));
    bytes.append(reinterpret_cast<const char*>(&x), 2);
  }
  return bytes;
}

/// things.csv, with the columns id, clip, a0, a1 and kind, and touch.csv beside it, with the
/// columns thing, b0, b1 and b2, joined by its key: 20 things. Of every fifth the clip is missing,
/// of every fourth (0, 4, …) the row in touch.csv.
inline void write_things(const TemporaryFolder& folder, int things = 20, double scale = 1) {
  std::string manifest = "id,clip,a0,a1,kind\n", touch = "thing,b0,b1,b2\n";
  for (int i = 0; i < things; ++i) {
    const std::string clip = i % 5 == 0 ? "" : "clip" + std::to_string(i) + ".wav";
    if (!clip.empty()) folder.write(clip, tone(i));
    manifest += "thing " + std::to_string(i) + "," + clip + "," + std::to_string(scale * i) + "," +
                (i == 7 ? "" : std::to_string(100 - scale * i)) + "," + (i % 2 ? "odd" : "even") +
                "\n";
    if (i % 4 != 0)
      touch += "thing " + std::to_string(i) + "," + std::to_string(scale * i * i) + ",1," +
               std::to_string(std::cos(i)) + "\n";
  }
  folder.write("things.csv", manifest);
  folder.write("touch.csv", touch);
}

/// A run of untrained encoders by a recipe.
inline std::filesystem::path untrained_run(const TemporaryFolder& folder,
                                           const std::filesystem::path& recipe) {
  const auto run = runs::RunFolder::create(folder / "run", recipe::read_recipe(recipe), {});
  const runs::Setup setup = runs::set_up(run.recipe(), run);
  training::Model model = runs::make_model(run.recipe(), setup);
  run.save(training::Checkpoint{.model = model->state()}, "last");
  return run.path();
}

/// A run of untrained encoders on these things: views "clip", "shape" (a0, a1, kind) and "touch".
inline std::filesystem::path own_views_run(const TemporaryFolder& folder) {
  write_things(folder);
  const auto recipe =
      folder.write("things.toml", "[data]\nmanifest = \"" + (folder / "things.csv").string() + R"("
key = "id"
held_out = 0
[[view]]
name = "clip"
kind = "audio"
column = "clip"
rate = 8000
seconds = 0.1
bands = 12
[[view]]
name = "shape"
kind = "table"
columns = ["a0", "a1"]
categorical = "kind"
[[view]]
name = "touch"
kind = "table"
table = "touch.csv"
table_key = "thing"
columns = "b0..b2"
[encoder]
channels = [8, 12]
widths = [16]
embedding_dim = 6
)");
  return untrained_run(folder, recipe);
}

/// times.csv, with the columns t, Unix seconds 5 s apart, and north, metres 2 cm apart, and
/// scans.npy, int64 milliseconds: 40 things, and a run of untrained encoders on them, with the
/// views "time" and "scan".
inline std::filesystem::path times_run(const TemporaryFolder& folder) {
  std::string manifest = "t,north\n";
  std::vector<std::int64_t> scans;
  for (int i = 0; i < 40; ++i) {
    manifest += fmt::format("{},{}\n", 1700000000 + 5 * i,
                            i == 3 ? "" : fmt::format("{:.2f}", 5412345 + 0.02 * i));
    for (int j = 0; j < 3; ++j) scans.push_back(1700000000000 + 7 * i + j);
  }
  folder.write("times.csv", manifest);
  folder.write("scans.npy", npy("<i8", "'shape': (40, 3)", bytes_of(scans)));
  return untrained_run(folder, folder.write("times.toml", "[data]\nmanifest = \"" +
                                                              (folder / "times.csv").string() + R"("
held_out = 0
[[view]]
name = "time"
kind = "table"
columns = ["t", "north"]
[[view]]
name = "scan"
kind = "array"
file = "scans.npy"
[encoder]
widths = [16]
embedding_dim = 6
)"));
}

}  // namespace cmc::exchange::test
