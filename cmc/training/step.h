#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "cmc/contrast/objective.h"
#include "cmc/data/loader.h"
#include "cmc/training/gradient_buckets.h"
#include "cmc/training/model.h"
#include "cmc/training/observer.h"
#include "cmc/training/optimizer.h"
#include "cmc/training/train_options.h"
#include "cmc/training/whole_batch.h"

namespace cmc::training {

/// What of a step is not finite, as a clause: "the loss is nan". The step has not moved the
/// parameters.
class NotFinite : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the steps of several processes work with.
struct Together {
  distributed::ProcessGroup& group;
  GradientBuckets& buckets;
  /// Of the whole batch, and the passes that it is shared out in (data::rows_of_share).
  std::int64_t batch_size = 0, passes = 1;
};

/// One step of an optimiser, over one batch or several whose gradients are averaged.
///
/// Of several processes each encodes its rows of a batch. All gather all embeddings, hold the loss
/// of the whole batch and its gradient by every embedding, and drive the encoders by that of their
/// own; the parameters' gradients are added up. So each has what one process would have.
///
///     Step step(model, optimizer, options, device, bfloat16);
///     step.learn_from(std::move(batch));             // its gradient
///     if (!step.empty()) figures = step.move(done, steps);   // the parameters, then the objective
class Step {
 public:
  /// Drops the gradients. What is given must live as long as the step; `team` encodes (nullptr: the
  /// calling thread); `together`: with other processes, which take the same steps (nullptr: alone).
  Step(Model& model, Optimizer& optimizer, const TrainOptions& options, at::Device device,
       bool bfloat16, Team* team = nullptr, Together* together = nullptr);

  /// Encodes a batch, contrasts its views and adds the loss's gradient to the parameters'. A batch
  /// without a pair to contrast adds nothing. It does not wait for the device; on the CPU it throws
  /// NotFinite where an embedding is not.
  void learn_from(data::Batch batch);

  /// Whether no batch had anything to learn from.
  bool empty() const { return contrasted_.empty(); }

  /// Moves the parameters by the mean gradient, then the objective (banks, queues) by the batches'
  /// embeddings and the momentum encoders after the encoders. `done` of `steps` steps are done
  /// before it. Returns means over the batches, but for what is counted in steps and epochs or
  /// measured in seconds. It waits for the device once, before anything moves, and throws NotFinite
  /// where an embedding, a loss or the gradient is not.
  StepFigures move(std::int64_t done, std::int64_t steps);

 private:
  /// What a batch brought to the objective, kept until the optimiser has moved.
  struct Contrasted {
    at::Tensor indices;
    std::vector<at::Tensor> embeddings;
    contrast::BatchExtras extras;
  };

  std::vector<at::Tensor> embed(const std::vector<at::Tensor>& views, const at::Tensor& present);
  contrast::ContrastResult differentiate(const std::vector<at::Tensor>& views, std::int64_t passes,
                                         Contrasted& batch);
  void note_finite(const std::vector<at::Tensor>& embeddings);
  void add(const contrast::ContrastResult& result, Contrasted batch);
  StepFigures figures() const;
  static Contrasted of_anchors(Contrasted batch);
  static Contrasted joined(std::vector<Contrasted> batches);
  void learn_together(data::Batch own);
  contrast::ContrastResult differentiate_together(const std::vector<at::Tensor>& views,
                                                  const at::Tensor& present,
                                                  const WholeBatch& whole, Contrasted& batch);

  Model& model_;
  Optimizer& optimizer_;
  const TrainOptions& options_;
  at::Device device_;
  bool bfloat16_;
  Team* team_;
  Together* together_;
  std::int64_t met_ = 0;  ///< batches
  std::vector<Contrasted> contrasted_;
  /// On the device: ContrastResult::numbers of each batch, and whether embeddings are finite.
  std::vector<at::Tensor> numbers_, finite_;
};

}  // namespace cmc::training
