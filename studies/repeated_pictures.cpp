#include "studies/repeated_pictures.h"

#include <utility>
#include <vector>

#include "cmc/data/subset.h"
#include "cmc/data/wrapped.h"

namespace cmc::studies {
namespace {

/// Another data set with all its samples in memory.
class Held : public data::WrappedDataset {
 public:
  explicit Held(const std::shared_ptr<const data::Dataset>& dataset) : WrappedDataset(dataset) {
    for (std::int64_t i = 0; i < dataset->size(); ++i) samples_.push_back(dataset->get(i));
  }

  data::Sample get(std::int64_t index) const override { return samples_[index]; }
  data::Excerpt excerpt(std::int64_t index, std::size_t source,
                        const data::ChoosePart& /*choose*/) const override {
    return data::whole(samples_[index].values[source]);
  }

 private:
  std::vector<data::Sample> samples_;
};

}  // namespace

std::shared_ptr<const data::Dataset> repeated_pictures(
    const std::shared_ptr<const data::Dataset>& pictures, std::int64_t count) {
  check(pictures && pictures->size() > 0,
        "no picture is there to train on or to hold out; both parts need some");
  auto held = std::make_shared<Held>(data::spread(pictures, count));
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < count; ++i) indices.push_back(i % held->size());
  return std::make_shared<data::Subset>(std::move(held), std::move(indices));
}

}  // namespace cmc::studies
