#pragma once

#include <cstdint>
#include <string_view>

#include "cmc/advice/sweep.h"
#include "studies/study.h"

namespace cmc::studies {

/// The recipe that the studies vary: the options' own, or else Fashion-MNIST, a small convnet, the
/// k-pair loss at τ = 0.1, batches of 256, a training of some seconds.
recipe::Recipe short_recipe(const StudyOptions& options);

/// Throws UsageError, which names the study, unless the options have a recipe of colour views.
void check_colour_recipe(const StudyOptions& options, std::string_view study);

/// How many samples the studies train on, all of the options' recipe unless quick, and how many
/// they hold out at most.
std::int64_t training_samples(const StudyOptions& options);
std::int64_t held_out_samples(const StudyOptions& options);

/// As most studies do it: short_setup, train_setting, and judge on the
/// evaluation's views.
advice::SweepOptions sweep_options(const StudyOptions& options);

}  // namespace cmc::studies
