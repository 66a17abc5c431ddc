#include "cmc/views/view_recipe.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/error.h"

namespace cmc::views {
namespace {

constexpr std::int64_t largest_size = 8192;

/// The alternative of index `i`, default-constructed.
template <std::size_t... Is>
SplitOptions alternative(std::size_t i, std::index_sequence<Is...>) {
  SplitOptions options;
  ((i == Is ? static_cast<void>(options.emplace<Is>()) : void()), ...);
  return options;
}

cv::Size picture_size(const ViewRecipe& recipe, const data::SourceShape& shape, Mode mode) {
  check(recipe.size >= 0 && recipe.size <= largest_size,
        "views.size = {}: it must be 0 (the data's own size) or within [1, {}] pixels", recipe.size,
        largest_size);
  check(recipe.evaluation_size >= 0 && recipe.evaluation_size <= largest_size,
        "views.evaluation_size = {}: it must be 0 (as views.size) or within [1, {}] pixels",
        recipe.evaluation_size, largest_size);
  const std::int64_t asked =
      mode == Mode::evaluate && recipe.evaluation_size > 0 ? recipe.evaluation_size : recipe.size;
  if (asked > 0) {
    const int side = static_cast<int>(asked);
    return {side, side};
  }
  check(
      shape.height > 0 && shape.width > 0,
      "views.size = 0 (the data's own size): the data set's pictures differ in size; choose a size "
      "within [1, {}] pixels",
      largest_size);
  return {static_cast<int>(shape.width), static_cast<int>(shape.height)};
}

}  // namespace

const std::vector<std::string_view>& split_kinds() {
  static const std::vector<std::string_view> kinds = {"color",     "channels", "halves",
                                                      "quadrants", "patches",  "frequency",
                                                      "augmented", "whole",    "learned"};
  return kinds;
}

std::string_view kind(const SplitOptions& split) {
  return split_kinds()[split.index()];
}

SplitOptions split_of_kind(std::string_view kind) {
  const auto& kinds = split_kinds();
  const auto found = std::find(kinds.begin(), kinds.end(), kind);
  check(found != kinds.end(), "views.kind = \"{}\" is unknown; it must be one of {}", kind,
        fmt::join(kinds, ", "));
  return alternative(static_cast<std::size_t>(found - kinds.begin()),
                     std::make_index_sequence<std::variant_size_v<SplitOptions>>());
}

AugmentationOptions default_augmentation(const SplitOptions& split) {
  return std::holds_alternative<AugmentedOptions>(split) ? simclr_augmentation()
                                                         : AugmentationOptions{};
}

std::shared_ptr<const Split> make_split(const ViewRecipe& recipe, const data::SourceShape& shape,
                                        Mode mode, std::size_t source, const std::string& name) {
  check(shape.channels == 0 || shape.channels == 1 || shape.channels == 3,
        "pictures of {} channels: views are cut from grey (1) and RGB (3) pictures",
        shape.channels);
  const AugmentationOptions augmentation =
      recipe.augmentation.value_or(default_augmentation(recipe.split));
  const Frame frame{
      .augmentation = Augmentation(augmentation, picture_size(recipe, shape, mode), mode),
      .channels = shape.channels == 1 ? 1 : 3,
      .normalization = recipe.normalization,
      .source = source,
      .name = name};
  return std::visit([&](const auto& options) { return make_split(options, frame); }, recipe.split);
}

}  // namespace cmc::views
