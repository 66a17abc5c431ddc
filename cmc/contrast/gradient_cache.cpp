#include "cmc/contrast/gradient_cache.h"

#include <ATen/ATen.h>

#include "cmc/error.h"

namespace cmc::contrast {

CachedContrast contrast_with_gradient_cache(
    Objective& objective, std::int64_t passes,
    const std::function<std::vector<at::Tensor>(std::int64_t)>& encode, const at::Tensor& indices,
    const BatchExtras& extras) {
  check(passes > 0, "a batch is encoded in {} passes; it needs at least 1", passes);
  const auto views = static_cast<std::size_t>(objective->options().graph.views);
  std::vector<std::vector<at::Tensor>> parts(views);
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    at::NoGradGuard no_grad;
    const std::vector<at::Tensor> embeddings = encode(pass);
    check(embeddings.size() == views,
          "pass {} gave embeddings of {} views, but the view graph has {}", pass, embeddings.size(),
          views);
    for (std::size_t view = 0; view < views; ++view) parts[view].push_back(embeddings[view]);
  }

  CachedContrast result;
  for (const auto& part : parts)
    result.embeddings.push_back(at::cat(part).detach().requires_grad_());
  result.contrast = objective->forward(result.embeddings, indices, extras);
  result.contrast.loss.backward();
  result.contrast.loss = result.contrast.loss.detach();

  std::int64_t row = 0;
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    const std::vector<at::Tensor> embeddings = encode(pass);
    const std::int64_t rows = parts[0][pass].size(0);
    at::Tensor driven;
    for (std::size_t view = 0; view < views; ++view) {
      const at::Tensor& gradient = result.embeddings[view].grad();
      if (!gradient.defined() || !embeddings[view].requires_grad()) continue;
      check(embeddings[view].size(0) == rows, "pass {} gave {} rows, then {}", pass, rows,
            embeddings[view].size(0));
      const at::Tensor part = (embeddings[view] * gradient.narrow(0, row, rows)).sum();
      driven = driven.defined() ? driven + part : part;
    }
    if (driven.defined()) driven.backward();
    row += rows;
  }
  for (at::Tensor& embeddings : result.embeddings) embeddings = embeddings.detach();
  return result;
}

}  // namespace cmc::contrast
