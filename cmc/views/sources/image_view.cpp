#include "cmc/views/sources/image_view.h"

namespace cmc::views {

std::shared_ptr<const PortableTransform> make_view(
    const ViewRecipe& options, const ViewOrigin& origin, Mode mode,
    const std::optional<Standardization>& /*known*/) {
  return make_split(options, origin.source.shape, mode, origin.place, origin.name);
}

std::optional<Standardization> measure_view(const ViewRecipe& /*options*/,
                                            const ViewOrigin& /*origin*/,
                                            const data::Dataset& /*train*/) {
  return std::nullopt;
}

}  // namespace cmc::views
