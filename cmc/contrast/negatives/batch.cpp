#include "cmc/contrast/negatives/batch.h"

#include <ATen/ATen.h>

#include "cmc/contrast/negatives/duplicates.h"
#include "cmc/contrast/negatives/negative_source.h"

namespace cmc::contrast {
namespace {

class BatchNegatives : public NegativeSource {
 public:
  explicit BatchNegatives(const SampleConstraints& constraints) : constraints_(constraints) {}

  const char* module_name() const override { return "batch"; }

  void check_batch(const EmbeddedBatch& batch, const ViewGraph& graph) const override {
    check_rows(batch.embeddings, "view", graph, batch.present,
               {&ViewPair::anchor, &ViewPair::candidate});
  }

  bool both_directions() const override { return true; }

  std::optional<Candidates> candidates(const PairBatch& batch,
                                       std::int64_t /*step*/) const override {
    return counted({.pair = batch.pair,
                    .anchors = batch.anchors,
                    .positives = batch.positives,
                    .excluded = constraints_.groups.defined()
                                    ? equal_places_apart(constraints_.groups_of(batch.samples))
                                    : at::Tensor(),
                    .shared = {.anchors = constraints_.positives_of(batch.samples)},
                    .group = group_,
                    .anchoring = batch.anchoring});
  }

 private:
  SampleConstraints constraints_;
};

}  // namespace

std::shared_ptr<NegativeSource> make_source(const BatchOptions& /*options*/, std::int64_t /*views*/,
                                            const SampleConstraints& constraints,
                                            std::uint64_t /*seed*/) {
  return std::make_shared<BatchNegatives>(constraints);
}

}  // namespace cmc::contrast
