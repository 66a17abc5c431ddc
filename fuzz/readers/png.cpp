#include "cmc/data/decode/png.h"

#include "fuzz/picture.h"
#include "fuzz/readers.h"

void cmc::fuzz::png(Bytes input) {
  look_at(data::decode_png(input, "picture"));
}
