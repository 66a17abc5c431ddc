#include "cmc/runs/training_probe.h"

#include <memory>

#include "cmc/data/subset.h"
#include "cmc/evaluation/probe_notes.h"
#include "cmc/evaluation/small_probe.h"
#include "cmc/runs/judged_views.h"

namespace cmc::runs {
namespace {

bool held_out(const data::Splits& data) {
  return data.test != nullptr && data.test->size() > 0;
}

}  // namespace

std::string why_no_training_probe(const Setup& setup) {
  const data::Splits& data = setup.data;
  const auto train = data::labelled(data.train);
  if (held_out(data)) return evaluation::why_no_probe(*train, *data::labelled(data.test), false);
  if (train->size() < 2) return "Fewer than 2 samples have a label: there is no probe on the way.";
  return evaluation::why_no_probe(*train, data::Subset(data.train, {}), true);
}

std::function<training::ProbeFigures()> training_probe(const Setup& setup,
                                                       const training::Model& model,
                                                       const recipe::Recipe& recipe,
                                                       at::Device device, bool bfloat16) {
  const auto probe = std::make_shared<evaluation::SmallProbe>(
      setup.data.train, held_out(setup.data) ? setup.data.test : nullptr,
      judged_views(setup, model->encoders),
      evaluation::SmallProbeOptions{.device = device,
                                    .bfloat16 = bfloat16,
                                    .workers = static_cast<int>(recipe.train.workers)});
  return [probe] { return probe->ask(); };
}

}  // namespace cmc::runs
