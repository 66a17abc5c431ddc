#include <fmt/format.h>

#include <algorithm>

#include "cmc/draft/budget.h"
#include "cmc/draft/drafts.h"

namespace cmc::draft {
namespace {

DraftSection encoder_section(const ViewKinds& kinds) {
  DraftSection section{"[encoder]", ""};
  if (kinds.convolves()) {
    section.add("channels", "[32, 64, 128, 256]");
    section.add("convolutions", "1");
    if (kinds.picture_side > 40 && !kinds.sounds) {
      section.add("strides", "[2, 2, 2, 2]", "pictures of 40 pixels and more are halved at once");
      section.add("downsample", "\"stride\"");
    } else if (kinds.picture_side > 0 && !kinds.sounds) {
      section.add("strides", "[1, 2, 2, 1]");
    }
    section.add("pooled_grid", kinds.sounds ? "4" : "2");
  }
  if (kinds.series && !kinds.convolves()) section.add("channels", "[32, 64, 128]");
  if (kinds.texts)
    section.add("widths", "[256]");
  else if (kinds.tables || kinds.arrays)
    section.add("widths", "[128]");
  if (!kinds.convolves()) {
    section.add("head", "\"linear\"");
    section.add("embedding_dim", kinds.texts ? "128" : "32");
  } else {
    section.add("hidden_dim", "256");
    section.add("embedding_dim", "64");
  }
  if (kinds.alike) section.add("shared", "true", "both views are of one kind");
  return section;
}

}  // namespace

void add_training(Draft& draft, const ViewKinds& kinds, std::int64_t training_samples) {
  draft.sections.push_back(encoder_section(kinds));
  DraftSection contrast{"[contrast]", ""};
  contrast.add("negatives", "\"batch\"");
  contrast.add("temperature", "0.1");
  draft.sections.push_back(contrast);

  const bool large_pictures = kinds.picture_side > 40;
  const std::int64_t steps = kinds.convolves() ? 400 : 600;
  const Budget budget = budget_for(training_samples, steps, large_pictures ? 128 : 256);
  DraftSection train{"[train]", ""};
  train.add("epochs", fmt::format("{}", budget.epochs), budget.text());
  train.add("batch_size", fmt::format("{}", budget.batch_size),
            fmt::format("of {} training samples", training_samples));
  train.add("learning_rate", kinds.sounds ? "2e-3" : "1e-3");
  train.add("weight_decay", kinds.convolves() ? "1e-3" : "1e-2");
  train.add("warmup_steps", "20");
  draft.sections.push_back(train);
}

TestPart test_part_of(std::int64_t samples) {
  constexpr std::int64_t few = 5000, most = 10000;
  if (samples < few)
    return {std::max<std::int64_t>(2, samples / 5),
            "a fifth: of few samples a smaller part would "
            "judge too roughly"};
  return {std::min(most, samples / 10), "a tenth, at most 10,000"};
}

}  // namespace cmc::draft
