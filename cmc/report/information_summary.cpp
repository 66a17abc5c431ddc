#include "cmc/report/information_summary.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "cmc/error.h"
#include "cmc/report/figures.h"
#include "cmc/report/information_rows.h"
#include "cmc/report/text_table.h"

namespace cmc::report {
namespace {

using nlohmann::json;
using Lines = std::vector<std::vector<std::string>>;

/// Puts n behind the names where it is not the same for all.
void add_samples(std::vector<std::string>& line, std::size_t names, const json& row,
                 const json& information) {
  if (!some_lack_views(information)) return;
  line.insert(line.begin() + static_cast<std::ptrdiff_t>(names),
              row.is_null() ? "n" : samples_of(row, information));
}

std::string bounds(const json& information) {
  Lines lines = {
      {"from", "to", "k", "log k − L", "log(k + 1) − L", "95 % interval", "ceiling", "nats"}};
  add_samples(lines[0], 2, nullptr, information);
  const bool all_k = information.at("pairs").size() <= 2;
  for (const json& pair : information.at("pairs")) {
    const json& points = pair.at("points");
    for (std::size_t i = all_k ? 0 : points.size() - 1; i < points.size(); ++i) {
      const BoundRow row = bound_row(points[i]);
      lines.push_back({pair.at("from"), pair.at("to"), row.k, row.bound, row.tight_bound,
                       row.interval, row.ceiling, row.nats});
      add_samples(lines.back(), 2, pair, information);
    }
  }
  return text_table(lines, 2);
}

std::string labels(const json& information) {
  Lines lines = {{"view", "I(z; y) ≥", "95 % interval", "H(y)", "nats", "accuracy, %"}};
  add_samples(lines[0], 1, nullptr, information);
  for (const json& row : information.at("labels")) {
    const LabelRow cells = label_row(row);
    lines.push_back(
        {row.at("view"), cells.bound, cells.interval, cells.entropy, cells.nats, cells.accuracy});
    add_samples(lines.back(), 1, row, information);
  }
  return text_table(lines, 1);
}

std::string geometry(const json& information) {
  Lines pairs = {{"from", "to", "alignment", "positives", "negatives", "modality gap"}};
  add_samples(pairs[0], 2, nullptr, information);
  for (std::size_t i = 0; i < information.at("pairs").size(); i += 2) {
    const json& pair = information.at("pairs")[i];
    pairs.push_back({pair.at("from"), pair.at("to"), fixed(pair.at("alignment"), 3),
                     fixed(pair.at("positive_similarity"), 3),
                     fixed(pair.at("negative_similarity"), 3), fixed(pair.at("modality_gap"), 3)});
    add_samples(pairs.back(), 2, pair, information);
  }
  Lines views = {{"view", "uniformity", "effective rank", "at most", "dimensions"}};
  add_samples(views[0], 1, nullptr, information);
  for (const json& view : information.at("views")) {
    views.push_back({view.at("view"), fixed(view.at("uniformity"), 3),
                     fixed(view.at("effective_rank"), 1), largest_rank(view),
                     count(view.at("dimension").get<std::int64_t>())});
    add_samples(views.back(), 1, view, information);
  }
  return text_table(pairs, 2) + "\n" + text_table(views, 1);
}

}  // namespace

std::string information_summary(const json& information) try {
  std::string text = fmt::format(
      "Information that views share: bounds in bits, on {} held-out samples, at τ = {:.3g}\n{}\n",
      count(information.at("samples").get<std::int64_t>()),
      information.at("temperature").get<double>(), bounds(information));
  if (!information.at("labels").empty())
    text += fmt::format(
        "Information on the {} classes: a linear probe, fitted with {} labels, in bits\n{}\n",
        information.at("classes").get<std::int64_t>(),
        count(information.at("training_labels").get<std::int64_t>()), labels(information));
  text += "Geometry of the embeddings\n" + geometry(information) + "\n";
  for (const json& finding : information.at("findings"))
    text += "- " + finding.get<std::string>() + "\n";
  return text;
} catch (const json::exception& error) {
  fail("information.json: {}", error.what());
}

}  // namespace cmc::report
