#pragma once

#include "cmc/error.h"

namespace cmc::distributed {

/// Another process is lost: "rank 1 ended". Every call of the group throws it from then on.
class Lost : public Error {
 public:
  using Error::Error;
};

}  // namespace cmc::distributed
