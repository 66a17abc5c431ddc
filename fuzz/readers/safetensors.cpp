#include "cmc/files/safetensors.h"

#include <ATen/ATen.h>

#include "cmc/training/checkpoint.h"
#include "fuzz/demand.h"
#include "fuzz/folder.h"
#include "fuzz/readers.h"

void cmc::fuzz::safetensors(Bytes input) {
  static const Folder folder;
  const std::filesystem::path path = folder.write("file.safetensors", input);
  const files::TensorFile file = files::load_safetensors(path);
  std::size_t bytes = 0;
  for (const auto& [name, tensor] : file.tensors) bytes += tensor.nbytes();
  demand(bytes <= input.size(), "no tensor is larger than the file");
  if (!file.metadata.contains("step")) return;
  const training::Checkpoint checkpoint = training::load_checkpoint(path);
  const training::Position& position = checkpoint.position;
  demand(position.step >= 0 && position.epoch >= 0 && position.batch >= 0,
         "a position in training is not negative");
}
