#include "studies/with_views.h"

#include <algorithm>

#include "cmc/views/chosen_views.h"

namespace cmc::studies {

runs::Setup with_views(runs::Setup setup, const std::vector<std::size_t>& chosen) {
  setup.train_transform = std::make_shared<views::ChosenViews>(setup.train_transform, chosen);
  setup.evaluate_transform = std::make_shared<views::ChosenViews>(setup.evaluate_transform, chosen);
  std::vector<encoders::EncoderOptions> encoders;
  std::vector<std::size_t> alike;
  for (const std::size_t view : chosen) {
    encoders.push_back(setup.encoders.at(view));
    const auto first = std::ranges::find_if(
        chosen, [&](std::size_t other) { return setup.alike.at(other) == setup.alike.at(view); });
    alike.push_back(static_cast<std::size_t>(first - chosen.begin()));
  }
  setup.encoders = std::move(encoders);
  setup.alike = std::move(alike);
  return setup;
}

}  // namespace cmc::studies
