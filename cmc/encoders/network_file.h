#pragma once

#include <filesystem>
#include <string>

namespace cmc::encoders {

/// The kinds of files that networks and their weights come in.
enum class NetworkFile {
  safetensors,
  checkpoint,   ///< of torch.save: weights, and whatever else was pickled
  torchscript,  ///< of torch.jit.save: code and weights
  exported,     ///< the same, written by `cmc export`
  shard_index,  ///< model.safetensors.index.json: which of several files holds which weight
  pickle,       ///< Python's, not torch.save's
  onnx,
  hdf5,
  numpy,
  zip,
  gzip,
  tar,
  html,         ///< a web page that was saved in the file's place
  lfs_pointer,  ///< Git LFS's note in place of a file that was not fetched
  empty,
  unknown,
};

/// What a file is, by its bytes and not its name. Nothing in it is run. Throws Error where it can't
/// be read.
NetworkFile network_file(const std::filesystem::path& path);

/// In words: "a PyTorch checkpoint (torch.save)".
std::string describe(NetworkFile kind);

/// What makes a safetensors file of it, to stand behind a description: the line of a shell, or
/// where to get the right file; empty for what no weights are to be had of.
std::string to_safetensors(NetworkFile kind, const std::filesystem::path& path);

}  // namespace cmc::encoders
