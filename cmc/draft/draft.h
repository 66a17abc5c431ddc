#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cmc::draft {

/// A line of a recipe.
struct DraftKey {
  std::string name = {};
  std::string value = {};   ///< as TOML has it
  std::string reason = {};  ///< why, where it is a guess; empty: it needs none
};

/// A table of a recipe.
struct DraftSection {
  std::string header = {};  ///< "[data]", "[[view]]"
  std::string reason = {};  ///< what it is, or why; empty for none
  std::vector<DraftKey> keys = {};

  void add(std::string name, std::string value, std::string reason = {}) {
    keys.push_back({std::move(name), std::move(value), std::move(reason)});
  }
};

/// A recipe that was written from the look of some data.
struct Draft {
  std::string data = {};                ///< what was looked at, as a person named it
  std::string found = {};               ///< "178 samples: 13 columns of numbers, …"
  std::vector<std::string> notes = {};  ///< what a person should know, a sentence each
  std::vector<DraftSection> sections = {};
};

struct DraftOptions {
  /// The column of the labels; empty: guessed.
  std::string label = {};
  /// Whether the recipe names the data by its path from the root of the file system: for one that
  /// is not read from the folder that it was written in.
  bool absolute = false;
};

/// Looks at data and drafts a recipe that trains on it as it is: a folder of pictures or of sounds,
/// IDX, CIFAR or STL-10, a table (CSV, TSV, JSON lines), a folder of tables that belong together
/// row by row, an array (.npy, .npz), or a pattern of file names in braces. Kinds are told by
/// content; what each column is for, by content and name. Every guess has its reason.
///
/// Throws Error where nothing can be learned from it: no such place, an empty folder, one column,
/// fewer than 8 samples, contents that don't tell what belongs together; it says what was found and
/// what to do.
Draft draft(const std::string& data, const DraftOptions& options = {});

/// The recipe's text, with the reasons as comments.
std::string to_toml(const Draft& draft);

/// The guesses, a line each: "data.label = \"target\": by its name, …".
std::vector<std::string> guesses(const Draft& draft);

}  // namespace cmc::draft
