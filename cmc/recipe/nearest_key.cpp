#include "cmc/recipe/nearest_key.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "cmc/edit_distance.h"
#include "cmc/files/lower_case.h"
#include "cmc/recipe/recipe.h"

namespace cmc::recipe {
namespace {

/// What other programs and papers call our keys.
constexpr std::array<std::pair<std::string_view, std::string_view>, 56> meanings = {{
    {"lr", "train.learning_rate"},
    {"base_lr", "train.learning_rate"},
    {"rate", "train.learning_rate"},
    {"wd", "train.weight_decay"},
    {"decay", "train.weight_decay"},
    {"batch", "train.batch_size"},
    {"bs", "train.batch_size"},
    {"batchsize", "train.batch_size"},
    {"epoch", "train.epochs"},
    {"n_epochs", "train.epochs"},
    {"num_epochs", "train.epochs"},
    {"max_epochs", "train.epochs"},
    {"max_steps", "train.steps"},
    {"iterations", "train.steps"},
    {"warmup", "train.warmup_steps"},
    {"scheduler", "train.schedule"},
    {"lr_schedule", "train.schedule"},
    {"optim", "train.optimizer"},
    {"optimiser", "train.optimizer"},
    {"gpu", "train.device"},
    {"cuda", "train.device"},
    {"amp", "train.precision"},
    {"dtype", "train.precision"},
    {"bf16", "train.precision"},
    {"fp16", "train.precision"},
    {"num_workers", "train.workers"},
    {"num_threads", "train.threads"},
    {"jobs", "train.threads"},
    {"grad_clip", "train.clip_gradient"},
    {"clip", "train.clip_gradient"},
    {"accumulation", "train.accumulate"},
    {"tau", "contrast.temperature"},
    {"temp", "contrast.temperature"},
    {"t", "contrast.temperature"},
    {"criterion", "contrast.loss"},
    {"objective", "contrast.loss"},
    {"num_negatives", "contrast.k"},
    {"n_negatives", "contrast.k"},
    {"queue_size", "contrast.queue_length"},
    {"backbone", "encoder.name"},
    {"network", "encoder.name"},
    {"architecture", "encoder.name"},
    {"arch", "encoder.name"},
    {"model", "encoder.name"},
    {"hidden", "encoder.widths"},
    {"layers", "encoder.widths"},
    {"dim", "encoder.embedding_dim"},
    {"projection", "encoder.head"},
    {"image_size", "views.size"},
    {"resolution", "views.size"},
    {"test_size", "views.evaluation_size"},
    {"test_resolution", "views.evaluation_size"},
    {"path", "data.root"},
    {"folder", "data.root"},
    {"csv", "data.manifest"},
    {"target", "data.label"},
}};

std::string_view last_word(std::string_view key) {
  return key.substr(key.rfind('.') + 1);
}

/// As our keys are written.
std::string written_as_ours(std::string_view key) {
  std::string own = files::lower_case(last_word(key));
  std::ranges::replace(own, '-', '_');
  return own;
}

/// A [[view]]'s keys need the view's name.
std::vector<std::string> all_keys() {
  std::vector<std::string> keys;
  for (const FieldReference& field : recipe_reference())
    if (!field.key.starts_with("view.")) keys.push_back(field.key);
  return keys;
}

std::string by_meaning(const std::string& own, const std::vector<std::string>& keys) {
  const auto same =
      std::ranges::find_if(keys, [&](const std::string& each) { return last_word(each) == own; });
  if (same != keys.end()) return *same;
  const auto meant = std::ranges::find(meanings, own, [](const auto& each) { return each.first; });
  return meant == meanings.end() ? "" : std::string(meant->second);
}

}  // namespace

std::string key_by_meaning(std::string_view key) {
  return by_meaning(written_as_ours(key), all_keys());
}

std::string nearest_key(std::string_view key) {
  const std::string own = written_as_ours(key);
  const std::vector<std::string> keys = all_keys();
  if (const std::string meant = by_meaning(own, keys); !meant.empty()) return meant;
  constexpr std::size_t least_letters = 3;  // fewer are near too many keys
  if (own.size() < least_letters) return "";
  const auto nearest = std::ranges::min_element(
      keys, {}, [&](const std::string& each) { return edit_distance(own, last_word(each)); });
  return is_misspelt(own, last_word(*nearest)) ? *nearest : "";
}

}  // namespace cmc::recipe
