#include "cmc/report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "cmc/report/figures.h"
#include "cmc/report/results.h"

namespace cmc::report {
namespace {

using Lines = std::vector<std::vector<std::string>>;

/// Code points of UTF-8 text: as wide as it prints, for the characters that stand in our tables.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Columns as wide as their widest cell; the first two flush left, the figures flush right.
std::string aligned(const Lines& lines) {
  std::vector<std::size_t> widths(lines.front().size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  }
  std::string text;
  for (const auto& line : lines) {
    std::string row;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string space(widths[i] - width(line[i]), ' ');
      row += (i ? "  " : "") + (i < 2 ? line[i] + space : space + line[i]);
    }
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + '\n';
  }
  return text;
}

template <class Cell>
std::string table(const Results& results, const Cell& cell) {
  Lines lines = {{"view", "features"}};
  for (const std::int64_t labels : results.labels) {
    lines[0].push_back(count(labels) + (labels == 1 ? " label" : " labels"));
  }
  for (const std::string& view : results.views) {
    bool first = true;
    for (const std::string& features : results.features) {
      std::vector<std::string> line = {first ? view : "", features};
      bool any = false;
      for (const std::int64_t labels : results.labels) {
        const Result* row = results.find(view, features, labels);
        any = any || row;
        line.push_back(row ? cell(*row) : "–");
      }
      if (!any) continue;
      lines.push_back(std::move(line));
      first = false;
    }
  }
  return aligned(lines);
}

/// A row a view that asks, a column a view that answers.
std::string retrieval_table(const nlohmann::json& rows) {
  std::vector<std::string> views;
  for (const auto& row : rows)
    for (const char* key : {"from", "to"})
      if (!std::count(views.begin(), views.end(), row[key].get<std::string>()))
        views.push_back(row[key]);
  Lines lines = {{"from", ""}};
  for (const std::string& view : views) lines[0].push_back(view);
  for (const std::string& from : views) {
    std::vector<std::string> partner = {from, "partner"}, same = {"", "class"};
    for (const std::string& to : views) {
      const auto found = std::find_if(rows.begin(), rows.end(), [&](const nlohmann::json& row) {
        return row["from"] == from && row["to"] == to;
      });
      const bool there = found != rows.end();
      const auto share = [&](const char* key) {
        return there ? fmt::format("{:.1f}", 100 * (*found)[key].get<double>()) : std::string("–");
      };
      partner.push_back(share("recall_at_1"));
      same.push_back(share("class_at_1"));
    }
    lines.push_back(std::move(partner));
    lines.push_back(std::move(same));
  }
  return aligned(lines);
}

}  // namespace

std::string summary(const nlohmann::json& evaluation) {
  const Results results = read_results(evaluation);
  const nlohmann::json retrieval = evaluation.value("retrieval", nlohmann::json::array());
  std::int64_t candidates = 0;
  for (const auto& row : retrieval)
    candidates = std::max(candidates, row["candidates"].get<std::int64_t>());
  const std::string across =
      retrieval.empty()
          ? ""
          : fmt::format("\nFound first across views, % of {} test samples\n", count(candidates)) +
                retrieval_table(retrieval);
  const std::string of = "accuracy in % of " + count(results.test_samples) + " test samples";
  return "Linear probe, " + of + "\n" +
         table(results,
               [](const Result& row) {
                 return percent(row.probe_accuracy, row.probe_deviation, row.seeds);
               }) +
         "\nNearest neighbours, " + of + "\n" +
         table(results,
               [](const Result& row) {
                 return percent(row.knn_accuracy, row.knn_deviation, row.seeds);
               }) +
         across;
}

}  // namespace cmc::report
