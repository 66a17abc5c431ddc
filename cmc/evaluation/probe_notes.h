#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"

namespace cmc::evaluation {

/// Why no probe can be fitted or judged, as a sentence; empty where one can: no labels in a part,
/// one label alone, or, where there is no test part (`cross_validated`), one group alone. `train`
/// and `test` are the samples of either part that have a label.
std::string why_no_probe(const data::Dataset& train, const data::Dataset& test,
                         bool cross_validated);

/// Of the labels of judged samples those that are not among the labels to learn from, one a sample;
/// both int64 [N].
std::vector<std::int64_t> unknown_labels(const at::Tensor& learned, const at::Tensor& judged);

/// Which of the judged samples are of classes that no probe has met, as a sentence; empty where
/// none is. `unknown`: their labels, places in `classes`.
std::string unknown_classes_note(std::int64_t judged, const std::vector<std::int64_t>& unknown,
                                 const std::vector<std::string>& classes);

}  // namespace cmc::evaluation
