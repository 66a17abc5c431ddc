#include "cmc/data/joined.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "cmc/data/subset.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

class Joined : public Dataset {
 public:
  Joined(std::shared_ptr<const Dataset> first, std::shared_ptr<const Dataset> second)
      : first_(std::move(first)), second_(std::move(second)) {
    check(first_->classes() == second_->classes(),
          "two data sets of {} and {} classes were joined: their classes must be the same",
          first_->classes().size(), second_->classes().size());
    check(
        first_->has_targets() == second_->has_targets(),
        "two data sets were joined, of which one is labelled by numbers and the other by classes");
  }

  std::int64_t size() const override { return first_->size() + second_->size(); }
  Sample get(std::int64_t index) const override {
    Sample sample = of(index).get(place(index));
    sample.index = index;
    return sample;
  }
  Excerpt excerpt(std::int64_t index, std::size_t source, const ChoosePart& choose) const override {
    return of(index).excerpt(place(index), source, choose);
  }
  std::int64_t label(std::int64_t index) const override { return of(index).label(place(index)); }
  bool has_targets() const override { return first_->has_targets(); }
  double target(std::int64_t index) const override { return of(index).target(place(index)); }
  const std::vector<std::string>& classes() const override { return first_->classes(); }
  const std::vector<Source>& sources() const override { return first_->sources(); }
  std::string name(std::int64_t index) const override { return of(index).name(place(index)); }
  std::int64_t row(std::int64_t index) const override { return of(index).row(place(index)); }
  std::string_view part(std::int64_t index) const override { return of(index).part(place(index)); }
  std::string group(std::int64_t index) const override { return of(index).group(place(index)); }
  bool has(std::int64_t index, std::size_t source) const override {
    return of(index).has(place(index), source);
  }
  std::vector<UnreadableSample> unreadable() const override {
    std::vector<UnreadableSample> all = first_->unreadable();
    for (UnreadableSample each : second_->unreadable()) {
      each.index += first_->size();
      all.push_back(std::move(each));
    }
    return all;
  }

 private:
  const Dataset& of(std::int64_t index) const {
    return index < first_->size() ? *first_ : *second_;
  }
  std::int64_t place(std::int64_t index) const {
    return index < first_->size() ? index : index - first_->size();
  }

  std::shared_ptr<const Dataset> first_, second_;
};

}  // namespace

std::shared_ptr<const Dataset> joined(std::shared_ptr<const Dataset> first,
                                      std::shared_ptr<const Dataset> second) {
  if (!second || second->size() == 0) return first;
  if (!first || first->size() == 0) return second;
  const auto both = std::make_shared<Joined>(std::move(first), std::move(second));
  std::vector<std::pair<std::int64_t, std::int64_t>> rows;
  rows.reserve(static_cast<std::size_t>(both->size()));
  for (std::int64_t i = 0; i < both->size(); ++i) rows.emplace_back(both->row(i), i);
  if (std::ranges::is_sorted(rows)) return both;
  std::ranges::sort(rows);
  std::vector<std::int64_t> order;
  order.reserve(rows.size());
  for (const auto& [row, index] : rows) order.push_back(index);
  return std::make_shared<Subset>(both, std::move(order));
}

}  // namespace cmc::data
