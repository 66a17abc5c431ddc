#pragma once

#include <memory>
#include <vector>

#include "cmc/data/transform.h"

namespace cmc::studies {

/// The first few views of another transform.
class FirstViews : public data::Transform {
 public:
  FirstViews(std::shared_ptr<const data::Transform> whole, std::size_t count);

  const std::vector<data::ViewShape>& views() const override { return views_; }
  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override;

 private:
  std::shared_ptr<const data::Transform> whole_;
  std::vector<data::ViewShape> views_;
};

}  // namespace cmc::studies
