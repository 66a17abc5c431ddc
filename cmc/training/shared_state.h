#pragma once

#include "cmc/training/checkpoint.h"
#include "cmc/training/model.h"

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::training {

/// Rank 0's parameters and buffers become everyone's.
void broadcast(distributed::ProcessGroup& group, ModelImpl& model);

/// Rank 0's checkpoint.
Checkpoint broadcast(distributed::ProcessGroup& group, Checkpoint checkpoint);

}  // namespace cmc::training
