#pragma once

#include <filesystem>
#include <string>

#include "cmc/encoders/encoder.h"

namespace cmc::encoders {

/// Copies weights of a safetensors file into an encoder's backbone, by their names: a ResNet's are
/// torchvision's. They are found under a prefix and in other spellings too (weight_names.h), and
/// converted to float32 from float16, bfloat16 and float64. The projection head stays as it is, and
/// so do counts of batches that the file lacks; what is none of the backbone's (a classifier, a
/// projection head, another network) is dropped.
///
/// Returns a line that says what was loaded, by which names, dropped and missing. Throws Error that
/// lists what is missing, what the backbone has no place for (layers beyond its own), and tensors
/// of another shape with both shapes; and that names a file of another kind, with the line of
/// Python that converts it (network_file.h).
std::string load_pretrained(encoders::Encoder& encoder, const std::filesystem::path& path);

}  // namespace cmc::encoders
