#include "cmc/kernels/reference/score_chunks.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "cmc/kernels/positive_groups.h"

namespace cmc::kernels {
namespace {

constexpr std::int64_t scores_at_once = std::int64_t{1} << 21;

}  // namespace

ScoreChunks::ScoreChunks(at::Tensor anchors, at::Tensor candidates, at::Tensor picks,
                         at::Tensor excluded, bool diagonal, ScoreGroups groups)
    : anchors_(std::move(anchors)),
      candidates_(std::move(candidates)),
      picks_(std::move(picks)),
      excluded_(std::move(excluded)),
      diagonal_(diagonal),
      groups_(std::move(groups)) {
  if (picks_.numel() == 0) picks_ = at::Tensor();
  if (excluded_.numel() == 0) excluded_ = at::Tensor();
  if (groups_.anchors.defined() && groups_.anchors.numel() == 0) groups_ = {};
}

std::int64_t ScoreChunks::columns() const {
  return picks_.defined() ? picks_.size(1) : candidates_.size(0);
}

std::int64_t ScoreChunks::rows_at_once() const {
  return std::max<std::int64_t>(1, scores_at_once / candidates_.size(0));
}

ScoreChunks::Chunk ScoreChunks::chunk(std::int64_t first, std::int64_t rows) const {
  Chunk chunk{.first = first,
              .scores = anchors_.narrow(0, first, rows).matmul(candidates_.t()),
              .masked = {}};
  // All n products cost less than gathering rows × k candidates of D numbers.
  if (picks_.defined()) chunk.scores = chunk.scores.gather(1, picks_.narrow(0, first, rows));
  if (groups_.anchors.defined()) {
    at::Tensor shared = positive_mask(groups_.anchors.narrow(0, first, rows), groups_.candidates);
    if (picks_.defined()) shared = shared.gather(1, picks_.narrow(0, first, rows));
    chunk.masked = groups_.shared ? shared.logical_not_() : shared;
  }
  if (!diagonal_ && !excluded_.defined()) return chunk;

  // Pairs of other chunks' anchors go to a row that is cut off: how many there are is nothing that
  // the device must be asked.
  const auto options = anchors_.options().dtype(at::kBool);
  const at::Tensor mask = at::zeros({rows + 1, columns()}, options), yes = at::ones({}, options);
  if (excluded_.defined()) {
    at::Tensor row = excluded_[0] - first;
    row = row.masked_fill(row.lt(0).logical_or(row.ge(rows)), rows);
    mask.index_put_({row, excluded_[1]}, yes);
  }
  const at::Tensor apart = mask.narrow(0, 0, rows);
  chunk.masked = chunk.masked.defined() ? chunk.masked.logical_or_(apart) : apart;
  if (diagonal_) chunk.masked.diagonal(first).fill_(true);
  return chunk;
}

void ScoreChunks::add_gradient(const Chunk& chunk, const at::Tensor& slopes, at::Tensor& of_anchors,
                               at::Tensor& of_candidates) const {
  const at::Tensor anchors = anchors_.narrow(0, chunk.first, chunk.rows());
  at::Tensor all = slopes;
  if (picks_.defined())
    all = at::zeros({chunk.rows(), candidates_.size(0)}, slopes.options())
              .scatter_add_(1, picks_.narrow(0, chunk.first, chunk.rows()), slopes);
  of_anchors.narrow(0, chunk.first, chunk.rows()).addmm_(all, candidates_);
  if (of_candidates.defined()) of_candidates.addmm_(all.t(), anchors);
}

}  // namespace cmc::kernels
