#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cmc/data/dataset.h"
#include "cmc/views/pictures/augmentation.h"
#include "cmc/views/portable_transform.h"
#include "cmc/views/sources/standardization.h"
#include "cmc/views/sources/view_origin.h"

namespace cmc::views {

/// What an encoder is given a text as.
enum class TextTokens {
  ngrams,    ///< word_grams.h
  subwords,  ///< subwords.h
};

/// What an encoder is given of a text, and what happens to it in training.
struct TextViewOptions {
  static constexpr data::SourceKind kind = data::SourceKind::text;

  TextTokens tokens = TextTokens::ngrams;
  /// So many n-grams or subwords at most, from the text's beginning on.
  std::int64_t length = 256;
  /// subwords: a SentencePiece model's file; empty: one of `pieces` pieces, trained on the training
  /// part.
  std::string tokenizer = {};
  std::int64_t pieces = 2000;
  /// ngrams: as WordGramOptions has them.
  std::int64_t symbols = 32768;
  std::int64_t shortest = 1;
  std::int64_t longest = 5;
  bool words = true;
  /// false: letters without their accents and other marks, so that languages that differ in them
  /// share n-grams.
  bool accents = true;

  /// Probability with which each n-gram or subword, each character, each word is dropped.
  double dropout = 0;
  double character_dropout = 0;
  double word_dropout = 0;
  /// Least share of the words that is taken, one after the other, from a random place; within (0,
  /// 1]. 1: all.
  double crop = 1;
};

/// 2 × 1 × length: the numbers of n-grams or subwords (ViewShape::symbols), then zeros; and what
/// each weighs, the squares of which add up to 1: of n-grams more the rarer they are (Rarity), of
/// subwords alike. Without `known`, which measure_view gives, n-grams weigh alike, too. Throws
/// Error that names the view, the option, its value and its range.
std::shared_ptr<const PortableTransform> make_view(const TextViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known);

/// ngrams: how rare each is. subwords: the tokenizer, from its file or trained.
std::optional<Standardization> measure_view(const TextViewOptions& options,
                                            const ViewOrigin& origin, const data::Dataset& train);

}  // namespace cmc::views
