#include "cmc/advice/doctor/view_keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace cmc::advice {
namespace {

/// A key of a view and what raising it does, by the kind of the view.
struct Disturbance {
  std::string key;
  std::string what;
};

template <class Options>
Disturbance dropout_of(const Options& options, const std::string& view, const char* what) {
  const std::string key = fmt::format("view.{}.dropout", view);
  return {key, fmt::format("drop {}: {}, now {:.3g}", what, key, options.dropout)};
}

Disturbance disturbance_of(const views::TableViewOptions& options, const std::string& view) {
  return dropout_of(options, view, "columns");
}

Disturbance disturbance_of(const views::ArrayViewOptions& options, const std::string& view) {
  return dropout_of(options, view, "values");
}

Disturbance disturbance_of(const views::AudioViewOptions& /*options*/, const std::string& view) {
  const std::string key = fmt::format("view.{}.crop", view);
  return {key, fmt::format("crop, mask and disturb sounds more: {0} and its noise, time_mask and "
                           "frequency_mask",
                           key)};
}

Disturbance disturbance_of(const views::SeriesViewOptions& /*options*/, const std::string& view) {
  const std::string key = fmt::format("view.{}.scaling", view);
  return {key, fmt::format("crop and disturb series more: {} and its crop, noise, warp and "
                           "channel_dropout",
                           key)};
}

/// Pictures and depth.
template <class Options>
Disturbance disturbance_of(const Options& /*options*/, const std::string& view) {
  const std::string key = fmt::format("view.{}.augmentation", view);
  return {key, fmt::format("augment pictures more: {}", key)};
}

}  // namespace

Disturbances disturbances_of(const recipe::Recipe& recipe) {
  if (recipe.view.empty())
    return {{"views.augmentation.crop", "views.augmentation.scale_low"},
            "augment pictures more: views.augmentation, such as crop = \"random_resized\""};
  Disturbances found;
  std::vector<std::size_t> kinds;
  for (const recipe::ViewEntry& view : recipe.view) {
    if (std::ranges::count(kinds, view.options.index()) > 0) continue;
    kinds.push_back(view.options.index());
    const Disturbance own =
        std::visit([&](const auto& options) { return disturbance_of(options, view.source.name); },
                   view.options);
    found.keys.push_back(own.key);
    found.advice += (found.advice.empty() ? "" : "; ") + own.what;
  }
  return found;
}

}  // namespace cmc::advice
