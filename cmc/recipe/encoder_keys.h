#pragma once

#include "cmc/encoders/encoder_options.h"
#include "cmc/recipe/fields.h"

namespace cmc::recipe {

/// The keys of [encoder], told to a FieldReader, FieldWriter or FieldLister.
template <class Visitor>
void describe(Visitor& v, encoders::EncoderOptions& o);

}  // namespace cmc::recipe
