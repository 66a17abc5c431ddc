#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"

namespace cmc::data {

/// Chosen samples of another data set, in the order of `indices`. Sample i of the subset carries
/// the index i.
class Subset : public Dataset {
 public:
  /// Throws Error where an index is outside `dataset`.
  Subset(std::shared_ptr<const Dataset> dataset, std::vector<std::int64_t> indices);

  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  Sample get(std::int64_t index) const override;
  std::int64_t label(std::int64_t index) const override { return dataset_->label(indices_[index]); }
  bool has_targets() const override { return dataset_->has_targets(); }
  double target(std::int64_t index) const override { return dataset_->target(indices_[index]); }
  const std::vector<std::string>& classes() const override { return dataset_->classes(); }
  Excerpt excerpt(std::int64_t index, std::size_t source, const ChoosePart& choose) const override {
    return dataset_->excerpt(indices_[index], source, choose);
  }
  const std::vector<Source>& sources() const override { return dataset_->sources(); }
  std::string name(std::int64_t index) const override { return dataset_->name(indices_[index]); }
  std::int64_t row(std::int64_t index) const override { return dataset_->row(indices_[index]); }
  std::string_view part(std::int64_t index) const override {
    return dataset_->part(indices_[index]);
  }
  std::string group(std::int64_t index) const override { return dataset_->group(indices_[index]); }
  bool has(std::int64_t index, std::size_t source) const override {
    return dataset_->has(indices_[index], source);
  }
  std::vector<std::int64_t> duplicates() const override;
  std::vector<std::vector<std::int64_t>> column_samples(const std::string& column,
                                                        const std::string& what) const override;
  std::vector<std::int64_t> column_groups(const std::string& column,
                                          const std::string& what) const override;

  std::vector<UnreadableSample> unreadable() const override;

  /// The samples' indices in the data set that they were chosen from.
  std::span<const std::int64_t> indices() const { return indices_; }

 private:
  std::shared_ptr<const Dataset> dataset_;
  std::vector<std::int64_t> indices_;
};

/// The first n samples; all of them where there are no more than n. Throws Error unless n > 0.
std::shared_ptr<const Dataset> first(std::shared_ptr<const Dataset> dataset, std::int64_t n);

/// n samples at even distances, ⌊i · size / n⌋ for i = 0 … n − 1, so that a data set that is sorted
/// by class keeps its classes; all of them where there are no more than n. Throws Error unless n >
/// 0.
std::shared_ptr<const Dataset> spread(std::shared_ptr<const Dataset> dataset, std::int64_t n);

/// The indices of the samples that have a label, of a class or a number, ascending, and these
/// samples.
std::vector<std::int64_t> labelled_indices(const Dataset& dataset);
std::shared_ptr<const Dataset> labelled(std::shared_ptr<const Dataset> dataset);

}  // namespace cmc::data
