#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cmc/contrast/cpu_buffers.h"
#include "cmc/contrast/embedded_batch.h"
#include "cmc/contrast/negatives/candidates.h"
#include "cmc/contrast/negatives/negatives.h"
#include "cmc/contrast/sample_constraints.h"

namespace cmc::contrast {

/// Where an objective's negatives come from. A module, whose buffers a checkpoint finds. A new one
/// is a file with its options, a subclass and a function make_source, and an entry in Negatives.
class NegativeSource : public CpuBuffers {
 public:
  /// Name of the module within its objective.
  virtual const char* module_name() const = 0;

  /// Throws Error where it holds vectors of another dimension.
  virtual void check_dimension(std::int64_t /*dim*/) const {}

  /// n, the number of samples of the data set, where the source was told; else 0.
  virtual std::int64_t samples() const { return 0; }

  /// Throws Error where a row that `candidates` reads for some pair of the graph is zero or not
  /// finite, or where the batch lacks what the source needs.
  virtual void check_batch(const EmbeddedBatch& batch, const ViewGraph& graph) const = 0;

  /// What the anchors' positives are taken from, one [N, D] a view.
  virtual const std::vector<at::Tensor>& positives(const EmbeddedBatch& batch) const {
    return batch.embeddings;
  }

  /// Whether its candidates serve both directions of a pair.
  virtual bool both_directions() const { return false; }

  /// Whom the anchors of a pair meet after `step` updates; nothing where no anchor has a negative.
  /// Changes nothing: the same twice.
  virtual std::optional<Candidates> candidates(const PairBatch& batch, std::int64_t step) const = 0;

  /// Takes what the source keeps of a batch, after the optimiser's step.
  virtual void update(const EmbeddedBatch& /*batch*/) {}

  /// From now on all processes of the group contrast the same batches by it: what it holds it may
  /// share out among them, and its candidates tell of the group. nullptr: it is alone again, and
  /// holds all. All processes call it together.
  virtual void share_out(distributed::ProcessGroup* group) { group_ = group; }

  /// These samples, int64 [E], turned out to be unreadable: they are negatives no more.
  virtual void leave_out(const at::Tensor& /*indices*/) {}

 protected:
  distributed::ProcessGroup* group_ = nullptr;
};

/// The source that the options describe, for `views` views. Throws Error where the constraints do
/// not fit them. `seed`: key of every random draw.
std::shared_ptr<NegativeSource> make_negative_source(const Negatives& negatives, std::int64_t views,
                                                     const SampleConstraints& constraints,
                                                     std::uint64_t seed);

}  // namespace cmc::contrast
