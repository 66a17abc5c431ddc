#pragma once

#include "cmc/recipe/fields.h"
#include "cmc/views/view_recipe.h"

namespace cmc::recipe {

/// The keys of [views], told to a FieldReader, FieldWriter or FieldLister. `kind_key`: the one that
/// names the split, "split" for an image of a [[view]].
template <class Visitor>
void describe(Visitor& v, views::ViewRecipe& o, const char* kind_key = "kind");

}  // namespace cmc::recipe
