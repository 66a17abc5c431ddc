#include "cmc/recipe/clamped_options.h"

#include <fmt/format.h>

#include <algorithm>

namespace cmc::recipe {

std::vector<std::string> adjustments(const Recipe& recipe, std::int64_t samples) {
  std::vector<std::string> lines;
  const auto lower = [&](const char* key, std::int64_t asked, std::int64_t most, const char* why) {
    if (asked > most)
      lines.push_back(
          fmt::format("{} is lowered from {} to {}: there are {} {}", key, asked, most, most, why));
  };
  const std::int64_t batch = std::min(recipe.train.batch_size, samples);
  lower("train.batch_size", recipe.train.batch_size, samples, "training samples");
  if (counts_by_k(recipe.contrast, samples))
    lower("contrast.k", recipe.contrast.k, samples - 1, "other samples");
  lower("train.accumulate", recipe.train.accumulate, samples / std::max<std::int64_t>(1, batch),
        "batches in an epoch");
  return lines;
}

}  // namespace cmc::recipe
