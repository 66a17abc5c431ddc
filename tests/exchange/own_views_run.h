#pragma once

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "cmc/training/checkpoint.h"
#include "cmc/training/run_folder.h"
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
  const auto run = training::RunFolder::create(folder / "run", training::read_recipe(recipe), {});
  const training::Setup setup = training::set_up(run.recipe(), run.path());
  training::Model model = training::make_model(run.recipe(), setup);
  training::Checkpoint checkpoint;
  checkpoint.model = model->state();
  checkpoint.generator = at::zeros({1});
  training::save_checkpoint(run.path() / "checkpoint-last.safetensors", checkpoint);
  return run.path();
}

}  // namespace cmc::exchange::test
