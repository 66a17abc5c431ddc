#include "cmc/evaluation/shown_samples.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>

#include "cmc/data/label_text.h"
#include "cmc/evaluation/retrieval.h"
#include "cmc/evaluation/subsets.h"
#include "cmc/evaluation/values.h"

namespace cmc::evaluation {

std::vector<std::int64_t> rows_of(const data::Dataset& dataset, const at::Tensor& indices) {
  std::vector<std::int64_t> rows;
  for (const std::int64_t i : values_of<std::int64_t>(indices)) rows.push_back(dataset.row(i));
  return rows;
}

EmbeddingMap embedding_map(const Features& judged, const data::Dataset& part,
                           const std::vector<std::string>& views, std::int64_t most,
                           std::uint64_t seed, const MapOptions& options) {
  const std::int64_t n = std::min(most, labelled(judged.labels).size(0));
  if (n < least_mapped_samples) return {};
  const at::Tensor chosen = stratified_subset(judged.labels, n, seed);
  std::vector<at::Tensor> unit;
  for (const at::Tensor& embedding : judged.embeddings) {
    const at::Tensor rows = embedding.index_select(0, chosen);
    unit.push_back(rows / rows.norm(2, 1, true).clamp_min(1e-12));
  }
  const at::Tensor map = tsne(at::cat(unit, 1), options).to(at::kDouble);
  return {rows_of(part, judged.indices.index_select(0, chosen)),
          values_of<std::int64_t>(judged.labels.index_select(0, chosen)),
          values_of<double>(map.select(1, 0)),
          values_of<double>(map.select(1, 1)),
          views.size() > 1 ? "all" : views[0],
          "t-SNE"};
}

ShownNeighbours shown_neighbours(const Features& judged, const data::Dataset& part,
                                 const std::vector<std::string>& views, std::int64_t queries,
                                 std::int64_t found, std::uint64_t seed) {
  ShownNeighbours shown;
  if (views.size() < 2) return shown;
  const Features having = judged.present.defined()
                              ? select(judged, judged.present.all(1).nonzero().squeeze(1))
                              : judged;
  const std::int64_t with_label = labelled(having.labels).size(0);
  const std::int64_t n = std::min(queries, with_label > 0 ? with_label : having.labels.size(0));
  if (n == 0) return shown;
  const at::Tensor chosen = with_label > 0 ? stratified_subset(having.labels, n, seed)
                                           : evenly_spaced(having.labels.size(0), n);
  std::map<std::int64_t, std::int64_t> index_of_row;
  const auto rows = [&](const at::Tensor& indices) {
    for (const std::int64_t i : values_of<std::int64_t>(indices)) index_of_row[part.row(i)] = i;
    return rows_of(part, indices);
  };
  const std::vector<std::int64_t> query_rows = rows(having.indices.index_select(0, chosen));
  for (std::size_t from = 0; from < views.size(); ++from) {
    const std::size_t to = (from + 1) % views.size();
    const at::Tensor nearest = nearest_neighbours(having.embeddings[from].index_select(0, chosen),
                                                  having.embeddings[to], found)
                                   .indices;
    for (std::int64_t i = 0; i < n; ++i)
      shown.neighbours.push_back({query_rows[static_cast<std::size_t>(i)], views[from], views[to],
                                  rows(having.indices.index_select(0, nearest[i]))});
  }
  for (const auto& [row, index] : index_of_row)
    shown.samples.push_back({row, part.name(index), data::label_text(part, index)});
  return shown;
}

}  // namespace cmc::evaluation
