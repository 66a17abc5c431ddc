#include "cmc/data/decode/sound_container.h"

#include "fuzz/demand.h"
#include "fuzz/readers.h"

void cmc::fuzz::sound_container(Bytes input) {
  std::size_t bytes = 0;
  for (const Bytes stream : data::chained_streams(input)) bytes += stream.size();
  demand(bytes == input.size(), "a chain's streams are all of the file");
  data::check_sound_length(input, "sound");
}
