#include "cmc/data/decode/bmp.h"

#include "fuzz/picture.h"
#include "fuzz/readers.h"

void cmc::fuzz::bmp(Bytes input) {
  look_at(data::decode_bmp(input, "picture"));
}
