#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/data/source_options.h"
#include "cmc/encoders/encoder_options.h"
#include "cmc/recipe/recipe.h"
#include "cmc/runs/training_statistics.h"
#include "cmc/views/portable_transform.h"

namespace cmc::runs {

/// How the values of a recipe's sources are found and read, each source once, in the views' order,
/// with the categories that `statistics` knows. A recipe on a data set of pictures has one, of no
/// column.
std::vector<data::SourceOptions> source_options(const recipe::Recipe& recipe,
                                                const TrainingStatistics& statistics = {});

/// What a recipe's views know of a training part.
TrainingStatistics measure_statistics(const recipe::Recipe& recipe, const data::Dataset& train);

/// A line for each column of numbers of which an encoder can't tell many apart: views::unresolved.
std::vector<std::string> unresolved(const recipe::Recipe& recipe,
                                    const TrainingStatistics& statistics,
                                    const data::Dataset& train);

/// A recipe's views at work on what `statistics` says of its sources; no data is needed.
std::shared_ptr<const views::PortableTransform> make_transform(const recipe::Recipe& recipe,
                                                               const TrainingStatistics& statistics,
                                                               views::Mode mode);

/// The options of the encoder of each of the recipe's views.
std::vector<encoders::EncoderOptions> encoder_options(const recipe::Recipe& recipe,
                                                      const std::vector<data::ViewShape>& views);

}  // namespace cmc::runs
