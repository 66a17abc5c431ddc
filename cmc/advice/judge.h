#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cmc/contrast/view_graph.h"
#include "cmc/data/splits.h"
#include "cmc/evaluation/features.h"
#include "cmc/runs/setup.h"

namespace cmc::advice {

/// What encoders make of the samples that fit a probe and a critic, and of those that judge them.
struct HeldOutFeatures {
  std::vector<std::string> views;  ///< names
  std::int64_t classes = 0;        ///< 0: no labels
  evaluation::Features train;
  evaluation::Features held_out;
};

/// The features of data.train and data.test through one transform: encoder v sees its view v. On
/// the encoders' own device.
HeldOutFeatures judged_features(std::vector<encoders::Encoder>& encoders, const data::Splits& data,
                                const std::shared_ptr<const data::Transform>& transform);

/// Held-out accuracy of a linear probe on all views' representations side by side, that was fitted
/// with the training samples' labels. Samples without a label take no part.
double probe_all(const HeldOutFeatures& features);

/// The same of one view's representation alone, over the samples that have the view.
double probe_view(const HeldOutFeatures& features, std::size_t view);

/// "probe_all" and "probe_VIEW" for each view. Empty where there are no labels.
nlohmann::json probe(const HeldOutFeatures& features);

/// How much the views share, the mean over pairs of views (each is measured in both directions):
/// "bound_nats" (log(k + 1) − L, k all other held-out samples, τ of the critic fitted on training
/// samples), "bound_k", "critic_temperature", "alignment". A pair is measured on the samples that
/// have both views.
nlohmann::json shared_information(const HeldOutFeatures& features,
                                  const std::vector<contrast::ViewPair>& pairs = {{0, 1}});

/// How the first view's held-out embeddings lie: "uniformity", "effective_rank", and with labels
/// "tolerance" (mean cosine of samples of one class; Wang and Liu 2021, eq. 10).
nlohmann::json geometry(const HeldOutFeatures& features);

/// All three, of views as evaluation shows them; what is shared by views that are alike there, of
/// augmented ones (runs::Setup::measuring_transform).
nlohmann::json judge(std::vector<encoders::Encoder>& encoders, const runs::Setup& setup);

}  // namespace cmc::advice
