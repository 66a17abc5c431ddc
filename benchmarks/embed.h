#pragma once

#include <nlohmann/json.hpp>

namespace cmc::benchmarks {

/// How much of the bare network's rate is left when pictures are read from JPEG files: ResNet-18 at
/// 224 pixels, encode_all over photos of 500 × 375 against the encoder alone on batches in memory,
/// in turn, medians, in float32 and, where the processor has it, bfloat16. The encoder alone is
/// measured twice: its threads sharing each batch, as libtorch does by itself, which the ratios
/// refer to, and each thread on batches of its own, as encode_all does; what lies between the
/// latter and the files is what reading costs. Prints a table and returns its rows: {"name",
/// "images_per_second", "ratio"}.
nlohmann::json embed();

}  // namespace cmc::benchmarks
