#pragma once

#include <cstdint>
#include <limits>

namespace cmc::training {

/// What one optimiser step showed. Information in nats.
struct StepFigures {
  std::int64_t step = 0;   ///< steps done, this one included
  std::int64_t steps = 0;  ///< of the whole run
  double epoch = 0;        ///< epochs done, with the fraction
  double epochs = 0;       ///< of the whole run
  double loss = 0;
  double k = 0;  ///< negatives of an anchor
  double training_estimate =
      0;               ///< log(k + 1) − L, with L the k-pair value: no bound, see docs/theory.md
  double ceiling = 0;  ///< log(k + 1)
  double positive_first = 0;  ///< how often the positive ranks first
  double positive_similarity = 0;
  double negative_similarity = 0;
  double learning_rate = 0;
  double temperature = 0;
  /// log Z of the paper's NCE; NaN for other losses.
  double log_z = std::numeric_limits<double>::quiet_NaN();
  /// b of the sigmoid loss; NaN for other losses.
  double logit_bias = std::numeric_limits<double>::quiet_NaN();
  /// Learned views: mean cross entropy of both classifiers, nats; NaN where none has its turn.
  double label_loss = std::numeric_limits<double>::quiet_NaN();
  double gradient_norm = 0;
  double images_per_second = 0;
  double seconds = 0;         ///< since the run or its resumed part began
  double seconds_waited = 0;  ///< of these, waiting for data
};

/// What the held-out samples showed, with embeddings computed anew. Views are those of evaluation;
/// where augmentation alone makes them differ, augmented ones (Setup::measuring_transform).
/// The bound on the information is log k − L and its tighter form log(k + 1) − L, in nats.
struct HeldOutFigures {
  std::int64_t step = 0;
  double epoch = 0;
  double loss = 0;  ///< mean k-pair value of one direction at the run's temperature
  double k = 0;
  double bound = 0;
  double tight_bound = 0;
  double ceiling = 0;
  double positive_first = 0;
  /// The effective rank (information::effective_rank) of the unit embeddings of at most 1,024 of
  /// the samples, in the view that uses the least of the directions that it could, and how many
  /// these are: min(D, n − 1). NaN where no view has 3 samples.
  double effective_rank = std::numeric_limits<double>::quiet_NaN();
  double largest_rank = std::numeric_limits<double>::quiet_NaN();
  bool best = false;  ///< the lowest loss so far
};

/// What a small probe on the way showed (Trainer::probe_with): labels judge what was learned so
/// far, and nothing of them reaches the training.
struct ProbeFigures {
  std::int64_t step = 0;
  double epoch = 0;
  bool numbers = false;  ///< labels are numbers, and `linear` is R²
  /// Share of the judged samples that a linear probe on all views tells the class of.
  double linear = std::numeric_limits<double>::quiet_NaN();
  /// The same of k nearest neighbours; NaN where labels are numbers.
  double neighbours = std::numeric_limits<double>::quiet_NaN();
  std::int64_t labels = 0;  ///< that it was fitted with
  std::int64_t judged = 0;
  double seconds = 0;  ///< that it took
};

/// Follows a run: a progress bar, a log, TensorBoard.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Once, before the first step: `step` steps are done already, which is above 0 where a run goes
  /// on.
  virtual void on_start(std::int64_t /*step*/) {}
  virtual void on_step(const StepFigures& /*figures*/) {}
  virtual void on_held_out(const HeldOutFigures& /*figures*/) {}
  virtual void on_probe(const ProbeFigures& /*figures*/) {}
};

}  // namespace cmc::training
