#include "cmc/report/report_input.h"

#include <filesystem>

namespace cmc::report {

ReportInput report_input(const runs::RunFolder& run) {
  const auto normal = (run.path() / "").lexically_normal().parent_path();
  advice::RunFigures figures = advice::run_figures(run);
  advice::Diagnosis diagnosis = advice::diagnose(figures);
  return {.name = std::filesystem::absolute(normal).filename().string(),
          .folder = normal.string(),
          .metrics = std::move(figures.metrics),
          .evaluation = std::move(figures.evaluation),
          .information = std::move(figures.information),
          .diagnosis = std::move(diagnosis),
          .environment = run.info(),
          .recipe = run.recipe_text(),
          .views_sheet = run.views_sheet(),
          .thumbnail = [pictures = run.neighbour_pictures()](std::int64_t row,
                                                             const std::string& view) {
            const auto found = pictures.find({row, view});
            return found == pictures.end() ? std::string() : found->second;
          }};
}

bool trained_with_labels(const ReportInput& input) {
  const auto positives = input.environment.find("positives");
  return positives != input.environment.end() && !positives->empty();
}

}  // namespace cmc::report
