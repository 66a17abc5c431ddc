#include "cmc/views/chosen_views.h"

#include "cmc/error.h"

namespace cmc::views {

ChosenViews::ChosenViews(std::shared_ptr<const VisibleTransform> whole,
                         std::vector<std::size_t> chosen)
    : whole_(std::move(whole)), chosen_(std::move(chosen)) {
  for (const std::size_t view : chosen_) {
    check(view < whole_->views().size(), "view {} of {} was chosen", view, whole_->views().size());
    views_.push_back(whole_->views()[view]);
  }
}

void ChosenViews::apply(const data::Sample& sample, const RandomKey& key,
                        std::span<float* const> rows) const {
  std::vector<float*> all(whole_->views().size(), nullptr);
  for (std::size_t v = 0; v < rows.size(); ++v) all[chosen_[v]] = rows[v];
  std::vector<std::vector<float>> unused;
  for (std::size_t v = 0; v < all.size(); ++v) {
    if (all[v] != nullptr) continue;
    unused.emplace_back(static_cast<std::size_t>(whole_->views()[v].numel()));
    all[v] = unused.back().data();
  }
  whole_->apply(sample, key, all);
}

}  // namespace cmc::views
