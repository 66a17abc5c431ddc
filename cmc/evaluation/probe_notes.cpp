#include "cmc/evaluation/probe_notes.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/data/label_text.h"
#include "cmc/evaluation/values.h"

namespace cmc::evaluation {
namespace {

bool labels_are_all_alike(const data::Dataset& samples) {
  for (std::int64_t i = 1; i < samples.size(); ++i) {
    const bool alike = samples.has_targets() ? samples.target(i) == samples.target(0)
                                             : samples.label(i) == samples.label(0);
    if (!alike) return false;
  }
  return true;
}

bool groups_are_all_alike(const data::Dataset& samples) {
  const std::string first = samples.group(0);
  for (std::int64_t i = 1; i < samples.size(); ++i)
    if (samples.group(i) != first) return false;
  return true;
}

}  // namespace

std::string why_no_probe(const data::Dataset& train, const data::Dataset& test,
                         bool cross_validated) {
  if (train.size() == 0 && test.size() == 0)
    return "No sample has a label: there is no probe, and views are evaluated by retrieval alone.";
  if (train.size() == 0)
    return fmt::format(
        "No training sample has a label, {} test samples have one: there is no probe, which is "
        "fitted to training labels.",
        test.size());
  if (!cross_validated && test.size() == 0)
    return fmt::format(
        "No test sample has a label, {} training samples have one: there is no probe, which is "
        "evaluated on test labels.",
        train.size());
  if (labels_are_all_alike(train))
    return fmt::format(
        "Every label of the training part is \"{}\": there is no probe, since there is nothing to "
        "predict.",
        data::label_text(train, 0));
  if (cross_validated && groups_are_all_alike(train))
    return fmt::format(
        "All {} samples with a label are of one group, \"{}\": there is no probe, which is "
        "evaluated on groups that it was not fitted to.",
        train.size(), train.group(0));
  return "";
}

std::vector<std::int64_t> unknown_labels(const at::Tensor& learned, const at::Tensor& judged) {
  std::vector<std::int64_t> known = values_of<std::int64_t>(learned), unknown;
  std::ranges::sort(known);
  for (const std::int64_t label : values_of<std::int64_t>(judged))
    if (!std::ranges::binary_search(known, label)) unknown.push_back(label);
  return unknown;
}

std::string unknown_classes_note(std::int64_t judged, const std::vector<std::int64_t>& unknown,
                                 const std::vector<std::string>& classes) {
  if (unknown.empty()) return "";
  std::vector<std::string> names;
  for (const std::int64_t c : unknown) {
    const std::string& name = classes.at(static_cast<std::size_t>(c));
    if (!std::ranges::count(names, name)) names.push_back(name);
  }
  constexpr std::size_t most_names = 5;
  const std::size_t more = names.size() - std::min(names.size(), most_names);
  names.resize(names.size() - more);
  return fmt::format(
      "{} of {} samples are of classes without a training label ({}{}): they count as errors.",
      unknown.size(), judged, fmt::join(names, ", "),
      more == 0 ? "" : fmt::format(" and {} more", more));
}

}  // namespace cmc::evaluation
