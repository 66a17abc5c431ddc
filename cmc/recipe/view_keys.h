#pragma once

#include "cmc/recipe/fields.h"
#include "cmc/recipe/view_entry.h"

namespace cmc::recipe {

/// The keys of a [[view]], told to a FieldReader, FieldWriter or FieldLister. A reader knows those
/// of the view's own kind alone; a lister lists those of all kinds.
template <class Visitor>
void describe(Visitor& v, ViewEntry& o);

}  // namespace cmc::recipe
