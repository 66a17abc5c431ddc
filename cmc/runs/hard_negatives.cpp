#include "cmc/runs/hard_negatives.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "cmc/error.h"
#include "cmc/with_commas.h"

namespace cmc::runs {

HardNegatives hard_negatives(const data::Dataset& samples, const recipe::ContrastRecipe& contrast) {
  if (contrast.hard_negatives.empty()) return {};
  constexpr const char* key = "contrast.hard_negatives";
  HardNegatives result;
  std::vector<std::vector<std::int64_t>> named(static_cast<std::size_t>(samples.size()));
  std::size_t most = 0;
  for (const std::string& column : contrast.hard_negatives) {
    const auto cells = samples.column_samples(column, key);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      for (const std::int64_t sample : cells[i]) {
        if (sample < 0)
          ++result.elsewhere;
        else if (std::ranges::find(named[i], sample) == named[i].end())
          named[i].push_back(sample);
      }
      most = std::max(most, named[i].size());
    }
  }
  check(most > 0, "{} = \"{}\": no cell names a training sample", key,
        fmt::join(contrast.hard_negatives, "\", \""));
  result.samples = at::full({samples.size(), static_cast<std::int64_t>(most)}, -1, at::kLong);
  auto* row = result.samples.data_ptr<std::int64_t>();
  for (const std::vector<std::int64_t>& each : named) {
    std::ranges::copy(each, row);
    row += most;
  }
  return result;
}

std::string hard_negatives_line(const HardNegatives& negatives, std::int64_t batch) {
  if (!negatives.samples.defined()) return "";
  const at::Tensor named = negatives.samples >= 0;
  const auto samples = negatives.samples.size(0), having = named.any(1).sum().item<std::int64_t>(),
             all = named.sum().item<std::int64_t>();
  std::string line = fmt::format("hard negatives: {} of {} samples name {} in all",
                                 with_commas(having), with_commas(samples), with_commas(all));
  if (batch > 0)
    line += fmt::format(", so that a batch of {} encodes up to about {:.0f} samples more",
                        with_commas(batch),
                        static_cast<double>(all) / static_cast<double>(samples) *
                            static_cast<double>(std::min(batch, samples)));
  if (negatives.elsewhere > 0)
    line += fmt::format("; {} more names are of samples that are not trained on, and are left out",
                        with_commas(negatives.elsewhere));
  return line;
}

}  // namespace cmc::runs
