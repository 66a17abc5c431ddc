#pragma once

#include <memory>
#include <utility>

#include "cmc/data/dataset.h"

namespace cmc::data {

/// Another data set, sample for sample. A subclass overrides what it sees otherwise.
class WrappedDataset : public Dataset {
 public:
  explicit WrappedDataset(std::shared_ptr<const Dataset> dataset) : dataset_(std::move(dataset)) {}

  std::int64_t size() const override { return dataset_->size(); }
  Sample get(std::int64_t index) const override { return dataset_->get(index); }
  Excerpt excerpt(std::int64_t index, std::size_t source, const ChoosePart& choose) const override {
    return dataset_->excerpt(index, source, choose);
  }
  std::int64_t label(std::int64_t index) const override { return dataset_->label(index); }
  bool has_targets() const override { return dataset_->has_targets(); }
  double target(std::int64_t index) const override { return dataset_->target(index); }
  const std::vector<std::string>& classes() const override { return dataset_->classes(); }
  const std::vector<Source>& sources() const override { return dataset_->sources(); }
  std::string name(std::int64_t index) const override { return dataset_->name(index); }
  std::int64_t row(std::int64_t index) const override { return dataset_->row(index); }
  std::string_view part(std::int64_t index) const override { return dataset_->part(index); }
  std::string group(std::int64_t index) const override { return dataset_->group(index); }
  bool has(std::int64_t index, std::size_t source) const override {
    return dataset_->has(index, source);
  }
  std::vector<std::int64_t> duplicates() const override { return dataset_->duplicates(); }
  std::vector<std::int64_t> column_groups(const std::string& column,
                                          const std::string& what) const override {
    return dataset_->column_groups(column, what);
  }
  std::vector<std::vector<std::int64_t>> column_samples(const std::string& column,
                                                        const std::string& what) const override {
    return dataset_->column_samples(column, what);
  }
  std::vector<UnreadableSample> unreadable() const override { return dataset_->unreadable(); }

 protected:
  const Dataset& dataset() const { return *dataset_; }

 private:
  std::shared_ptr<const Dataset> dataset_;
};

}  // namespace cmc::data
