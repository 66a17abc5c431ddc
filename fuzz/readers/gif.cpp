#include "cmc/data/decode/gif.h"

#include "fuzz/picture.h"
#include "fuzz/readers.h"

void cmc::fuzz::gif(Bytes input) {
  look_at(data::decode_gif(input, "picture"));
}
