#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace cmc::evaluation {

struct LinearProbeOptions {
  /// Candidates for λ · N, the whole penalty's strength: sklearn's 1 / C. With one candidate
  /// nothing is chosen. It is N λ that is compared and kept, since the samples that choose are
  /// fewer than those that fit.
  std::vector<double> penalties = {1000, 300, 100, 30, 10, 3, 1, 0.3, 0.1};
  /// At most this many of the training samples choose the penalty, of each class its share.
  std::int64_t selection_samples = 12000;
  /// The selection holds out one part in this many. Up to small_samples each part is held out in
  /// turn (cross-validation), beyond it the first alone.
  int folds = 5;
  std::int64_t small_samples = 2000;
  /// J is within about so much of its minimum, in nats (SoftmaxFitOptions), and within ten times as
  /// much where penalties are compared.
  double tolerance = 1e-6;
  int max_passes = 2000;  ///< over the samples, of one fit
  std::uint64_t seed = 0;
};

/// Multinomial logistic regression on standardised features: p(y | x) ∝ exp(W (x − μ) / σ + b).
struct LinearProbe {
  at::Tensor mean;       ///< μ, float32 [F]
  at::Tensor deviation;  ///< σ, float32 [F]; 1 where a feature has one value alone
  at::Tensor weight;     ///< W, float32 [K, F]
  at::Tensor bias;       ///< b, float32 [K]
  double penalty = 0;    ///< N λ
  int passes = 0;        ///< over the samples, of the last fit
  bool converged = false;
  /// Held-out accuracy of each candidate, in the order of the options, NaN for one that was not
  /// tried; empty with one candidate.
  std::vector<double> selection_accuracy;

  /// float32 [N, K] for features [N, F].
  at::Tensor logits(const at::Tensor& features) const;
  /// int64 [N].
  at::Tensor predict(const at::Tensor& features) const;
  /// Share of the samples whose label is predicted.
  double accuracy(const at::Tensor& features, const at::Tensor& labels) const;
};

/// Fits W and b to the minimum of
///
///   J(W, b) = −1/N Σᵢ log p(yᵢ | xᵢ) + λ/2 ‖W‖²   (b is not penalised),
///
/// with μ and σ the mean and deviation of these features. Several penalties are compared by their
/// accuracy on a stratified part of these samples that is held out, from the strongest on, each
/// started from those before, until two in succession are no better; of equals the stronger wins.
/// All samples are then fitted with the winner, from where its selection ended. The descent is
/// Newton's (fit_softmax), on the axes along which the features are uncorrelated.
///
/// features: float [N, F]. labels: int64 [N] in 0 … classes − 1. Throws Error on other shapes,
/// labels or options.
LinearProbe fit_linear_probe(const at::Tensor& features, const at::Tensor& labels,
                             std::int64_t classes, const LinearProbeOptions& options = {});

}  // namespace cmc::evaluation
