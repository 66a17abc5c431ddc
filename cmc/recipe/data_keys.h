#pragma once

#include "cmc/data/open.h"
#include "cmc/recipe/fields.h"

namespace cmc::recipe {

/// The keys of [data], told to a FieldReader, FieldWriter or FieldLister.
template <class Visitor>
void describe(Visitor& v, data::DataOptions& o);

}  // namespace cmc::recipe
