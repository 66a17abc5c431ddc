#include "cmc/contrast/result.h"

#include <ATen/ATen.h>

#include <cmath>

namespace cmc::contrast {
namespace {

constexpr std::size_t of_direction = 8;

DirectionFigures direction_of(std::span<const double> numbers) {
  return {.temperature = numbers[0],
          .k = numbers[1],
          .loss = numbers[2],
          .k_pair_loss = numbers[3],
          .positive_first = numbers[4],
          .positive_similarity = numbers[5],
          .negative_similarity = numbers[6],
          .log_z = numbers[7]};
}

/// Sets the figures to the means over their directions that had negatives.
void take_means(ContrastFigures& figures) {
  double with_negatives = 0, with_log_z = 0, log_z = 0;
  for (const DirectionFigures& direction : figures.directions) {
    if (direction.k == 0) continue;
    ++with_negatives;
    figures.k += direction.k;
    figures.k_pair_loss += direction.k_pair_loss;
    figures.positive_first += direction.positive_first;
    figures.positive_similarity += direction.positive_similarity;
    figures.negative_similarity += direction.negative_similarity;
    if (std::isnan(direction.log_z)) continue;
    ++with_log_z;
    log_z += direction.log_z;
  }
  for (double* sum : {&figures.k, &figures.k_pair_loss, &figures.positive_first,
                      &figures.positive_similarity, &figures.negative_similarity})
    *sum /= with_negatives;
  figures.log_z = log_z / with_log_z;  // NaN where no loss has one
}

}  // namespace

information::InfoNce ContrastFigures::information() const {
  information::InfoNce mean;
  double directions_with_negatives = 0;
  for (const DirectionFigures& direction : directions) {
    if (direction.k == 0) continue;
    const information::InfoNce own = information::info_nce(direction.k, direction.k_pair_loss);
    mean.bound += own.bound;
    mean.tight_bound += own.tight_bound;
    mean.bound_ceiling += own.bound_ceiling;
    mean.ceiling += own.ceiling;
    ++directions_with_negatives;
  }
  for (double* figure : {&mean.bound, &mean.tight_bound, &mean.bound_ceiling, &mean.ceiling})
    *figure /= directions_with_negatives;
  return mean;
}

at::Tensor ContrastResult::numbers() const {
  const at::NoGradGuard no_grad;
  const auto options = loss.options().dtype(at::kDouble);
  std::vector<at::Tensor> parts = {loss.to(at::kDouble).reshape(1),
                                   logit_bias.defined() ? logit_bias.to(options).reshape(1)
                                                        : at::full({1}, std::nan(""), options)};
  for (const DirectionResult& direction : directions) parts.push_back(direction.numbers);
  return at::cat(parts);
}

ContrastFigures ContrastResult::figures() const {
  const at::Tensor fetched = numbers().cpu();
  return figures_of({fetched.data_ptr<double>(), static_cast<std::size_t>(fetched.numel())});
}

ContrastFigures figures_of(std::span<const double> numbers) {
  ContrastFigures figures{.loss = numbers[0], .logit_bias = numbers[1]};
  for (std::size_t first = 2; first < numbers.size(); first += of_direction)
    figures.directions.push_back(direction_of(numbers.subspan(first, of_direction)));
  figures.temperature = figures.directions.front().temperature;
  take_means(figures);
  return figures;
}

}  // namespace cmc::contrast
