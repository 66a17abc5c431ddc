#include "cmc/report/information_summary.h"

#include <fmt/format.h>

#include <vector>

#include "cmc/report/figures.h"
#include "cmc/report/information_rows.h"
#include "cmc/report/text_table.h"
#include "cmc/with_commas.h"

namespace cmc::report {
namespace {

using evaluation::InformationMeasurement;
using evaluation::PairInformation;
using Lines = std::vector<std::vector<std::string>>;

/// Lines whose head ends in "n", the number of samples, behind `names` names, where that is not the
/// same for all.
class Table {
 public:
  Table(const InformationMeasurement& information, std::size_t names, std::vector<std::string> head)
      : names_(names), counted_(some_lack_views(information)) {
    add(std::move(head), "n");
  }
  void add(std::vector<std::string> line, std::string n) {
    if (counted_) line.insert(line.begin() + static_cast<std::ptrdiff_t>(names_), std::move(n));
    lines_.push_back(std::move(line));
  }
  std::string text() const { return text_table(lines_, names_); }

 private:
  std::size_t names_;
  bool counted_;
  Lines lines_;
};

std::string bounds(const InformationMeasurement& information) {
  Table table(
      information, 2,
      {"from", "to", "k", "log k − L", "log(k + 1) − L", "95 % interval", "ceiling", "nats"});
  const bool all_k = information.pairs.size() <= 2;
  for (const PairInformation& pair : information.pairs) {
    for (std::size_t i = all_k ? 0 : pair.points.size() - 1; i < pair.points.size(); ++i) {
      const BoundRow row = bound_row(pair.points[i]);
      table.add({pair.from, pair.to, row.k, row.bound, row.tight_bound, row.interval, row.ceiling,
                 row.nats},
                with_commas(pair.samples));
    }
  }
  return table.text();
}

/// Of the largest k.
std::string total_correlation(const evaluation::TotalCorrelation& all) {
  const BoundRow row = bound_row(all.points.back());
  return text_table({{"k", "log k − L", "log(k + 1) − L", "95 % interval", "ceiling", "nats"},
                     {row.k, row.bound, row.tight_bound, row.interval, row.ceiling, row.nats}},
                    0);
}

std::string labels(const InformationMeasurement& information) {
  Table table(information, 1,
              {"view", "I(z; y) ≥", "95 % interval", "H(y)", "nats", "accuracy, %"});
  for (const evaluation::ViewLabels& row : information.labels) {
    const LabelRow cells = label_row(row);
    table.add({row.view, cells.bound, cells.interval, cells.entropy, cells.nats, cells.accuracy},
              with_commas(row.samples));
  }
  return table.text();
}

std::string geometry(const InformationMeasurement& information) {
  Table pairs(information, 2,
              {"from", "to", "alignment", "positives", "negatives", "modality gap"});
  for (std::size_t i = 0; i < information.pairs.size(); i += 2) {  // both directions lie alike
    const PairInformation& pair = information.pairs[i];
    pairs.add({pair.from, pair.to, fixed(pair.alignment, 3), fixed(pair.positive_similarity, 3),
               fixed(pair.negative_similarity, 3), fixed(pair.modality_gap, 3)},
              with_commas(pair.samples));
  }
  Table views(information, 1, {"view", "uniformity", "effective rank", "at most", "dimensions"});
  for (const evaluation::ViewGeometry& view : information.views)
    views.add({view.view, fixed(view.uniformity, 3), fixed(view.effective_rank, 1),
               with_commas(view.largest_rank()), with_commas(view.dimension)},
              with_commas(view.samples));
  return pairs.text() + "\n" + views.text();
}

}  // namespace

std::string information_summary(const InformationMeasurement& information) {
  std::string text = fmt::format(
      "Information that views share: bounds in bits, on {} held-out samples, at τ = {}\n{}\n",
      with_commas(information.samples), evaluation::temperatures(information), bounds(information));
  if (const auto& all = information.total_correlation; all && !all->points.empty())
    text += fmt::format(
        "Total correlation of all {} views: a bound in bits, on {} held-out samples, by the "
        "multilinear critic at τ = {:.3g}\n{}\n",
        all->views, with_commas(all->samples), all->temperature, total_correlation(*all));
  if (!information.labels.empty())
    text += fmt::format(
        "Information on the {} classes: a linear probe, fitted with {} labels, in bits\n{}\n",
        information.classes, with_commas(information.training_labels), labels(information));
  text += "Geometry of the embeddings\n" + geometry(information) + "\n";
  for (const std::string& finding : information.findings) text += "- " + finding + "\n";
  return text;
}

}  // namespace cmc::report
