#pragma once

#include "cmc/recipe/fields.h"
#include "cmc/training/train_options.h"

namespace cmc::recipe {

/// The keys of [train], told to a FieldReader, FieldWriter or FieldLister.
template <class Visitor>
void describe(Visitor& v, training::TrainOptions& o);

}  // namespace cmc::recipe
