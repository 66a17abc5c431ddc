#include "studies/first_views.h"

#include "cmc/error.h"

namespace cmc::studies {

FirstViews::FirstViews(std::shared_ptr<const data::Transform> whole, std::size_t count)
    : whole_(std::move(whole)) {
  check(count >= 1 && count <= whole_->views().size(), "{} of {} views", count,
        whole_->views().size());
  views_.assign(whole_->views().begin(), whole_->views().begin() + static_cast<long>(count));
}

void FirstViews::apply(const data::Sample& sample, const RandomKey& key,
                       std::span<float* const> rows) const {
  std::vector<float*> all(rows.begin(), rows.end());
  std::vector<std::vector<float>> unused;
  for (std::size_t v = rows.size(); v < whole_->views().size(); ++v) {
    unused.emplace_back(static_cast<std::size_t>(whole_->views()[v].numel()));
    all.push_back(unused.back().data());
  }
  whole_->apply(sample, key, all);
}

}  // namespace cmc::studies
