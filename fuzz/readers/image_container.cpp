#include "cmc/data/image_container.h"

#include "fuzz/demand.h"
#include "fuzz/readers.h"

void cmc::fuzz::image_container(Bytes input) {
  const data::ImageContainer container = data::inspect(input, "picture");
  demand(container.orientation >= 1 && container.orientation <= 8, "an orientation is 1 to 8");
  demand(container.data <= input.size(), "the compressed picture starts within the file");
}
