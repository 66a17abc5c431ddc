#include "cmc/data/decode/mp3.h"

#include "fuzz/demand.h"
#include "fuzz/readers.h"

void cmc::fuzz::mp3(Bytes input) {
  data::is_mp3(input);
  const data::DecodedSound sound = data::decode_mp3(input, "sound");
  demand(sound.rate > 0, "a sound has a rate");
  demand_finite(sound.samples);
}
