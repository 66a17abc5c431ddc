#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"

namespace cmc::views {

/// Cuts texts into subwords by a model of SentencePiece (Kudo and Richardson, 1808.06226). Safe to
/// use from several threads.
class Subwords {
 public:
  /// model: its bytes. Throws Error, which begins with `what`, where they are none, or cut short.
  Subwords(const std::string& model, const std::string& what);
  /// The numbers of the pieces of the words, joined by one space: the piece's place in the model
  /// and 1.
  std::vector<std::int32_t> of(const std::vector<std::u32string>& words) const;

  /// Above all numbers; 256 or more.
  std::int64_t symbols() const;

 private:
  std::shared_ptr<void> model_;  ///< of cmc/pieces/pieces.h
};

/// The bytes of a SentencePiece model's file. Throws Error, which begins with `what`, where it is
/// another file, such as another program's tokenizer, or cut short.
std::string read_subwords(const std::filesystem::path& file, const std::string& what);

/// A model of up to `pieces` pieces for the texts of source `source` of `train`: a unigram language
/// model (Kudo, 1804.10959), of fewer pieces where the texts have no more. The same texts give the
/// same model. Throws Error, which begins with `what`, where they are too few.
std::string train_subwords(const data::Dataset& train, std::size_t source, std::int64_t pieces,
                           const std::string& what);

}  // namespace cmc::views
