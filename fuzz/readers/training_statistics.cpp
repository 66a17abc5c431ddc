#include "cmc/runs/training_statistics.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cmc/runs/recipe_views.h"
#include "fuzz/demand.h"
#include "fuzz/folder.h"
#include "fuzz/readers.h"

namespace cmc::fuzz {
namespace {

/// A run with a view of each kind that keeps figures of its training part.
constexpr std::string_view recipe_text = R"(
data.manifest = "rows.csv"
[[view]]
name = "table"
kind = "table"
columns = ["a", "b"]
categorical = ["c"]
[[view]]
name = "array"
kind = "array"
column = "array"
[[view]]
name = "sound"
kind = "audio"
column = "sound"
[[view]]
name = "depth"
kind = "depth"
column = "depth"
size = 4
)";

/// A value as a source says that its are; empty where it would be too large to try.
cv::Mat value_of(const data::Source& source) {
  constexpr std::int64_t most = 1 << 16;
  const auto sized = [](const std::vector<std::int64_t>& sizes, double x, int type = CV_32FC1) {
    std::vector<int> shape;
    std::int64_t total = 1;
    for (const std::int64_t size : sizes) {
      if (size < 1 || size > most || total * size > most) return cv::Mat();
      total *= size;
      shape.push_back(static_cast<int>(size));
    }
    return cv::Mat(static_cast<int>(shape.size()), shape.data(), type, cv::Scalar(x));
  };
  const data::SourceShape& shape = source.shape;
  switch (source.kind) {
    case data::SourceKind::table:
      return sized({1, static_cast<std::int64_t>(source.columns.size())}, 0, CV_64FC1);
    case data::SourceKind::audio:
      return sized({1, 16000}, 0.25);
    case data::SourceKind::depth:
      return sized({6, 5}, 2);
    default:
      return sized({shape.channels, shape.height, shape.width}, 1);
  }
}

recipe::Recipe read_recipe_text(const Folder& folder) {
  return recipe::read_recipe(folder.write("recipe.toml", recipe_text));
}

}  // namespace

/// A run's fitted.json, with which its views are then made and shown one sample.
void training_statistics(Bytes input) {
  static const Folder folder;
  static const recipe::Recipe recipe = read_recipe_text(folder);
  constexpr std::int64_t most = 1 << 20;
  const runs::TrainingStatistics statistics =
      runs::load_statistics(folder.write("fitted.json", input));
  const auto transform = runs::make_transform(recipe, statistics, views::Mode::evaluate);
  data::Sample sample;
  for (const data::Source& source : statistics.sources) sample.values.push_back(value_of(source));
  std::vector<std::vector<float>> views;
  std::vector<float*> rows;
  for (const data::ViewShape& view : transform->views()) {
    demand(view.numel() > 0, "a view has numbers");
    if (view.numel() > most) return;
    views.emplace_back(static_cast<std::size_t>(view.numel()), 0.0f);
    rows.push_back(views.back().data());
  }
  transform->apply(sample, {}, rows);
  for (const std::vector<float>& view : views) demand_finite(view);
}

}  // namespace cmc::fuzz
