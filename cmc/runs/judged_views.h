#pragma once

#include <memory>
#include <vector>

#include "cmc/evaluation/encoded_views.h"
#include "cmc/runs/setup.h"

namespace cmc::runs {

/// The views of a run that are judged, as evaluation shows them: all, but each once. Of augmented
/// views that share an encoder the first stands for the others: they are one picture to one encoder
/// (Setup::judged_views). `encoders`: one for each of the set-up's views.
evaluation::EncodedViews judged_views(const Setup& setup,
                                      const std::vector<encoders::Encoder>& encoders);

/// The same views as training shows them.
std::shared_ptr<const data::Transform> judged_training_views(const Setup& setup);

}  // namespace cmc::runs
