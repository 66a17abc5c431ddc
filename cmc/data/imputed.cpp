#include "cmc/data/imputed.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <vector>

#include "cmc/data/numbers.h"
#include "cmc/data/wrapped.h"

namespace cmc::data {
namespace {

constexpr std::int64_t most_numbers = std::int64_t{1} << 26;
constexpr std::int64_t chunk = 4096;

/// The numeric columns of a table source, which stand first, among those of all tables.
struct NumericColumns {
  std::size_t source = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

std::vector<NumericColumns> places_of(const std::vector<Source>& sources) {
  std::vector<NumericColumns> places;
  std::int64_t next = 0;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    if (sources[s].kind != SourceKind::table) continue;
    const auto count = std::ranges::count_if(
        sources[s].columns, [](const TableColumn& column) { return column.categories.empty(); });
    places.push_back({s, next, count});
    next += count;
  }
  return places;
}

/// Calls visit(sample, column among all, number) with every number that is there.
template <class Visit>
void visit_numbers(const Dataset& dataset, const std::vector<NumericColumns>& places,
                   const Visit& visit) {
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    for (const NumericColumns& place : places) {
      const cv::Mat value = dataset.value(i, place.source);
      if (value.empty()) continue;
      const Numbers numbers(value);
      for (std::int64_t c = 0; c < place.count; ++c)
        if (const double x = numbers[static_cast<std::size_t>(c)]; !std::isnan(x))
          visit(i, static_cast<std::size_t>(place.first + c), x);
    }
  }
}

/// Mean and deviation of each column over what is there; 0 and 1 where nothing is, deviation 1
/// where all is alike.
struct ColumnScales {
  std::vector<double> mean, deviation;

  ColumnScales(const Dataset& dataset, const std::vector<NumericColumns>& places,
               std::int64_t columns)
      : mean(static_cast<std::size_t>(columns)), deviation(mean.size()) {
    std::vector<double> count(mean.size());
    visit_numbers(dataset, places, [&](std::int64_t, std::size_t c, double x) {
      const double away = x - mean[c];
      mean[c] += away / ++count[c];
      deviation[c] += away * (x - mean[c]);
    });
    for (std::size_t c = 0; c < mean.size(); ++c)
      deviation[c] = deviation[c] > 0 ? std::sqrt(deviation[c] / count[c]) : 1;
  }
};

/// All tables' numbers side by side, standardised, [n, F], NaN where missing. A table that a sample
/// lacks is NaN.
at::Tensor standardised(const Dataset& dataset, const std::vector<NumericColumns>& places,
                        const ColumnScales& scales) {
  const auto columns = static_cast<std::int64_t>(scales.mean.size());
  at::Tensor numbers = at::full({dataset.size(), columns}, std::nan(""), at::kFloat);
  auto* const to = numbers.data_ptr<float>();
  visit_numbers(dataset, places, [&](std::int64_t i, std::size_t c, double x) {
    to[i * columns + static_cast<std::int64_t>(c)] =
        static_cast<float>((x - scales.mean[c]) / scales.deviation[c]);
  });
  return numbers;
}

/// What is observed of samples: values [n, F], 0 where missing, and 1 where not.
struct Observed {
  at::Tensor values, mask;

  explicit Observed(const at::Tensor& numbers)
      : values(numbers.to(at::kDouble).nan_to_num(0.0)),
        mask(numbers.isnan().logical_not().to(at::kDouble)) {}
};

/// x = W c + μ + ε.
class LatentModel {
 public:
  LatentModel(const Observed& observed, std::int64_t rank, int iterations)
      : mean_(at::zeros({observed.values.size(1)}, at::kDouble)) {
    const auto [u, s, vt] = at::linalg_svd(observed.values, /*full_matrices=*/false);
    weight_ = vt.narrow(0, 0, rank).t().contiguous();
    for (int i = 0; i < iterations; ++i) improve(observed);
  }

  /// Expectations of all numbers, [n, F].
  at::Tensor expectation(const Observed& observed) const {
    return at::addmm(mean_, posterior(observed).mean, weight_.t());
  }

 private:
  struct Posterior {
    at::Tensor mean;        ///< [n, r]
    at::Tensor covariance;  ///< [n, r, r]
  };

  std::int64_t rank() const { return weight_.size(1); }

  /// w wᵀ of each column's weights, [F, r · r].
  at::Tensor outer() const { return (weight_.unsqueeze(2) * weight_.unsqueeze(1)).flatten(1); }

  Posterior posterior(const Observed& observed) const {
    const std::int64_t n = observed.values.size(0), r = rank();
    const at::Tensor precision =
        at::mm(observed.mask, outer()).view({n, r, r}) + noise_ * at::eye(r, at::kDouble);
    const at::Tensor inverse = at::linalg_inv(precision);
    const at::Tensor pull = at::mm((observed.values - mean_) * observed.mask, weight_);
    return {at::bmm(inverse, pull.unsqueeze(2)).squeeze(2), noise_ * inverse};
  }

  void improve(const Observed& observed) {
    const Posterior latent = posterior(observed);
    const std::int64_t r = rank(), columns = observed.values.size(1);
    const at::Tensor count = observed.mask.sum(0).clamp_min(1);
    mean_ = ((observed.values - at::mm(latent.mean, weight_.t())) * observed.mask).sum(0) / count;
    const at::Tensor moment =
        latent.covariance + latent.mean.unsqueeze(2) * latent.mean.unsqueeze(1);
    const at::Tensor by_column =
        at::mm(observed.mask.t(), moment.flatten(1)).view({columns, r, r}) +
        1e-6 * at::eye(r, at::kDouble);
    const at::Tensor centred = (observed.values - mean_) * observed.mask;
    weight_ = at::linalg_solve(by_column, at::mm(centred.t(), latent.mean).unsqueeze(2)).squeeze(2);
    const at::Tensor left =
        (centred - at::mm(latent.mean, weight_.t()) * observed.mask).square().sum();
    const at::Tensor spread =
        (at::mm(observed.mask.t(), latent.covariance.flatten(1)) * outer()).sum();
    noise_ = std::max(1e-6, ((left + spread) / observed.mask.sum()).item<double>());
  }

  at::Tensor mean_, weight_;  // [F], [F, r]
  double noise_ = 0.5;
};

class ImputedTables : public WrappedDataset {
 public:
  ImputedTables(std::shared_ptr<const Dataset> dataset, std::vector<NumericColumns> places,
                ColumnScales scales, at::Tensor numbers)
      : WrappedDataset(std::move(dataset)),
        places_(std::move(places)),
        scales_(std::move(scales)),
        numbers_(std::move(numbers)) {}

  Sample get(std::int64_t index) const override {
    Sample sample = dataset().get(index);
    for (const NumericColumns& place : places_)
      sample.values[place.source] = filled(sample.values[place.source], index, place);
    return sample;
  }
  Excerpt excerpt(std::int64_t index, std::size_t source, const ChoosePart& choose) const override {
    for (const NumericColumns& place : places_)
      if (place.source == source)
        return whole(filled(dataset().value(index, source), index, place));
    return dataset().excerpt(index, source, choose);
  }

 private:
  cv::Mat filled(const cv::Mat& value, std::int64_t index, const NumericColumns& place) const {
    if (value.empty()) return value;
    cv::Mat whole;
    value.convertTo(whole, CV_64F);
    auto* const cells = whole.ptr<double>();
    const float* const own = numbers_.data_ptr<float>() + index * numbers_.size(1) + place.first;
    for (std::int64_t c = 0; c < place.count; ++c) {
      const auto column = static_cast<std::size_t>(place.first + c);
      if (std::isnan(cells[c]))
        cells[c] = scales_.mean[column] + scales_.deviation[column] * own[c];
    }
    return whole;
  }

  std::vector<NumericColumns> places_;
  ColumnScales scales_;
  at::Tensor numbers_;  // float32 [n, F], standardised
};

}  // namespace

bool can_be_imputed(const Dataset& dataset) {
  const std::vector<NumericColumns> places = places_of(dataset.sources());
  const std::int64_t columns = places.empty() ? 0 : places.back().first + places.back().count;
  return columns >= 2 && dataset.size() >= 2 && dataset.size() <= most_numbers / columns;
}

std::shared_ptr<const Dataset> imputed(std::shared_ptr<const Dataset> dataset,
                                       const ImputeOptions& options) {
  const at::NoGradGuard no_grad;
  std::vector<NumericColumns> places = places_of(dataset->sources());
  const std::int64_t n = dataset->size();
  const std::int64_t columns = places.empty() ? 0 : places.back().first + places.back().count;
  if (!can_be_imputed(*dataset)) return dataset;
  ColumnScales scales(*dataset, places, columns);
  at::Tensor numbers = standardised(*dataset, places, scales);
  if (!numbers.isnan().any().item<bool>()) return dataset;

  const std::int64_t step = (n + options.fitted_samples - 1) / options.fitted_samples;
  const Observed fitted(numbers.slice(0, 0, n, step));
  const std::int64_t rank =
      std::clamp<std::int64_t>(std::min(columns, fitted.values.size(0) / 4) - 1, 1, options.rank);
  const LatentModel model(fitted, rank, options.iterations);
  for (std::int64_t first = 0; first < n; first += chunk) {
    at::Tensor rows = numbers.narrow(0, first, std::min(chunk, n - first));
    const at::Tensor expected = model.expectation(Observed(rows)).to(at::kFloat);
    rows.copy_(at::where(rows.isnan(), expected, rows));
  }
  return std::make_shared<ImputedTables>(std::move(dataset), std::move(places), std::move(scales),
                                         numbers);
}

}  // namespace cmc::data
