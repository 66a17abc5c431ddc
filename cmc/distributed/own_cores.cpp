#include "cmc/distributed/own_cores.h"

#include <algorithm>

#include "cmc/distributed/process_group.h"
#include "cmc/processor.h"

namespace cmc::distributed {

int own_cores(const ProcessGroup& group) {
  return std::max(1, available_cores() / group.local_size());
}

}  // namespace cmc::distributed
