#pragma once

#include <functional>

#include "cmc/contrast/objective.h"

namespace cmc::contrast {

/// What contrasting with a gradient cache gives.
struct CachedContrast {
  /// Its loss has no graph left: the gradients are in the encoders' parameters.
  ContrastResult contrast;
  /// The whole batch's embeddings, one [N, D] a view, for Objective::update.
  std::vector<at::Tensor> embeddings;
};

/// The gradient cache (Gao et al. 2021, arXiv 2101.06983, section 3): contrasts one large batch
/// that is encoded in several forward passes, so that k is the whole batch's while memory is that
/// of a pass, and adds the gradients to the encoders' parameters. Each part is encoded without a
/// graph; the whole is contrasted; each part is encoded again, with a graph, and driven by its rows
/// of the embeddings' gradient. The gradients are those of one batch, which for a batch norm is not
/// the whole one but the pass.
///
/// `encode(pass)`: the embeddings of part `pass`, one [Nₚ, D] a view; it is called twice for each
/// and must give the same both times. `indices`: int64 [N], the parts' one after another; `extras`
/// likewise.
CachedContrast contrast_with_gradient_cache(
    Objective& objective, std::int64_t passes,
    const std::function<std::vector<at::Tensor>(std::int64_t)>& encode, const at::Tensor& indices,
    const BatchExtras& extras = {});

}  // namespace cmc::contrast
