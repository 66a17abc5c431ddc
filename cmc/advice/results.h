#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cmc/advice/notebook.h"

namespace cmc::advice {

/// What stands above a notebook's results.
struct Heading {
  std::string name;  ///< of the CSV file too
  std::string question;
  bool quick = false;
  std::int64_t seeds = 0;
};

/// Writes into the notebook's folder NAME.csv (a line a measurement), the figures (SVG),
/// verdict.json, and index.html with all of it.
void write_results(const Notebook& notebook, const Heading& heading);

/// The measurements as CSV, a column for each name that any row has.
std::string csv(const std::vector<nlohmann::json>& rows);

/// The tables and the verdicts as lines of text.
std::string verdict_text(const Notebook& notebook);

}  // namespace cmc::advice
