#include "cmc/views/pictures/quadrants.h"

#include "cmc/error.h"
#include "cmc/views/pictures/regions.h"

namespace cmc::views {

std::shared_ptr<const Split> make_split(const QuadrantsOptions&, const Frame& frame) {
  const cv::Size size = frame.size();
  check(size.width >= 2 && size.height >= 2,
        "views of kind quadrants: the picture is {} x {} pixels; each side must be 2 or more",
        size.width, size.height);
  const cv::Size quarter(size.width / 2, size.height / 2);
  const int right = size.width - quarter.width, bottom = size.height - quarter.height;
  return make_regions({{"top-left", {{0, 0}, quarter}},
                       {"top-right", {{right, 0}, quarter}},
                       {"bottom-left", {{0, bottom}, quarter}},
                       {"bottom-right", {{right, bottom}, quarter}}},
                      frame);
}

}  // namespace cmc::views
