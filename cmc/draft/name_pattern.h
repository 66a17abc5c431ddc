#pragma once

#include <optional>
#include <string>
#include <vector>

namespace cmc::draft {

/// How the names of a folder's files are made.
struct NamePattern {
  std::string pattern = {};               ///< "{class}/{name}.wav", "{field1}_{field2}.wav"
  std::optional<std::string> label = {};  ///< a field that may say the class
  std::string label_reason = {};
  std::optional<std::string> groups = {};  ///< a field of what each class has several of: speakers
  std::string groups_reason = {};
};

/// Finds the form that all paths below a folder have: their folders and the parts of the names
/// between "_" (or, where there is none, "-"), as many in each. Folders are the class where there
/// is one level of them; else the first part of the names that takes few values, each in several
/// files. A later part in letters that meets each class in each of its values is the group. All
/// paths have one ending, or the ending is a field. Nothing where the folders lie at different
/// depths.
std::optional<NamePattern> find_name_pattern(const std::vector<std::string>& paths);

}  // namespace cmc::draft
