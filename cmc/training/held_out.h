#pragma once

#include <optional>

#include "cmc/data/loader.h"
#include "cmc/training/model.h"
#include "cmc/training/observer.h"

namespace cmc::training {

/// The k-pair value of held-out samples with their batch's others as negatives, whatever loss
/// trains (a loss over tuples of views: its own value): the mean over the directions of the
/// objective's graph and over all batches of `loader`, and the information bound log k − L. The
/// loader should shuffle, so that an anchor's negatives don't depend on where it stands in the data
/// set; its epoch 0 is taken each time. The rank is of its first samples. Embeddings are computed
/// anew; nothing in the model changes. Nothing where no batch has two samples with both views of a
/// pair.
std::optional<HeldOutFigures> measure_held_out(ModelImpl& model, data::Loader& loader,
                                               at::Device device, bool bfloat16,
                                               Team* team = nullptr);

}  // namespace cmc::training
