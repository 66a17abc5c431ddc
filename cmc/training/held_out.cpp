#include "cmc/training/held_out.h"

#include <ATen/ATen.h>

#include "cmc/contrast/objective.h"
#include "cmc/information/info_nce.h"
#include "cmc/libtorch.h"

namespace cmc::training {

std::optional<HeldOutFigures> measure_held_out(ModelImpl& model, data::Loader& loader,
                                               at::Device device, bool bfloat16, Team* team) {
  const at::NoGradGuard no_grad;
  const bool was_training = model.is_training();
  model.eval();
  HeldOutFigures figures;
  std::int64_t anchors = 0;
  loader.start(0);
  while (std::optional<data::Batch> batch = loader.next()) {
    if (batch->size() < 2) continue;
    if (!model.objective->has_negatives(batch->present, batch->indices)) continue;
    std::vector<at::Tensor> embeddings;
    {
      const Autocast autocast(device.type(), bfloat16);
      embeddings = model.embed(on_device(std::move(batch->views), device), batch->present, team);
    }
    const contrast::ContrastResult result =
        model.objective->measure(embeddings, batch->indices, batch->present);
    const double share = static_cast<double>(batch->size());
    figures.loss += share * result.k_pair_loss;
    figures.k += share * result.k;
    figures.positive_first += share * result.positive_first;
    const information::InfoNce shared = result.information();
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
  return figures;
}

}  // namespace cmc::training
