#pragma once

#include <filesystem>

#include "cmc/encoders/encoder.h"

namespace cmc::training {

/// Copies weights of a safetensors file into an encoder's backbone, by their names: a ResNet's are
/// torchvision's. The projection head stays as it is, and so do counts of batches that the file
/// lacks; a classifier "fc" in the file is left aside. Throws Error that lists what is missing and
/// what is unexpected, and names a tensor of another shape with both shapes.
void load_pretrained(encoders::Encoder& encoder, const std::filesystem::path& path);

}  // namespace cmc::training
