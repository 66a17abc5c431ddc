#pragma once

#include "cmc/recipe/contrast_recipe.h"
#include "cmc/recipe/fields.h"

namespace cmc::recipe {

/// The keys of [contrast], told to a FieldReader, FieldWriter or FieldLister.
template <class Visitor>
void describe(Visitor& v, ContrastRecipe& o);

}  // namespace cmc::recipe
