#pragma once

#include <memory>
#include <optional>

#include "cmc/data/dataset.h"
#include "cmc/views/sources/standardization.h"
#include "cmc/views/sources/view_origin.h"
#include "cmc/views/view_recipe.h"

namespace cmc::views {

/// The views that a recipe cuts from pictures (make_split). Their channels have known ranges: they
/// have no statistics.
std::shared_ptr<const PortableTransform> make_view(const ViewRecipe& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known);

/// Nothing: see make_view.
std::optional<Standardization> measure_view(const ViewRecipe& options, const ViewOrigin& origin,
                                            const data::Dataset& train);

}  // namespace cmc::views
