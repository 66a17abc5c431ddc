#include "cmc/runs/positives.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cmc/error.h"
#include "cmc/runs/learned_views.h"
#include "cmc/with_commas.h"

namespace cmc::runs {
namespace {

constexpr const char* key = "contrast.positives";
constexpr const char* of_labels = "label";

std::vector<std::int64_t> label_groups(const data::Dataset& samples) {
  check(!samples.has_targets(),
        "{} = \"{}\": the labels are numbers, and positives are samples of one class "
        "(data.label_kind = \"classes\" makes each number a class)",
        key, of_labels);
  std::vector<std::int64_t> groups;
  groups.reserve(static_cast<std::size_t>(samples.size()));
  for (std::int64_t i = 0; i < samples.size(); ++i) groups.push_back(samples.label(i));
  check(
      std::ranges::any_of(groups, [](std::int64_t group) { return group >= 0; }),
      "{} = \"{}\": no training sample has a label (of a manifest, data.label names their column)",
      key, of_labels);
  return groups;
}

/// "label" or "labels" where these are meant, else the column.
std::string name_of(const std::string& column, const recipe::Recipe& recipe) {
  return column == of_labels || column == recipe.data.manifest.label
             ? "label"
             : fmt::format("\"{}\"", column);
}

std::string names_of(const recipe::Recipe& recipe) {
  std::string names;
  const std::vector<std::string>& columns = recipe.contrast.positives;
  for (const std::string& column : columns)
    names += (names.empty()                ? ""
              : &column == &columns.back() ? " or "
                                           : ", ") +
             name_of(column, recipe);
  return names;
}

/// "labels" where these alone are meant, else the columns.
std::string supervision(const recipe::Recipe& recipe) {
  const std::vector<std::string>& columns = recipe.contrast.positives;
  const bool labels = std::ranges::all_of(
      columns, [&](const std::string& column) { return name_of(column, recipe) == "label"; });
  return labels ? "labels" : fmt::format("labels ({})", names_of(recipe));
}

}  // namespace

at::Tensor positive_groups(const data::Dataset& samples, const recipe::ContrastRecipe& contrast) {
  if (contrast.loss != recipe::LossKind::multi_positive) return {};
  if (contrast.positives.empty()) return at::full({samples.size(), 1}, -1, at::kLong);
  std::vector<at::Tensor> columns;
  for (const std::string& column : contrast.positives) {
    const std::vector<std::int64_t> groups =
        column == of_labels ? label_groups(samples) : samples.column_groups(column, key);
    const bool one =
        groups.empty() ||
        (groups[0] >= 0 && std::ranges::all_of(groups, [&](auto g) { return g == groups[0]; }));
    check(!one,
          "{} = \"{}\": it is the same of all {} training samples, so that all are positives and "
          "none has a negative",
          key, column, groups.size());
    columns.push_back(at::tensor(groups, at::kLong));
  }
  return at::stack(columns, 1);
}

std::string positives_line(const at::Tensor& groups, const recipe::Recipe& recipe) {
  if (recipe.contrast.positives.empty()) return "";
  std::unordered_set<std::int64_t> with_positive, with_group;
  for (std::int64_t c = 0; c < groups.size(1); ++c) {
    const at::Tensor held = groups.select(1, c).contiguous();
    const auto* group = held.data_ptr<std::int64_t>();
    std::unordered_map<std::int64_t, std::int64_t> counts;
    for (std::int64_t i = 0; i < held.size(0); ++i)
      if (group[i] >= 0) ++counts[group[i]];
    for (std::int64_t i = 0; i < held.size(0); ++i) {
      if (group[i] < 0) continue;
      with_group.insert(i);
      if (counts[group[i]] > 1) with_positive.insert(i);
    }
  }
  const auto known = static_cast<std::int64_t>(with_group.size()),
             shared = static_cast<std::int64_t>(with_positive.size());
  const std::string names = names_of(recipe), with = supervision(recipe);
  if (shared == 0)
    return fmt::format(
        "trained with {}, but no two of {} samples share their {}: each has its own other view as "
        "its only positive",
        with, with_commas(groups.size(0)), names);
  return fmt::format(
      "trained with {}: samples that share their {} are positives of each other; {} of {} samples "
      "have one, {} share it",
      with, names, with_commas(known), with_commas(groups.size(0)), with_commas(shared));
}

std::string supervision_note(const recipe::Recipe& recipe) {
  if (const auto* learned = learned_views(recipe); learned != nullptr && learned->labelled > 0)
    return fmt::format(
        "Trained with labels: the generator of the views saw those of {:.4g} % of the training "
        "samples (views.labelled), so that these are not the figures of learning without labels.",
        100 * learned->labelled);
  if (recipe.contrast.positives.empty()) return "";
  return fmt::format(
      "Trained with {}: samples that share their {} were positives of each other "
      "(contrast.positives), so that these are not the figures of learning without labels.",
      supervision(recipe), names_of(recipe));
}

}  // namespace cmc::runs
