#include "cmc/views/sources/subwords.h"

#include <string>

#include "fuzz/demand.h"
#include "fuzz/readers.h"

/// A model of SentencePiece, which then cuts a text.
void cmc::fuzz::subwords(Bytes input) {
  const views::Subwords subwords(std::string(input.begin(), input.end()), "model");
  for (const std::int32_t number : subwords.of({U"a", U"dog", U"犬"}))
    demand(number > 0 && number < subwords.symbols(), "a subword's number is a symbol");
}
