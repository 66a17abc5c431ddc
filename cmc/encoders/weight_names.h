#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cmc::encoders {

/// Shapes of tensors by their names.
using Shapes = std::map<std::string, std::vector<std::int64_t>>;

/// How the names of a file's tensors are read as a network's.
struct WeightNames {
  /// What was taken off in front, such as "module.encoder_q."; empty: nothing.
  std::string prefix;
  /// Other prefixes under which the file holds the network as well, such as "module.encoder_k.".
  std::vector<std::string> others;
  /// How names were spelled otherwise, for a person to read; empty: as the network spells them.
  std::string spelling;
  /// The file's name of each of the network's tensors that it holds.
  std::map<std::string, std::string> of_own;
  /// The file's names of what else is under the prefix, as the network would spell them.
  std::map<std::string, std::string> more;
};

/// Finds the network's names (`own`) among those of a file. Tried are: the names as they stand;
/// under every prefix that ends in a dot or a slash; with the network's children numbered, as
/// torch.nn.Sequential does ("0.weight" for "conv1.weight"; `children` in their order); and as the
/// package transformers spells a ResNet. A prefix or spelling is taken only where more names are
/// found by it.
///
/// Where several prefixes find equally many names, those count that find more of the shapes; then
/// the one that names `view`; then the only one that is not the second of a pair (momentum, key,
/// target, student, average). Throws Error that lists them where that leaves more than one.
WeightNames match_names(const Shapes& file, const Shapes& own,
                        const std::vector<std::string>& children, const std::string& view);

}  // namespace cmc::encoders
