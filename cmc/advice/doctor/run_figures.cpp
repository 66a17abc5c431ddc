#include "cmc/advice/doctor/run_figures.h"

#include "cmc/files/json_text.h"

namespace cmc::advice {

namespace {

template <class Point>
void drop_after(std::vector<Point>& points, std::int64_t step) {
  std::erase_if(points, [&](const Point& point) { return point.step > step; });
}

void take_counts(RunFigures& figures, const runs::RunFolder& run) {
  files::reading_json(run.path().string(), [&] {
    const nlohmann::json& info = run.info();
    figures.train_samples = info.value("train_samples", std::int64_t{0});
    // Runs of before it was recorded: a finished one has done what was planned.
    figures.planned_steps =
        info.value("planned_steps", run.finished() ? run.steps() : std::int64_t{0});
    if (info.contains("repeated_samples"))
      figures.repeated_samples = info["repeated_samples"].get<std::int64_t>();
  });
}

}  // namespace

RunFigures run_figures(const runs::RunFolder& run) {
  RunFigures figures{.recipe = run.recipe(),
                     .metrics = run.metrics(),
                     .evaluation = run.evaluation(),
                     .information = run.information()};
  take_counts(figures, run);
  return figures;
}

RunFigures run_figures(const runs::RunFolder& run, std::int64_t step) {
  RunFigures figures{.recipe = run.recipe(), .metrics = {}};
  if (step > 0) figures.metrics = run.metrics();
  drop_after(figures.metrics.training, step);
  drop_after(figures.metrics.held_out, step);
  take_counts(figures, run);
  return figures;
}

}  // namespace cmc::advice
