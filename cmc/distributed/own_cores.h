#pragma once

namespace cmc::distributed {

class ProcessGroup;

/// This process's equal part of the machine's cores (available_cores()), at least 1.
int own_cores(const ProcessGroup& group);

}  // namespace cmc::distributed
