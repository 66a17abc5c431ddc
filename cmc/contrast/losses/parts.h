#pragma once

#include <ATen/core/Tensor.h>

#include <array>

#include "cmc/contrast/losses/log_odds.h"

namespace cmc::contrast {

// Candidates of which each process holds a part (Candidates::in_parts): every process sums over its
// own, and then has what one process would have of them all.

/// Whether an anchor has a negative in this process's part.
bool has_negatives_here(const Candidates& candidates);

/// The anchors, positives and τ to contrast this part with; their gradients are summed over the
/// parts.
std::array<at::Tensor, 3> shared_out(const Candidates& candidates, const at::Tensor& temperature);

/// [A] zeros that depend on all of these, where this part has nothing to contrast.
at::Tensor nothing_of(const std::array<at::Tensor, 3>& shared);

/// s⁺ [A], whole in each process.
at::Tensor positives_of(const Candidates& candidates);

/// What the parts' figures say together: the largest of `hardest` [A], and the mean of `negative`
/// over all pairs, where this part has a mean of its own.
at::Tensor hardest_of_parts(const Candidates& candidates, const at::Tensor& hardest);
at::Tensor negative_of_parts(const Candidates& candidates, const at::Tensor& negative);

/// log_odds() of all parts.
LogOdds log_odds_of_parts(const Candidates& candidates, const at::Tensor& temperature);

}  // namespace cmc::contrast
