#include "cmc/report/report_input.h"

#include <fstream>
#include <iterator>

#include "cmc/error.h"
#include "cmc/files/json_text.h"
#include "cmc/report/kept_pictures.h"

namespace cmc::report {
namespace {

std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  check(stream.is_open(), "{}: can't be read", file.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

ReportInput read_run(const std::filesystem::path& folder) {
  check(std::filesystem::is_directory(folder), "{}: not a run's folder", folder.string());
  ReportInput input;
  const auto normal = (folder / "").lexically_normal().parent_path();
  input.folder = normal.string();
  input.name = std::filesystem::absolute(normal).filename().string();
  input.recipe = read_text(folder / "recipe.toml");
  input.environment = files::read_json(folder / "run.json");
  input.metrics = read_metrics(folder / "metrics.jsonl");
  if (std::filesystem::exists(folder / "evaluation.json")) {
    input.evaluation = files::read_json(folder / "evaluation.json");
  }
  if (std::filesystem::exists(folder / "information.json")) {
    input.information = files::read_json(folder / "information.json");
  }
  input.views_sheet = kept_views(folder);
  input.thumbnail = kept_neighbours(folder);
  return input;
}

}  // namespace cmc::report
