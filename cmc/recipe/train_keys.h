#pragma once

#include "cmc/device.h"
#include "cmc/recipe/choices.h"
#include "cmc/recipe/fields.h"
#include "cmc/training/train_options.h"

namespace cmc::recipe {

/// The names of precisions.
inline const Choices<Precision> precisions = {
    {Precision::automatic, "auto"}, {Precision::bf16, "bf16"}, {Precision::fp32, "fp32"}};

/// The keys of [train], told to a FieldReader, FieldWriter or FieldLister.
template <class Visitor>
void describe(Visitor& v, training::TrainOptions& o);

}  // namespace cmc::recipe
