#include "cmc/runs/recipe_views.h"

#include <algorithm>

#include "cmc/error.h"
#include "cmc/views/sources/resolution.h"

namespace cmc::runs {
namespace {

/// The sources of a recipe's views, each once, and the views that refer to them.
struct SourcesAndViews {
  std::vector<data::SourceOptions> sources;
  std::vector<views::SourceView> views;
};

SourcesAndViews sources_of(const recipe::Recipe& recipe) {
  SourcesAndViews result;
  for (const recipe::ViewEntry& entry : recipe.view) {
    const auto same = [&](data::SourceOptions other) {
      other.name = entry.source.name;
      return other == entry.source;
    };
    const auto found = std::ranges::find_if(result.sources, same);
    result.views.push_back({.name = entry.source.name,
                            .source = static_cast<std::size_t>(found - result.sources.begin()),
                            .options = entry.options,
                            .align_with = entry.align_with});
    if (found == result.sources.end()) result.sources.push_back(entry.source);
  }
  return result;
}

std::vector<std::vector<std::string>> categories_of(const data::Source& source) {
  std::vector<std::vector<std::string>> categories;
  for (const data::TableColumn& column : source.columns)
    if (!column.categories.empty()) categories.push_back(column.categories);
  return categories;
}

/// The entry that made a view: that of its name, or else that whose name stands before the split's.
const recipe::ViewEntry& entry_of(const recipe::Recipe& recipe, const std::string& view) {
  const auto exact = std::ranges::find_if(
      recipe.view, [&](const recipe::ViewEntry& each) { return each.source.name == view; });
  if (exact != recipe.view.end()) return *exact;
  const auto length = [&](const recipe::ViewEntry& each) {  // of two such names the longer one
    const std::string& name = each.source.name;
    return view.starts_with(name + "-") ? name.size() : 0;
  };
  return *std::ranges::max_element(recipe.view, {}, length);
}

encoders::GeneratedChannels channels_of(const views::LearnedOptions& learned, std::int64_t first,
                                        std::int64_t count) {
  return {.couplings = learned.couplings, .width = learned.width, .first = first, .count = count};
}

}  // namespace

std::vector<data::SourceOptions> source_options(const recipe::Recipe& recipe,
                                                const TrainingStatistics& statistics) {
  if (recipe.view.empty() || recipe.data.manifest.manifest.empty()) {
    const bool grey = !statistics.sources.empty() && statistics.sources[0].shape.channels == 1;
    return {{.name = "picture", .channels = grey ? 1 : 3}};
  }
  std::vector<data::SourceOptions> options = sources_of(recipe).sources;
  for (data::SourceOptions& source : options) {
    const auto known = std::ranges::find(statistics.sources, source.name, &data::Source::name);
    if (known == statistics.sources.end()) continue;
    source.categories = categories_of(*known);
    if (source.kind != data::SourceKind::series) continue;
    source.layout = known->layout;
    source.columns.clear();
    for (const data::TableColumn& channel : known->columns) source.columns.push_back(channel.name);
  }
  return options;
}

TrainingStatistics measure_statistics(const recipe::Recipe& recipe, const data::Dataset& train) {
  return {.sources = train.sources(),
          .standardizations = views::measure(sources_of(recipe).views, train)};
}

std::vector<std::string> unresolved(const recipe::Recipe& recipe,
                                    const TrainingStatistics& statistics,
                                    const data::Dataset& train) {
  return views::unresolved(sources_of(recipe).views, train, statistics.standardizations);
}

std::shared_ptr<const views::PortableTransform> make_transform(const recipe::Recipe& recipe,
                                                               const TrainingStatistics& statistics,
                                                               views::Mode mode) {
  if (recipe.view.empty())
    return views::make_split(recipe.views, statistics.sources.at(0).shape, mode);
  return views::make_source_views(sources_of(recipe).views, statistics.sources, mode,
                                  statistics.standardizations);
}

std::vector<encoders::EncoderOptions> encoder_options(const recipe::Recipe& recipe,
                                                      const std::vector<data::ViewShape>& views) {
  std::vector<encoders::EncoderOptions> options;
  for (const data::ViewShape& view : views)
    options.push_back(recipe.view.empty() ? recipe.encoder : entry_of(recipe, view.name).encoder);
  const auto* learned = std::get_if<views::LearnedOptions>(&recipe.views.split);
  if (!recipe.view.empty() || learned == nullptr) return options;
  options[0].generated = channels_of(*learned, 0, 1);
  options[1].generated = channels_of(*learned, 1, 2);
  return options;
}

}  // namespace cmc::runs
