#include "cmc/data/decode/exif.h"

#include "fuzz/demand.h"
#include "fuzz/readers.h"

void cmc::fuzz::exif(Bytes input) {
  const int orientation = data::exif_orientation(input);
  demand(orientation >= 1 && orientation <= 8, "an orientation is 1 to 8");
}
