#pragma once

#include <span>

#include "cmc/data/loader.h"
#include "cmc/encoders/encoder.h"
#include "cmc/evaluation/features.h"

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::evaluation {

/// The options of a loader whose batches the group's processes make together: each its part of
/// every batch, with its part of the machine's cores. Without a group (nullptr) the same options.
data::LoaderOptions shared_out(data::LoaderOptions options, const distributed::ProcessGroup* group);

/// How many of this thread's threads are this process's, where those of a group are on one machine.
int own_threads(const distributed::ProcessGroup& group);

/// Rank 0's weights and buffers for all.
void broadcast(distributed::ProcessGroup& group, std::span<encoders::Encoder> encoders);

/// Everyone's features, ordered by index: those that one process takes of the same samples. A
/// process may have none. Throws Error where nobody has any.
Features joined(distributed::ProcessGroup& group, const Features& own);

}  // namespace cmc::evaluation
