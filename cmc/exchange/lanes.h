#pragma once

#include <functional>

#include "cmc/data/loader.h"

namespace cmc::exchange {

/// What a lane made of a batch: called once, when its turn has come, to use it. Returns whether
/// there is to be more.
using Turn = std::function<bool()>;

/// Runs `count` threads, each of which takes whole batches of the loader's epoch and works on them
/// apart, its operators on one thread; what they return is called in the order of the batches, one
/// at a time. Threads that share one batch wait for each other at every operator, the longer the
/// more the loader's workers keep them from their cores; lanes never do.
///
///     in_lanes(loader, 2, [&](const data::Batch& batch) {
///       const at::Tensor y = encode(batch);         // on any thread
///       return [&, y] { return write(y); };         // in turn
///     });
///
/// Throws what the loader, `work` or a turn threw first; nothing is called after that.
void in_lanes(data::Loader& loader, int count, const std::function<Turn(const data::Batch&)>& work);

}  // namespace cmc::exchange
