#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "cmc/contrast/view_graph.h"

namespace cmc::contrast {

/// A batch as an objective is given it.
struct EmbeddedBatch {
  /// One [N, D] a view, raw.
  const std::vector<at::Tensor>& embeddings;
  /// int64 [N] on the CPU: the samples' indices in their data set.
  at::Tensor indices;
  /// bool [N, views] on the CPU: which views a sample has; undefined: all.
  at::Tensor present;
  /// The momentum encoders' embeddings, one [N, D] a view, or empty.
  const std::vector<at::Tensor>& keys;
  /// The first so many rows are anchors, the others candidates alone.
  std::int64_t anchors = embeddings.front().size(0);
};

/// The part of a batch that a pair of views contrasts: the samples that have both.
struct PairBatch {
  ViewPair pair;
  /// Rows of the batch, int64 [A] on the CPU; undefined: all.
  at::Tensor rows;
  /// Their samples' indices, int64 [A] on the CPU.
  at::Tensor samples;
  /// Raw rows [A, D] of the anchors' view and of the candidates'.
  at::Tensor anchors, positives;
  /// The first so many of the A rows are anchors, the others candidates alone.
  std::int64_t anchoring = 0;

  /// `positives`: one [N, D] a view, what the anchors' positives are taken from.
  PairBatch(const EmbeddedBatch& batch, const ViewPair& pair,
            const std::vector<at::Tensor>& positives);

  /// A.
  std::int64_t size() const { return samples.size(0); }
};

/// Throws Error unless there are embeddings of `views` views, all of one shape [N, D], N and D ≥ 1,
/// one type and one device.
void check_embeddings(const std::vector<at::Tensor>& embeddings, std::int64_t views);

/// Throws Error unless `indices` are int64 [rows], none of them negative or given twice, and below
/// `samples` where that is not 0.
void check_indices(const at::Tensor& indices, std::int64_t rows, std::int64_t samples);

/// Throws Error unless `present` is bool [rows, views] or undefined.
void check_present(const at::Tensor& present, std::int64_t rows, std::int64_t views);

/// Which of a pair's two views.
using Side = std::int64_t ViewPair::*;

/// Throws Error where a row that takes part in a pair as one of `sides` is zero or not finite.
/// `rows`: one [N, D] a view; `name`: what they are called, before the view's number; `present`: as
/// EmbeddedBatch has it.
void check_rows(const std::vector<at::Tensor>& rows, std::string_view name, const ViewGraph& graph,
                const at::Tensor& present, std::initializer_list<Side> sides);

/// The same for rows that are stored: those of samples that have the view.
void check_stored(const std::vector<at::Tensor>& rows, std::string_view name,
                  const at::Tensor& present);

}  // namespace cmc::contrast
