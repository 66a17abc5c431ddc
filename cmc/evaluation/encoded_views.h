#pragma once

#include <memory>
#include <vector>

#include "cmc/data/transform.h"
#include "cmc/encoders/encoder.h"

namespace cmc::evaluation {

/// Views with an encoder each.
struct EncodedViews {
  std::vector<encoders::Encoder> encoders;
  std::shared_ptr<const data::Transform> transform;
};

}  // namespace cmc::evaluation
