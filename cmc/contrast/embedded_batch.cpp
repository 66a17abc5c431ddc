#include "cmc/contrast/embedded_batch.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/device.h"
#include "cmc/error.h"
#include "cmc/kernels/embeddings.h"

namespace cmc::contrast {

PairBatch::PairBatch(const EmbeddedBatch& batch, const ViewPair& pair,
                     const std::vector<at::Tensor>& positives)
    : pair(pair),
      samples(batch.indices),
      anchors(batch.embeddings[pair.anchor]),
      positives(positives[pair.candidate]),
      anchoring(batch.anchors) {
  if (!batch.present.defined()) return;
  const at::Tensor both =
      batch.present.select(1, pair.anchor).logical_and(batch.present.select(1, pair.candidate));
  if (both.all().item<bool>()) return;
  rows = both.nonzero().squeeze(1);
  samples = samples.index_select(0, rows);
  anchoring = (rows < batch.anchors).sum().item<std::int64_t>();
  for (at::Tensor* embeddings : {&anchors, &this->positives})
    *embeddings = embeddings->index_select(0, sent_to(rows, embeddings->device()));
}

void check_embeddings(const std::vector<at::Tensor>& embeddings, std::int64_t views) {
  check(static_cast<std::int64_t>(embeddings.size()) == views,
        "there are embeddings of {} views, but the view graph has {}", embeddings.size(), views);
  for (std::size_t view = 0; view < embeddings.size(); ++view) {
    check(embeddings[view].defined() && embeddings[view].dim() == 2,
          "the embeddings of view {} must be a matrix [N, D]", view);
    kernels::check_same(embeddings[0], embeddings[view], "view 0", fmt::format("view {}", view));
  }
  check(embeddings[0].size(0) > 0, "the batch is empty");
  check(embeddings[0].size(1) > 0,
        "embeddings of dimension D = 0 have no direction; D is at least 1");
}

void check_indices(const at::Tensor& indices, std::int64_t rows, std::int64_t samples) {
  check(indices.defined() && indices.dim() == 1 && indices.scalar_type() == at::kLong &&
            indices.size(0) == rows,
        "indices are int64 [N] with N = {}, the rows of the embeddings", rows);
  const at::Tensor sorted = std::get<0>(indices.sort());
  const auto least = sorted[0].item<std::int64_t>(), most = sorted[rows - 1].item<std::int64_t>();
  check(least >= 0, "index {} is negative; indices count from 0", least);
  check(samples == 0 || most < samples, "index {} is out of range: there are {} samples", most,
        samples);
  if (rows < 2) return;
  const at::Tensor repeated = sorted.narrow(0, 1, rows - 1) == sorted.narrow(0, 0, rows - 1);
  if (repeated.any().item<bool>())
    fail("sample {} stands twice in the batch; it would be its own negative",
         sorted[repeated.to(at::kInt).argmax().item<std::int64_t>()].item<std::int64_t>());
}

void check_present(const at::Tensor& present, std::int64_t rows, std::int64_t views) {
  if (!present.defined()) return;
  check(present.scalar_type() == at::kBool && present.dim() == 2 && present.size(0) == rows &&
            present.size(1) == views,
        "the mask of present views is bool [{}, {}], not {} [{}]", rows, views,
        c10::toString(present.scalar_type()), fmt::join(present.sizes(), ", "));
}

void check_rows(const std::vector<at::Tensor>& rows, std::string_view name, const ViewGraph& graph,
                const at::Tensor& present, std::initializer_list<Side> sides) {
  for (std::size_t view = 0; view < rows.size(); ++view) {
    bool met = false;
    at::Tensor read;
    for (const ViewPair& pair : graph.pairs) {
      if (std::none_of(sides.begin(), sides.end(),
                       [&](Side side) { return static_cast<std::size_t>(pair.*side) == view; }))
        continue;
      met = true;
      if (!present.defined()) break;
      const at::Tensor both =
          present.select(1, pair.anchor).logical_and(present.select(1, pair.candidate));
      read = read.defined() ? read.logical_or(both) : both;
    }
    if (!met) continue;
    kernels::check_embeddings(rows[view], fmt::format("{} {}", name, view), read);
  }
}

void check_stored(const std::vector<at::Tensor>& rows, std::string_view name,
                  const at::Tensor& present) {
  for (std::size_t view = 0; view < rows.size(); ++view)
    kernels::check_embeddings(
        rows[view], fmt::format("{} {}", name, view),
        present.defined() ? present.select(1, static_cast<std::int64_t>(view)) : at::Tensor());
}

}  // namespace cmc::contrast
