#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "cmc/report/figures.h"
#include "cmc/report/sections.h"
#include "cmc/with_commas.h"

namespace cmc::report {

using nlohmann::json;

json zero_shot_section(const evaluation::Evaluation& evaluation) {
  if (!evaluation.zero_shot) return nullptr;
  const evaluation::ZeroShot& by_names = *evaluation.zero_shot;
  json section = {{"text_view", by_names.text_view},
                  {"part", judged_part(evaluation)},
                  {"classes", with_commas(static_cast<std::int64_t>(by_names.classes.size()))},
                  {"chance", percent(by_names.chance())},
                  {"chance_width", fixed(100 * by_names.chance(), 2)},
                  {"rows", json::array()},
                  {"names", json::array()}};
  std::vector<std::string> frames;
  for (const std::string& frame : by_names.templates) frames.push_back("\u201c" + frame + "\u201d");
  section["templates"] = fmt::format("{}", fmt::join(frames, ", "));
  bool five = false;
  for (const evaluation::ZeroShotRow& row : by_names.rows) {
    five = five || std::isfinite(row.top_5);
    section["rows"].push_back({{"view", row.view},
                               {"samples", with_commas(row.samples)},
                               {"width", fixed(100 * row.accuracy, 2)},
                               {"accuracy", percent(row.accuracy)},
                               {"interval", interval_text(row)},
                               {"top_5", percent(row.top_5)},
                               {"balanced", percent(row.balanced)},
                               {"largest_class", percent(row.largest_class)}});
  }
  section["five"] = five;
  std::size_t most = 1;
  for (const evaluation::ClassTexts& one : by_names.classes) {
    most = std::max(most, one.texts.size());
    section["names"].push_back(
        {{"class", one.name}, {"texts", fmt::format("{}", fmt::join(one.texts, "; "))}});
  }
  section["named_by"] = most > 1 ? "the mean of several texts" : "a text";
  return section;
}

}  // namespace cmc::report
