#include "cmc/data/decode/tiff.h"

#include "fuzz/picture.h"
#include "fuzz/readers.h"

void cmc::fuzz::tiff(Bytes input) {
  look_at(data::decode_tiff(input, "picture"));
}
