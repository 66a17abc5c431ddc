#include "cmc/contrast/negatives/negatives.h"

#include <c10/core/ScalarType.h>

#include "cmc/error.h"

namespace cmc::contrast {
namespace {

void check_options(const BatchOptions&) {}

void check_options(const MemoryBankOptions& options) {
  check(options.samples >= 2, "the memory bank is to hold {} samples; it needs at least 2",
        options.samples);
  check(options.dim > 0, "the memory bank's vectors have dimension {}; it must be positive",
        options.dim);
  check(options.k == MemoryBankOptions::all || options.k > 0,
        "k is {}; it must be positive, or -1 for all of the bank", options.k);
  check(options.k < options.samples,
        "k is {}, but the bank has {} samples, {} beside the anchor's own; k is at most that",
        options.k, options.samples, options.samples - 1);
  check(options.momentum >= 0 && options.momentum < 1,
        "the memory bank's momentum is {}; it lies in [0, 1)", options.momentum);
  check(options.dtype == at::kFloat || options.dtype == at::kBFloat16,
        "the memory bank holds float or bfloat16 numbers, not {}", c10::toString(options.dtype));
}

void check_options(const QueueOptions& options) {
  check(options.length > 0, "the queue's length is {}; it must be positive", options.length);
  check(options.dim > 0, "the queue's vectors have dimension {}; it must be positive", options.dim);
  check(options.recent > 0 && options.recent <= 1,
        "the share of recent keys is {}; it lies in (0, 1]", options.recent);
}

std::int64_t bytes(const BatchOptions&) {
  return 0;
}
std::int64_t bytes(const MemoryBankOptions& options) {
  return options.samples * options.dim * (options.dtype == at::kFloat ? 4 : 2);
}
std::int64_t bytes(const QueueOptions& options) {
  return options.length * options.dim * 4;
}

}  // namespace

void check_negatives(const Negatives& negatives) {
  std::visit([](const auto& options) { check_options(options); }, negatives);
}

std::int64_t negatives_bytes(const Negatives& negatives, std::int64_t views) {
  return views * std::visit([](const auto& options) { return bytes(options); }, negatives);
}

}  // namespace cmc::contrast
