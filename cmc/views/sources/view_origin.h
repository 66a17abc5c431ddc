#pragma once

#include <cstddef>
#include <string>

#include "cmc/data/source.h"

namespace cmc::views {

/// A view's name, and what it is made from: the source at `place` among those of a data set.
struct ViewOrigin {
  std::string name;
  std::size_t place = 0;
  data::Source source = {};
};

}  // namespace cmc::views
