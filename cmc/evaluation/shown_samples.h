#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/evaluation/evaluation.h"
#include "cmc/evaluation/features.h"
#include "cmc/evaluation/map.h"

namespace cmc::evaluation {

/// The data set's numbers (data::Dataset::row) of these samples of it, int64 [M].
std::vector<std::int64_t> rows_of(const data::Dataset& dataset, const at::Tensor& indices);

/// A map of fewer samples shows nothing.
inline constexpr std::int64_t least_mapped_samples = 4;

/// A map (tsne) of at most `most` of the judged samples that have a label, of all classes alike, by
/// their embeddings in all views side by side, each of unit length; without points where there
/// are fewer than least_mapped_samples. `part`: the samples that `judged` are of; `views`: their
/// names.
EmbeddingMap embedding_map(const Features& judged, const data::Dataset& part,
                           const std::vector<std::string>& views, std::int64_t most,
                           std::uint64_t seed, const MapOptions& options = {});

/// Queries with what is nearest to them in another view, and what is known of all these samples.
struct ShownNeighbours {
  std::vector<CrossViewNeighbours> neighbours;
  std::vector<ShownSample> samples;  ///< by row, each once
};

/// For `queries` judged samples that have every view (of all classes alike where some have a label,
/// at even distances else), as seen in each view, the `found` nearest as seen in the next view.
/// Empty where there is one view alone.
ShownNeighbours shown_neighbours(const Features& judged, const data::Dataset& part,
                                 const std::vector<std::string>& views, std::int64_t queries,
                                 std::int64_t found, std::uint64_t seed);

}  // namespace cmc::evaluation
