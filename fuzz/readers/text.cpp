#include "cmc/data/decode/decode_text.h"
#include "cmc/files/utf8.h"
#include "cmc/views/sources/word_grams.h"
#include "fuzz/demand.h"
#include "fuzz/readers.h"

/// A text, by its words and their n-grams.
void cmc::fuzz::text(Bytes input) {
  const cv::Mat text =
      data::decode_text({reinterpret_cast<const char*>(input.data()), input.size()});
  const std::string again = data::text_of(text);
  demand(files::is_utf8(again), "a text is UTF-8");
  demand(data::text_of(data::decode_text(again)) == again, "a text in normal form stays as it is");
  demand(!data::script_of(text).empty(), "a text has a script");
  const auto words = views::words_of(text, {});
  demand(!words.empty(), "a text has a word");
  for (const std::int32_t number : views::word_grams(words, {.symbols = 256}))
    demand(number > 0 && number < 256, "an n-gram's number is a symbol");
}
