#include "cmc/information/ksg.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "cmc/error.h"
#include "cmc/random.h"

namespace cmc::information {
namespace {

at::Tensor as_rows(const at::Tensor& values, const char* name) {
  check(
      values.dim() == 2 && values.size(0) >= 2 && values.size(1) >= 1 && values.is_floating_point(),
      "{} is a floating [N, d] with N ≥ 2", name);
  check(values.isfinite().all().item<bool>(), "{} has a value that is not finite", name);
  return values.detach().to(at::kCPU, at::kDouble).contiguous();
}

constexpr double tolerated_ties = 0.01;

/// The sorted values of a column, how many stand more than once, and the least gap between two.
struct Column {
  std::int64_t repeated = 0, distinct = 1;
  double least_gap = std::numeric_limits<double>::infinity();

  explicit Column(const at::Tensor& column) {
    const at::Tensor sorted = std::get<0>(column.contiguous().sort());
    const double* value = sorted.data_ptr<double>();
    const std::int64_t n = sorted.size(0);
    for (std::int64_t i = 0; i < n; ++i) {
      const bool as_before = i > 0 && value[i] == value[i - 1];
      repeated += as_before || (i + 1 < n && value[i] == value[i + 1]);
      if (i == 0 || as_before) continue;
      ++distinct;
      least_gap = std::min(least_gap, value[i] - value[i - 1]);
    }
  }
};

/// The rows with their tied columns refused or jittered. `variable` is 0 for x and 1 for y, so that
/// their noise is independent.
at::Tensor untied(at::Tensor rows, const char* name, const KsgOptions& options,
                  std::uint32_t variable) {
  const std::int64_t n = rows.size(0);
  bool copied = false;
  for (std::int64_t d = 0; d < rows.size(1); ++d) {
    const Column column(rows.select(1, d));
    const double share = static_cast<double>(column.repeated) / static_cast<double>(n);
    if (column.distinct == 1 || share <= tolerated_ties) continue;
    check(
        options.tied == TiedValues::jitter,
        "{}: column {} has {} different values in {} samples, and {:.0f} % of them occur more than "
        "once: the estimator needs continuous values. Jitter them (KsgOptions::tied), or count "
        "discrete ones (discrete.h)",
        name, d, column.distinct, n, 100 * share);
    if (!copied) rows = rows.clone();  // the caller's own, where it was double already
    copied = true;
    RandomStream noise(RandomPurpose::jitter, options.seed, /*epoch=*/0,
                       static_cast<std::uint64_t>(d), variable);
    double* value = rows.data_ptr<double>() + d;
    for (std::int64_t i = 0; i < n; ++i)
      value[i * rows.size(1)] += column.least_gap * (noise.uniform() - 0.5);
  }
  return rows;
}

/// Rows of `dim` numbers.
struct Rows {
  const double* data;
  std::int64_t count, dim;

  explicit Rows(const at::Tensor& rows)
      : data(rows.data_ptr<double>()), count(rows.size(0)), dim(rows.size(1)) {}

  double distance(std::int64_t i, std::int64_t j) const {
    double largest = 0;
    for (std::int64_t d = 0; d < dim; ++d)
      largest = std::max(largest, std::abs(data[i * dim + d] - data[j * dim + d]));
    return largest;
  }
};

/// Counts of rows that are strictly nearer to a row than a distance.
class MarginalCounts {
 public:
  explicit MarginalCounts(const Rows& rows) : rows_(rows) {
    if (rows.dim != 1) return;
    sorted_.assign(rows.data, rows.data + rows.count);
    std::ranges::sort(sorted_);
  }

  /// Without row i itself.
  std::int64_t within(std::int64_t i, double distance) const {
    if (rows_.dim == 1) return by_sorting(rows_.data[i], distance) - 1;
    std::int64_t count = 0;
    for (std::int64_t j = 0; j < rows_.count; ++j) count += rows_.distance(i, j) < distance;
    return count - 1;
  }

 private:
  /// The difference itself is compared, as by brute force: value ± distance would round otherwise.
  std::int64_t by_sorting(double value, double distance) const {
    const auto first = std::ranges::partition_point(
        sorted_, [&](double other) { return value - other >= distance; });
    const auto last = std::partition_point(first, sorted_.end(),
                                           [&](double other) { return other - value < distance; });
    return last - first;
  }

  const Rows& rows_;
  std::vector<double> sorted_;
};

/// ψ(1) … ψ(n) at the places 1 … n.
std::vector<double> digammas(std::int64_t n) {
  constexpr double euler = 0.57721566490153286;
  std::vector<double> values(static_cast<std::size_t>(n) + 1, -euler);
  for (std::size_t i = 2; i < values.size(); ++i)
    values[i] = values[i - 1] + 1 / static_cast<double>(i - 1);
  return values;
}

/// Distance from sample i to its k-th neighbour in the joint space, by max norm.
double neighbour_distance(const Rows& x, const Rows& y, std::int64_t i,
                          std::vector<double>& nearest) {
  std::ranges::fill(nearest, std::numeric_limits<double>::infinity());
  for (std::int64_t j = 0; j < x.count; ++j) {
    const double distance = std::max(x.distance(i, j), y.distance(i, j));
    if (distance >= nearest.back() || j == i) continue;
    std::size_t place = nearest.size() - 1;
    for (; place > 0 && nearest[place - 1] > distance; --place) nearest[place] = nearest[place - 1];
    nearest[place] = distance;
  }
  return nearest.back();
}

}  // namespace

double ksg_information(const at::Tensor& x, const at::Tensor& y, const KsgOptions& options) {
  const at::Tensor x_values = untied(as_rows(x, "x"), "x", options, 0),
                   y_values = untied(as_rows(y, "y"), "y", options, 1);
  const Rows x_rows(x_values), y_rows(y_values);
  const std::int64_t n = x_rows.count, k = options.neighbours;
  check(y_rows.count == n, "{} samples of x for {} of y", n, y_rows.count);
  check(k >= 1 && k < n, "neighbours = {}: it is within [1, {}] for {} samples", k, n - 1, n);
  const MarginalCounts x_counts(x_rows), y_counts(y_rows);
  const std::vector<double> psi = digammas(n);
  std::vector<double> terms(static_cast<std::size_t>(n));
  at::parallel_for(0, n, 64, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> nearest(static_cast<std::size_t>(k));
    for (std::int64_t i = begin; i < end; ++i) {
      const double distance = neighbour_distance(x_rows, y_rows, i, nearest);
      // Where samples coincide the distance is 0, and so is each count.
      const auto count = [&](const MarginalCounts& counts) {
        return static_cast<std::size_t>(std::max<std::int64_t>(counts.within(i, distance), 0) + 1);
      };
      terms[static_cast<std::size_t>(i)] = psi[count(x_counts)] + psi[count(y_counts)];
    }
  });
  double sum = 0;
  for (const double term : terms) sum += term;
  return psi[static_cast<std::size_t>(k)] + psi[static_cast<std::size_t>(n)] -
         sum / static_cast<double>(n);
}

}  // namespace cmc::information
