#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

/// What the files in a run's folder are called: for RunFolder alone, which reads and writes them.
namespace cmc::runs::file_names {

inline constexpr const char* lock = ".lock";
inline constexpr const char* info = "run.json";
inline constexpr const char* recipe = "recipe.toml";
inline constexpr const char* statistics = "fitted.json";
inline constexpr const char* metrics = "metrics.jsonl";
inline constexpr const char* information = "information.json";
inline constexpr const char* report = "report.html";
inline constexpr const char* views_sheet = "report-views.png";
inline constexpr const char* neighbour_pictures = "report-neighbours.safetensors";

inline constexpr std::string_view checkpoint_prefix = "checkpoint-";

inline std::string checkpoint(const std::string& name) {
  return fmt::format("{}{}.safetensors", checkpoint_prefix, name);
}

inline std::string search_index(std::string_view view, std::string_view method) {
  return fmt::format("search-{}-{}.faiss", view, method);
}

/// `what`: what the evaluation is of, where it isn't the representation that training ended with.
inline std::string evaluation(const std::string& what = {}) {
  return what.empty() ? "evaluation.json" : "evaluation-" + what + ".json";
}

}  // namespace cmc::runs::file_names
