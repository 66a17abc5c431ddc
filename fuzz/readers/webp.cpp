#include "cmc/data/decode/webp.h"

#include "fuzz/picture.h"
#include "fuzz/readers.h"

void cmc::fuzz::webp(Bytes input) {
  look_at(data::decode_webp(input, "picture"));
}
