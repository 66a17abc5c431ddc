#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cmc/data/dataset.h"

namespace cmc::data {

/// The parts of a data set: what is trained on and what is only evaluated on.
struct Splits {
  std::shared_ptr<const Dataset> train;
  /// Null where the data set brings no test part of its own.
  std::shared_ptr<const Dataset> test;
  /// What a person should know at the start: what is missing, what looks wrong.
  std::vector<std::string> notes = {};
  /// Whether the test part, where the data set brings one, stands before the training part in the
  /// input (Dataset::row).
  bool test_first = false;
};

/// Classes in words, the first by name: "2 classes: cat, dog", "1 class: cat", "no labels".
std::string class_list(const std::vector<std::string>& classes);

/// A hash of a name (FNV-1a, mixed): the same on any machine.
std::uint64_t name_hash(std::string_view name);

/// Whether a sample of this name (Dataset::name) belongs to a held-out part of the given fraction.
/// The choice is name_hash alone (as a number in [0, 1) below `fraction`): it is the same on any
/// machine, and samples that are added or removed move no other across.
bool is_held_out(std::string_view name, double fraction);

/// Parts a data set into the samples that are not held out and those that are. Throws Error unless
/// 0 ≤ fraction < 1.
Splits hold_out(const std::shared_ptr<const Dataset>& dataset, double fraction);

}  // namespace cmc::data
