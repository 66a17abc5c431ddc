#include "cmc/runs/kept_pictures.h"

#include <algorithm>
#include <set>
#include <vector>

#include "cmc/error.h"
#include "cmc/views/png.h"
#include "cmc/views/sheet.h"

namespace cmc::runs {
namespace {

constexpr std::int64_t sheet_samples = 8;

/// Without a test part the training part is judged, by cross-validation.
const data::Dataset& judged(const data::Splits& data) {
  return data.test->size() > 0 ? *data.test : *data.train;
}

}  // namespace

std::string draw_views(const data::Splits& data, const views::VisibleTransform& transform) {
  const data::Dataset& shown = judged(data);
  std::vector<std::int64_t> indices(
      static_cast<std::size_t>(std::min(sheet_samples, shown.size())));
  // From all over the part: files are often sorted by class.
  const auto count = static_cast<std::int64_t>(indices.size());
  for (std::int64_t i = 0; i < count; ++i)
    indices[static_cast<std::size_t>(i)] = i * shown.size() / count;
  try {
    return views::png(views::sheet(shown, transform, indices, {.transparent = true}));
  } catch (const Error&) {
    return "";  // Whoever needs such a sample says what is wrong with it.
  }
}

NeighbourPictures draw_neighbours(const evaluation::Evaluation& evaluation,
                                  const data::Splits& data,
                                  const views::VisibleTransform& transform) {
  std::map<std::int64_t, std::set<std::string>> wanted;  // by row: views
  for (const evaluation::CrossViewNeighbours& each : evaluation.neighbours) {
    wanted[each.query].insert(each.from);
    for (const std::int64_t row : each.found) wanted[row].insert(each.to);
  }
  const data::Dataset& samples = judged(data);
  NeighbourPictures pictures;
  for (std::int64_t i = 0; i < samples.size() && !wanted.empty(); ++i) {
    const auto found = wanted.find(samples.row(i));
    if (found == wanted.end()) continue;
    const data::Sample sample = samples.get(i);
    for (std::size_t v = 0; v < transform.views().size(); ++v) {
      const std::string& view = transform.views()[v].name;
      if (found->second.contains(view))
        pictures[{found->first, view}] = views::png(views::view_of(transform, sample, v));
    }
  }
  return pictures;
}

}  // namespace cmc::runs
