#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cmc/views/source_views.h"

namespace cmc::training {

/// What the views of a run know of its training part.
struct Fitted {
  views::Standardizations standardizations;
  /// By the source's name: the texts of each of its categorical columns.
  std::map<std::string, std::vector<std::vector<std::string>>> categories;
};

/// As JSON: {"standardization": {VIEW: {"mean": […], "deviation": […], "missing": […]}},
/// "categories": {SOURCE: [[…], …]}}.
void save_fitted(const std::filesystem::path& path, const Fitted& fitted);
/// Throws Error where the file is missing or holds something else.
Fitted load_fitted(const std::filesystem::path& path);

}  // namespace cmc::training
