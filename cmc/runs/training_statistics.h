#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cmc/data/source.h"
#include "cmc/views/sources/source_views.h"

namespace cmc::runs {

/// What the views of a run know of its training part, kept so that its encoders serve without it.
struct TrainingStatistics {
  /// What each source's values are like: shapes, rates, columns with their categories.
  std::vector<data::Source> sources;
  views::Standardizations standardizations;
};

/// Written as JSON: {"sources": [{"name", "kind", "channels", "height", "width", "rate", "columns":
/// [{"name", "categories"}]}], of a series "layout": {"time_first", "channels"}, "standardization":
/// {VIEW: {"mean": […], "deviation": […], "missing": […]}}}.
void save_statistics(const std::filesystem::path& path, const TrainingStatistics& statistics);
/// Throws Error where the file is missing or holds something else: it is read as strictly as a file
/// of someone else's. What make_transform makes of it checks that the statistics are as many as the
/// view's channels.
TrainingStatistics load_statistics(const std::filesystem::path& path);

/// What save_statistics writes, as a text and back; `where` says whose it is in messages.
std::string statistics_text(const TrainingStatistics& statistics);
TrainingStatistics statistics_of_text(const std::string& text, const std::string& where);

/// Throws Error unless values of `found` fit views that learned from `known`: the same kind, as
/// many columns, arrays of the same shape. `where` says whose they are.
void check_fits(const data::Source& known, const data::Source& found, const std::string& where);

}  // namespace cmc::runs
