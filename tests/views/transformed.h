#pragma once

#include <vector>

#include "cmc/data/transform.h"

namespace cmc::views::test {

/// The views of one sample, one vector a view.
inline std::vector<std::vector<float>> rows_of(const data::Transform& transform,
                                               const data::Sample& sample,
                                               const RandomKey& key = {}) {
  std::vector<std::vector<float>> rows;
  std::vector<float*> pointers;
  for (const data::ViewShape& view : transform.views()) rows.emplace_back(view.numel(), -9.0f);
  for (auto& each : rows) pointers.push_back(each.data());
  transform.apply(sample, key, pointers);
  return rows;
}

}  // namespace cmc::views::test
