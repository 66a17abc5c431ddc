#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "cmc/advice/advice.h"
#include "cmc/advice/view_family.h"
#include "cmc/data/splits.h"

namespace cmc::advice {

struct AdviseOptions {
  /// Of one training, and how many there are of each value.
  std::int64_t steps = 200;
  std::int64_t seeds = 3;
  /// At most so many samples of the training part choose, a fifth of it at most; as many or fewer
  /// of the others fit the probe.
  std::int64_t choosing_samples = 5000;
  std::int64_t fitting_samples = 5000;
  /// Told each training before it is made.
  std::function<void(const std::string&)> progress = nullptr;
};

/// A part of the training samples that chooses and the rest that trains; the test part is not
/// touched. Chosen by a hash of the samples' groups, so that none is torn and the choice is the
/// same on any machine; at most `most` samples, about, and a fifth.
data::Splits choosing_parts(const std::shared_ptr<const data::Dataset>& train, std::int64_t most);

/// Trains short runs of each value of the family (or goes on where `folder` has them), places each
/// on the plane of shared information against quality, and proposes a value. Of the training part
/// only: a fifth (choosing_parts) is held out from the encoders and the probe, and judges both.
///
///   information  log(k + 1) − L in nats of the pairs that the recipe contrasts, mean over pairs
///   and
///                directions, on views as training makes them, held out
///   quality      accuracy of a linear probe on all views' representations, held out; without
///                labels, the effective rank of the representations (RankMe, Garrido et al. 2023,
///                arXiv 2210.02885), mean over views
///
/// Writes into `folder` advise.csv, the figure (SVG), verdict.json, index.html, and recipe.toml,
/// the recipe with the proposed value and its own budget. Throws UsageError where the values make
/// the same views.
Advice advise(const ViewFamily& family, const std::filesystem::path& folder,
              const AdviseOptions& options = {});

}  // namespace cmc::advice
