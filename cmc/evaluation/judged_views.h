#pragma once

#include <memory>
#include <vector>

#include "cmc/data/transform.h"
#include "cmc/encoders/encoder.h"

namespace cmc::training {
struct Setup;
}

namespace cmc::evaluation {

/// Views with an encoder each.
struct EncodedViews {
  std::vector<encoders::Encoder> encoders;
  std::shared_ptr<const data::Transform> transform;
};

/// The views of a run that are judged, as evaluation shows them: all, but each once. Of augmented
/// views that share an encoder the first stands for the others: they are one picture to one encoder
/// (training::Setup::judged_views). `encoders`: one for each of the set-up's views.
EncodedViews judged_views(const training::Setup& setup,
                          const std::vector<encoders::Encoder>& encoders);

/// The same views as training shows them.
std::shared_ptr<const data::Transform> judged_training_views(const training::Setup& setup);

}  // namespace cmc::evaluation
