#include "cmc/data/subset.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "cmc/error.h"

namespace cmc::data {

Subset::Subset(std::shared_ptr<const Dataset> dataset, std::vector<std::int64_t> indices)
    : dataset_(std::move(dataset)), indices_(std::move(indices)) {
  for (const std::int64_t index : indices_) {
    check(index >= 0 && index < dataset_->size(),
          "index {} was chosen from a data set of {} samples; 0 to {} can be", index,
          dataset_->size(), dataset_->size() - 1);
  }
}

Sample Subset::get(std::int64_t index) const {
  Sample sample = dataset_->get(indices_[index]);
  sample.index = index;
  return sample;
}

std::vector<std::int64_t> Subset::duplicates() const {
  const std::vector<std::int64_t> all = dataset_->duplicates();
  std::vector<std::int64_t> own;
  if (all.empty()) return own;
  for (const std::int64_t index : indices_) own.push_back(all[static_cast<std::size_t>(index)]);
  return own;
}

std::vector<std::int64_t> Subset::column_groups(const std::string& column,
                                                const std::string& what) const {
  const std::vector<std::int64_t> all = dataset_->column_groups(column, what);
  std::vector<std::int64_t> own;
  for (const std::int64_t index : indices_) own.push_back(all[static_cast<std::size_t>(index)]);
  return own;
}

std::vector<std::vector<std::int64_t>> Subset::column_samples(const std::string& column,
                                                              const std::string& what) const {
  const std::vector<std::vector<std::int64_t>> all = dataset_->column_samples(column, what);
  std::vector<std::int64_t> places(static_cast<std::size_t>(dataset_->size()), -1);
  for (std::size_t i = 0; i < indices_.size(); ++i)
    places[static_cast<std::size_t>(indices_[i])] = static_cast<std::int64_t>(i);
  std::vector<std::vector<std::int64_t>> own;
  for (const std::int64_t index : indices_) {
    std::vector<std::int64_t>& samples = own.emplace_back(all[static_cast<std::size_t>(index)]);
    for (std::int64_t& sample : samples)
      if (sample >= 0) sample = places[static_cast<std::size_t>(sample)];
  }
  return own;
}

std::vector<UnreadableSample> Subset::unreadable() const {
  std::vector<UnreadableSample> own;
  for (UnreadableSample sample : dataset_->unreadable()) {
    const auto found = std::ranges::find(indices_, sample.index);
    if (found == indices_.end()) continue;
    sample.index = found - indices_.begin();
    own.push_back(std::move(sample));
  }
  return own;
}

std::shared_ptr<const Dataset> first(std::shared_ptr<const Dataset> dataset, std::int64_t n) {
  check(n > 0, "the first {} samples were asked for; the number must be positive", n);
  if (n >= dataset->size()) return dataset;
  std::vector<std::int64_t> indices(static_cast<std::size_t>(n));
  std::iota(indices.begin(), indices.end(), 0);
  return std::make_shared<Subset>(std::move(dataset), std::move(indices));
}

std::shared_ptr<const Dataset> spread(std::shared_ptr<const Dataset> dataset, std::int64_t n) {
  check(n > 0, "{} samples were asked for; the number must be positive", n);
  const std::int64_t size = dataset->size();
  if (n >= size) return dataset;
  std::vector<std::int64_t> indices(static_cast<std::size_t>(n));
  // ⌊i · size / n⌋ without the product, which might not fit.
  for (std::int64_t i = 0; i < n; ++i) indices[i] = i * (size / n) + i * (size % n) / n;
  return std::make_shared<Subset>(std::move(dataset), std::move(indices));
}

std::vector<std::int64_t> labelled_indices(const Dataset& dataset) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < dataset.size(); ++i)
    if (dataset.label(i) != no_label || !std::isnan(dataset.target(i))) indices.push_back(i);
  return indices;
}

std::shared_ptr<const Dataset> labelled(std::shared_ptr<const Dataset> dataset) {
  std::vector<std::int64_t> indices = labelled_indices(*dataset);
  if (static_cast<std::int64_t>(indices.size()) == dataset->size()) return dataset;
  return std::make_shared<Subset>(std::move(dataset), std::move(indices));
}

}  // namespace cmc::data
