#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "cmc/contrast/view_graph.h"

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::contrast {

/// The positive groups of the anchors, int64 [A, C], and of the vectors, [n, C] (of the positives,
/// the anchors' own, where there are no vectors): an anchor and a candidate that have the same
/// number in one of the columns, and no negative one, are positives of each other. Undefined: an
/// anchor's only positive is its own.
struct PositiveCandidates {
  at::Tensor anchors = {}, vectors = {};
};

/// The anchors of a pair of views and whom each of them meets: all that a loss is told. Which
/// source of negatives they came from it does not know.
struct Candidates {
  ViewPair pair;
  /// [A, D], raw, differentiable; row i of both from one sample.
  at::Tensor anchors, positives;
  /// Unit rows [n, D] that anchors can meet, without gradient. Undefined: the positives themselves,
  /// each of which meets the anchors as well, so that both directions of the pair have the same
  /// scores.
  at::Tensor vectors = {};
  /// Which of the vectors are candidates: undefined, all; int64 [k], the same for every anchor;
  /// int64 [A, k], each anchor's own.
  at::Tensor picks = {};
  /// Pairs (anchor i, candidate j) that do not meet, int64 [2, E] without a pair twice, j a place
  /// in `picks` (in `vectors` where they are undefined); undefined: none. A positive among
  /// positives is left out beside them.
  at::Tensor excluded = {};
  /// Number of negatives of each anchor, int64 [A]; candidates that share a positive group count.
  at::Tensor counts = {};
  PositiveCandidates shared = {};
  /// Processes that all contrast these anchors. Where candidates serve both directions, each of
  /// them has them all, and they share the scores out; else the candidates here are this process's
  /// part, perhaps none, `counts` those of all, and `all_vectors` how many vectors they have
  /// together.
  distributed::ProcessGroup* group = nullptr;
  std::int64_t all_vectors = 0;
  /// The first so many of the A rows are anchors, the others of `positives` candidates alone, whose
  /// own losses do not count; nothing: all are anchors.
  std::optional<std::int64_t> anchoring = {};

  /// Whether this process holds a part of the candidates.
  bool in_parts() const { return group != nullptr && !both_directions(); }

  /// Whether the pair's other direction is to be scored too, from the same scores.
  bool both_directions() const { return !vectors.defined(); }

  /// n, the number of samples that a negative is drawn from.
  std::int64_t population() const {
    return in_parts() ? all_vectors : (both_directions() ? anchors : vectors).size(0);
  }
};

/// The same with `counts`; nothing where no anchor has a negative, one that is no positive of it.
/// `picks`, `excluded` and `shared` lie on the CPU.
std::optional<Candidates> counted(Candidates candidates);

}  // namespace cmc::contrast
