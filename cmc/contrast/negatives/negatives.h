#pragma once

#include <cstdint>
#include <variant>

#include "cmc/contrast/negatives/batch.h"
#include "cmc/contrast/negatives/memory_bank.h"
#include "cmc/contrast/negatives/queue.h"

namespace cmc::contrast {

/// Where negatives come from.
using Negatives = std::variant<BatchOptions, MemoryBankOptions, QueueOptions>;

/// Throws Error on options that cannot be met, such as k above n − 1.
void check_negatives(const Negatives& negatives);

/// Bytes that a negative source holds for `views` views: views × n × D × bytes of a number; 0 for
/// the batch.
std::int64_t negatives_bytes(const Negatives& negatives, std::int64_t views);

}  // namespace cmc::contrast
