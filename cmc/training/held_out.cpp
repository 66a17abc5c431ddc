#include "cmc/training/held_out.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "cmc/contrast/objective.h"
#include "cmc/information/geometry.h"
#include "cmc/information/info_nce.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/libtorch.h"

namespace cmc::training {
namespace {

/// The rank of so many embeddings tells whether they collapse.
constexpr std::int64_t ranked_samples = 1024;

/// The first embeddings of each view.
class Ranked {
 public:
  void add(const std::vector<at::Tensor>& embeddings, const at::Tensor& present) {
    rows_.resize(embeddings.size());
    counts_.resize(embeddings.size(), 0);
    for (std::size_t v = 0; v < embeddings.size(); ++v) {
      if (counts_[v] >= ranked_samples) continue;
      at::Tensor own = embeddings[v].to(at::kFloat);
      if (const at::Tensor has = data::present_in(present, v); has.defined())
        own = own.index({has.to(own.device())});
      own = own.narrow(0, 0, std::min(own.size(0), ranked_samples - counts_[v]));
      counts_[v] += own.size(0);
      rows_[v].push_back(own);
    }
  }

  /// Sets the rank of the view that uses the least share of its directions.
  void tell(HeldOutFigures& figures) const {
    double least = 2;
    for (std::size_t v = 0; v < rows_.size(); ++v) {
      if (counts_[v] < 3) continue;
      const at::Tensor rows = at::cat(rows_[v]);
      const auto largest = static_cast<double>(std::min(rows.size(1), rows.size(0) - 1));
      const double rank = information::effective_rank(kernels::scaled_rows(rows).to(at::kCPU));
      if (rank / largest >= least) continue;
      least = rank / largest;
      figures.effective_rank = rank;
      figures.largest_rank = largest;
    }
  }

 private:
  std::vector<std::vector<at::Tensor>> rows_;
  std::vector<std::int64_t> counts_;
};

}  // namespace

std::optional<HeldOutFigures> measure_held_out(ModelImpl& model, data::Loader& loader,
                                               at::Device device, bool bfloat16, Team* team) {
  const at::NoGradGuard no_grad;
  const bool was_training = model.is_training();
  model.eval();
  HeldOutFigures figures;
  std::int64_t anchors = 0;
  Ranked ranked;
  loader.start(0);
  while (std::optional<data::Batch> batch = loader.next()) {
    if (batch->size() < 2) continue;
    if (!model.objective->has_negatives(batch->present, batch->indices)) continue;
    std::vector<at::Tensor> embeddings;
    {
      const Autocast autocast(device.type(), bfloat16);
      embeddings = model.embed(on_device(std::move(batch->views), device), batch->present, team);
    }
    ranked.add(embeddings, batch->present);
    const contrast::ContrastFigures told =
        model.objective->measure(embeddings, batch->indices, batch->present).figures();
    const double share = static_cast<double>(batch->size());
    figures.loss += share * told.k_pair_loss;
    figures.k += share * told.k;
    figures.positive_first += share * told.positive_first;
    const information::InfoNce shared = told.information();
    figures.bound += share * shared.bound;
    figures.tight_bound += share * shared.tight_bound;
    figures.ceiling += share * shared.ceiling;
    anchors += batch->size();
  }
  model.train(was_training);
  if (anchors == 0) return std::nullopt;
  for (double* mean : {&figures.loss, &figures.k, &figures.positive_first, &figures.bound,
                       &figures.tight_bound, &figures.ceiling})
    *mean /= static_cast<double>(anchors);
  ranked.tell(figures);
  return figures;
}

}  // namespace cmc::training
