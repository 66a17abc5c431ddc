#include "cmc/data/decode/jpeg.h"

#include "fuzz/picture.h"
#include "fuzz/readers.h"

void cmc::fuzz::jpeg(Bytes input) {
  for (const int channels : {1, 3}) look_at(data::decode_jpeg(input, "picture", channels));
}
