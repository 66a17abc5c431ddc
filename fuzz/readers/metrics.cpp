#include "cmc/runs/metrics.h"

#include "fuzz/demand.h"
#include "fuzz/folder.h"
#include "fuzz/readers.h"

/// A run's metrics.jsonl, as a report reads it and as a resumed training takes it up.
void cmc::fuzz::metrics(Bytes input) {
  static const Folder folder;
  const std::filesystem::path path = folder.write("metrics.jsonl", input);
  const runs::Metrics metrics = runs::read_metrics(path);
  for (std::size_t i = 1; i < metrics.training.size(); ++i)
    demand(metrics.training[i - 1].step < metrics.training[i].step, "steps rise");
  runs::last_training(metrics);
  runs::MetricsLog(path, 3).on_held_out({});
  runs::read_metrics(path);
}
