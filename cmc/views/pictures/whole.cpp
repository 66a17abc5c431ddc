#include "cmc/views/pictures/whole.h"

#include "cmc/views/pictures/regions.h"

namespace cmc::views {

std::shared_ptr<const Split> make_split(const WholeOptions&, const Frame& frame) {
  return make_regions({{"whole", {{0, 0}, frame.size()}}}, frame);
}

}  // namespace cmc::views
