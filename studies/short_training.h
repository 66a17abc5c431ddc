#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "cmc/encoders/encoder.h"
#include "cmc/training/recipe.h"
#include "cmc/training/trainer.h"
#include "studies/study.h"

namespace cmc::studies {

/// What a short training left.
struct Trained {
  std::vector<encoders::Encoder> encoders;
  double seconds = 0;
};

/// The recipe that the studies vary: Fashion-MNIST, a small convnet, the k-pair loss at τ = 0.1,
/// batches of 256, a training of some seconds.
training::Recipe short_recipe(const StudyOptions& options);

/// The recipe's views of `train` samples of the training part and `held_out` of the test part, at
/// even distances.
training::TrainingData short_data(const training::Recipe& recipe, std::int64_t train,
                                  std::int64_t held_out);

/// How many samples the studies train on and hold out.
std::int64_t training_samples(const StudyOptions& options);
std::int64_t held_out_samples(const StudyOptions& options);

/// Trains the recipe's encoders on data.train by the recipe's contrast, in the notebook's folder
/// (removed after), with weights and draws of `seed`. Nothing is measured on the way.
Trained train_short(const training::Recipe& recipe, const training::TrainingData& data,
                    std::int64_t seed, const std::filesystem::path& folder);

/// What representations are worth, as the values of a row: "probe_all" and "probe_VIEW", the
/// held-out accuracy of a linear probe that is fitted with the training samples' labels.
nlohmann::json probe(std::vector<encoders::Encoder>& encoders, const training::TrainingData& data);

/// The same with how much the views share and how the embeddings lie: "bound_nats" (log(k + 1) − L
/// of the first two views, k all other held-out samples, both directions' mean, τ of the critic
/// fitted on training samples), "critic_temperature", "alignment", "uniformity" (of the first
/// view), "effective_rank", "tolerance" (mean cosine of held-out samples of one class in the first
/// view; Wang and Liu 2021, eq. 10).
nlohmann::json judge(std::vector<encoders::Encoder>& encoders, const training::TrainingData& data);

}  // namespace cmc::studies
