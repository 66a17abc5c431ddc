#include "cmc/data/label_notes.h"

#include <cmath>
#include <cstdint>

#include "cmc/error.h"

namespace cmc::data {
namespace {

constexpr std::size_t names_shown = 5;

struct LabelCounts {
  std::int64_t labelled = 0;
  std::vector<std::int64_t> of_classes;

  LabelCounts(const Dataset& part, std::size_t classes) : of_classes(classes, 0) {
    for (std::int64_t i = 0; i < part.size(); ++i) {
      const std::int64_t label = part.label(i);
      if (label == no_label && std::isnan(part.target(i))) continue;
      ++labelled;
      if (label != no_label) ++of_classes[static_cast<std::size_t>(label)];
    }
  }
};

}  // namespace

std::vector<std::string> label_notes(const Splits& splits) {
  const bool divided = splits.train && splits.test && splits.test->size() > 0;
  if (!divided) return {};
  const std::vector<std::string>& classes = splits.train->classes();
  if (splits.test->classes() != classes) return {};
  const LabelCounts train(*splits.train, classes.size()), test(*splits.test, classes.size());
  if (test.labelled == 0 && train.labelled == 0) return {};
  if (train.labelled == 0)
    return {
        fmt::format("none of the {} samples to train has a label, and {} of the {} held out have: "
                    "a probe is fitted to the former",
                    splits.train->size(), test.labelled, splits.test->size())};
  if (test.labelled == 0)
    return {
        fmt::format("none of the {} held-out samples has a label, and {} of the {} to train have: "
                    "a probe is evaluated on the former",
                    splits.test->size(), train.labelled, splits.train->size())};
  std::string names;
  std::size_t count = 0;
  std::int64_t samples = 0;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if (train.of_classes[c] > 0 || test.of_classes[c] == 0) continue;
    samples += test.of_classes[c];
    if (++count <= names_shown)
      names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", classes[c]);
  }
  if (count == 0) return {};
  return {
      fmt::format("{} of {} classes occur only in the test part ({}{}), with {} samples: no probe "
                  "can learn them",
                  count, classes.size(), names, count > names_shown ? ", …" : "", samples)};
}

}  // namespace cmc::data
