#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cmc/report/figures.h"
#include "cmc/report/sections.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using nlohmann::json;
using Matrix = std::vector<std::vector<std::int64_t>>;

/// As many confusions as are worth a sentence.
constexpr std::size_t most_confusions = 5;

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

std::int64_t sum(const std::vector<std::int64_t>& row) {
  return std::accumulate(row.begin(), row.end(), std::int64_t{0});
}

json most_confused(const evaluation::Evaluation& evaluation) {
  const Matrix& matrix = evaluation.confusion;
  struct Confusion {
    std::size_t truth, taken_for;
    std::int64_t samples;
  };
  std::vector<Confusion> all;
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    for (std::size_t j = 0; j < matrix.size(); ++j) {
      if (i != j && matrix[i][j] > 0) all.push_back({i, j, matrix[i][j]});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.samples > b.samples; });
  if (all.size() > most_confusions) all.resize(most_confusions);
  json list = json::array();
  for (const Confusion& c : all) {
    list.push_back({{"truth", class_name(evaluation, static_cast<std::int64_t>(c.truth))},
                    {"taken_for", class_name(evaluation, static_cast<std::int64_t>(c.taken_for))},
                    {"samples", with_commas(c.samples)},
                    {"of", with_commas(sum(matrix[c.truth]))}});
  }
  return list;
}

}  // namespace

json confusion_section(const evaluation::Evaluation& evaluation) {
  const Matrix& matrix = evaluation.confusion;
  if (matrix.empty()) return nullptr;
  json names = json::array();
  json rows = json::array();
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    const std::string name = class_name(evaluation, static_cast<std::int64_t>(i));
    names.push_back(name);
    // A cell is shaded by the root of its share, or the rare confusions would look alike.
    json cells = json::array();
    for (std::size_t j = 0; j < matrix.size(); ++j) {
      cells.push_back({{"samples", with_commas(matrix[i][j])},
                       {"shade", fixed(std::sqrt(share(matrix[i][j], sum(matrix[i]))), 3)},
                       {"none", matrix[i][j] == 0},
                       {"right", i == j}});
    }
    rows.push_back({{"class", name},
                    {"cells", std::move(cells)},
                    {"recall", percent(share(matrix[i][i], sum(matrix[i])))}});
  }
  return {{"names", std::move(names)},
          {"rows", std::move(rows)},
          {"columns", matrix.size()},
          {"most_confused", most_confused(evaluation)}};
}

}  // namespace cmc::report
