#include "cmc/evaluation/softmax_fit.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "cmc/kernels/cpu/narrow_products.h"

namespace cmc::evaluation {
namespace {

constexpr std::int64_t block = 1024;  // rows that are summed by one thread, at least
/// Sums of rows in parts are kept for so many.
constexpr std::int64_t most_parts = 32;
/// Rows that are multiplied both ways while they are in the cache.
constexpr std::int64_t pass_rows = 128;

/// Calls f(part, begin, end) for the blocks of so many rows. What blocks sum stands in rows of its
/// own, so that no figure depends on the number of threads.
void for_blocks(std::int64_t rows,
                const std::function<void(std::int64_t, std::int64_t, std::int64_t)>& f) {
  at::parallel_for(0, (rows + block - 1) / block, 4, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t part = first; part < last; ++part)
      f(part, part * block, std::min(rows, (part + 1) * block));
  });
}

double dot(const float* a, const float* b, std::int64_t n) {
  constexpr std::int64_t lanes = 8;
  double sums[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (std::int64_t lane = 0; lane < lanes; ++lane)
      sums[lane] += static_cast<double>(a[i + lane]) * static_cast<double>(b[i + lane]);
  for (; i < n; ++i) sums[0] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  double sum = 0;
  for (const double part : sums) sum += part;
  return sum;
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  return dot(a.data(), b.data(), static_cast<std::int64_t>(a.size()));
}

/// One fit on its way. Vectors hold W, then b.
class Descent {
 public:
  Descent(const SoftmaxRows& rows, SoftmaxFit& fit, const SoftmaxFitOptions& options)
      : rows_(rows),
        fit_(fit),
        options_(options),
        n_(rows.rows.size(0)),
        axes_(rows.rows.size(1)),
        classes_(rows.classes),
        weights_(classes_ * axes_) {
    const auto size = static_cast<std::size_t>(weights_ + classes_);
    for (auto* vector : {&gradient_, &residual_, &direction_, &step_, &diagonal_})
      vector->assign(size, 0);
    fit.weight = fit.weight.to(at::kDouble).clone();
    fit.bias = fit.bias.to(at::kDouble).clone();
    fit.passes = 0;
    fit.converged = false;
    probabilities_ = at::empty({n_, classes_}, at::kFloat);
    moved_ = at::zeros({n_, classes_}, at::kFloat);
    along_ = at::empty({n_, classes_}, at::kFloat);
    curvature_.resize(static_cast<std::size_t>(classes_));
  }

  /// With the logits of the start: [N, K].
  void start(const at::Tensor& products) {
    fit_.logits = products.to(at::kDouble).add_(fit_.bias);
    value_ = value_at(0);
  }

  bool running() const { return running_; }
  /// Whether the next pass takes a product of the rows with direction(); else residuals alone.
  bool moves() const { return moving_; }
  const float* direction() const { return direction_.data(); }

  /// Writes to columns, `stride` apart, of the rows from `begin` to `end` what these are then
  /// summed with: of the residuals, or of the curvature along the direction, whose products with
  /// these rows are `along`. Adds them up in sum [K].
  void weigh(std::int64_t begin, std::int64_t end, const float* along, std::int64_t along_stride,
             float* columns, std::int64_t stride, double* sum) {
    const std::int64_t k = classes_;
    const float* const share = fit_.shares.data_ptr<float>();
    const float* const p = probabilities_.data_ptr<float>();
    const std::int64_t* const label = rows_.labels.data_ptr<std::int64_t>();
    float* const own = along_.data_ptr<float>();
    const float* const bias = direction_.data() + weights_;
    for (std::int64_t i = begin; i < end; ++i, columns += stride) {
      const float *const from = p + i * k, a = share[i];
      if (along != nullptr) {
        float *const u = own + i * k, mean = 0;
        for (std::int64_t c = 0; c < k; ++c) {
          u[c] = along[c] + bias[c];
          mean += from[c] * u[c];
        }
        for (std::int64_t c = 0; c < k; ++c) columns[c] = a * from[c] * (u[c] - mean);
        along += along_stride;
      } else {
        for (std::int64_t c = 0; c < k; ++c) columns[c] = a * from[c];
        columns[label[i]] -= a;
      }
      for (std::int64_t c = 0; c < k; ++c) sum[c] += columns[c];
    }
  }

  /// Goes on with the rows' sums [K, R] of what weigh wrote, and its own [K].
  void advance(const float* sums, const double* bias_sums) {
    bias_sums_.assign(bias_sums, bias_sums + classes_);
    if (++fit_.passes >= options_.max_passes) running_ = false;
    if (moving_)
      conjugate(sums);
    else
      begin_step(sums);
  }

 private:
  /// J at logits + t · moved, whose probabilities it keeps, with the mean of p (1 − p).
  double value_at(double t) {
    const std::int64_t k = classes_, parts = (n_ + block - 1) / block;
    std::vector<double> sums(static_cast<std::size_t>(parts * (k + 1)), 0);
    const float* const share = fit_.shares.data_ptr<float>();
    const double* const logits = fit_.logits.data_ptr<double>();
    const float* const moved = moved_.data_ptr<float>();
    const std::int64_t* const label = rows_.labels.data_ptr<std::int64_t>();
    float* const p = probabilities_.data_ptr<float>();
    for_blocks(n_, [&](std::int64_t part, std::int64_t begin, std::int64_t end) {
      double* const sum = sums.data() + part * (k + 1);
      std::vector<double> own(static_cast<std::size_t>(k));
      for (std::int64_t i = begin; i < end; ++i) {
        if (share[i] == 0) {
          std::fill_n(p + i * k, k, 0.0f);
          continue;
        }
        double largest = -std::numeric_limits<double>::infinity(), total = 0;
        for (std::int64_t c = 0; c < k; ++c) {
          own[c] = logits[i * k + c] + t * static_cast<double>(moved[i * k + c]);
          largest = std::max(largest, own[c]);
        }
        const double truth = own[label[i]];
        for (std::int64_t c = 0; c < k; ++c) total += own[c] = std::exp(own[c] - largest);
        const double a = share[i];
        sum[k] += a * (std::log(total) + largest - truth);
        for (std::int64_t c = 0; c < k; ++c) {
          const double one = own[c] / total;
          p[i * k + c] = static_cast<float>(one);
          sum[c] += a * one * (1 - one);
        }
      }
    });
    double value = 0;
    std::ranges::fill(curvature_, 0);
    for (std::int64_t part = 0; part < parts; ++part) {
      for (std::int64_t c = 0; c < k; ++c) curvature_[c] += sums[part * (k + 1) + c];
      value += sums[part * (k + 1) + k];
    }
    const double* const w = fit_.weight.data_ptr<double>();
    double square = 0;
    for (std::int64_t j = 0; j < weights_; ++j) {
      const double moved_weight = w[j] + t * static_cast<double>(step_[j]);
      square += moved_weight * moved_weight;
    }
    return value + 0.5 * fit_.lambda * square;
  }

  /// What a float32 product's rounding hides of J near its minimum.
  double rounding() const { return 1e-7 * std::abs(value_); }

  /// Takes the gradient, and starts on Newton's equations unless J is low enough.
  void begin_step(const float* sums) {
    const double* const w = fit_.weight.data_ptr<double>();
    const double* const spread = rows_.spread.data_ptr<double>();
    for (std::int64_t j = 0; j < weights_; ++j) {
      gradient_[j] = static_cast<float>(sums[j] + fit_.lambda * w[j]);
      diagonal_[j] = static_cast<float>(curvature_[j / axes_] * spread[j % axes_] + fit_.lambda);
    }
    for (std::int64_t c = 0; c < classes_; ++c) {
      gradient_[weights_ + c] = static_cast<float>(bias_sums_[c]);
      diagonal_[weights_ + c] = static_cast<float>(std::max(curvature_[c], 1e-9));
    }
    for (std::size_t j = 0; j < gradient_.size(); ++j) {
      residual_[j] = -gradient_[j];
      direction_[j] = residual_[j] / diagonal_[j];
    }
    size_ = dot(residual_, direction_);
    fit_.converged = 0.5 * size_ <= options_.tolerance;
    // Where rounding hides what is left to gain, a step that did not halve it was the last.
    const bool stuck = 0.5 * size_ < rounding() && size_ > 0.5 * newton_size_;
    newton_size_ = size_;
    // A gradient that is no number ends the descent, too.
    if (stuck || !(0.5 * size_ > options_.tolerance)) {
      running_ = false;
      return;
    }
    // As near Newton's step as the distance to the minimum, and no nearer than is asked for.
    const double part = std::min(0.3, std::sqrt(std::sqrt(size_)));
    enough_ = std::max(part * part * size_, options_.tolerance);
    std::ranges::fill(step_, 0.0f);
    moved_.zero_();
    moving_ = true;
  }

  /// A step of conjugate gradients.
  void conjugate(const float* sums) {
    std::vector<float>& image = image_;
    image.assign(sums, sums + weights_);
    for (std::int64_t j = 0; j < weights_; ++j)
      image[j] += static_cast<float>(fit_.lambda) * direction_[j];
    for (std::int64_t c = 0; c < classes_; ++c) image.push_back(static_cast<float>(bias_sums_[c]));
    const double curvature = dot(direction_, image);
    if (!(curvature > 0)) running_ = false;  // rounding alone can make it so
    if (!running_) return take_step();
    const auto length = static_cast<float>(size_ / curvature);
    for (std::size_t j = 0; j < residual_.size(); ++j) {
      step_[j] += length * direction_[j];
      residual_[j] -= length * image[j];
      image[j] = residual_[j] / diagonal_[j];
    }
    const double next = dot(residual_, image);
    moved_.add_(along_, length);
    if (!(next > enough_)) return take_step();
    const auto kept = static_cast<float>(next / size_);
    for (std::size_t j = 0; j < direction_.size(); ++j)
      direction_[j] = image[j] + kept * direction_[j];
    size_ = next;
  }

  /// Goes along the step, half as far until J falls. Its logits are known: nothing is multiplied.
  void take_step() {
    moving_ = false;
    const double slope = dot(gradient_, step_);
    double t = 1, value = value_at(t);
    while (!(value <= value_ + 1e-4 * t * slope + rounding())) {
      t /= 2;
      if (t < 1e-6) {
        running_ = false;
        return;
      }
      value = value_at(t);
    }
    value_ = value;
    fit_.logits.add_(moved_, t);
    double* const w = fit_.weight.data_ptr<double>();
    double* const b = fit_.bias.data_ptr<double>();
    for (std::int64_t j = 0; j < weights_; ++j) w[j] += t * static_cast<double>(step_[j]);
    for (std::int64_t c = 0; c < classes_; ++c)
      b[c] += t * static_cast<double>(step_[weights_ + c]);
  }

  const SoftmaxRows& rows_;
  SoftmaxFit& fit_;
  const SoftmaxFitOptions& options_;
  std::int64_t n_, axes_, classes_, weights_;
  std::vector<float> gradient_, residual_, direction_, step_, diagonal_, image_;
  at::Tensor probabilities_;  // float32 [N, K]
  at::Tensor moved_, along_;  // float32 [N, K]: products of the rows with step_ and direction_
  std::vector<double> curvature_, bias_sums_;  // [K]
  double value_ = 0;
  double size_ = 0;  // gᵀ D⁻¹ g of what is left of Newton's equations
  double newton_size_ = std::numeric_limits<double>::infinity();  // of all of them
  double enough_ = 0;
  bool running_ = true, moving_ = false;
};

}  // namespace

void fit_softmax(const SoftmaxRows& rows, std::vector<SoftmaxFit>& fits,
                 const SoftmaxFitOptions& options) {
  const at::NoGradGuard no_grad;
  const std::int64_t n = rows.rows.size(0), axes = rows.rows.size(1), k = rows.classes;
  const std::int64_t part_rows =
      std::max(block, (n + most_parts * pass_rows - 1) / (most_parts * pass_rows) * pass_rows);
  const std::int64_t parts = (n + part_rows - 1) / part_rows;
  const at::Tensor contiguous = rows.rows.contiguous();
  const float* const values = contiguous.data_ptr<float>();
  std::vector<Descent> descents;
  std::vector<at::Tensor> starts;
  for (SoftmaxFit& fit : fits) {
    descents.emplace_back(rows, fit, options);
    starts.push_back(fit.weight.to(at::kFloat));
  }
  if (fits.empty()) return;
  const at::Tensor first = at::mm(rows.rows, at::cat(starts).t());
  for (std::size_t j = 0; j < descents.size(); ++j)
    descents[j].start(
        first.slice(1, static_cast<std::int64_t>(j) * k, static_cast<std::int64_t>(j + 1) * k));
  for (;;) {
    std::vector<Descent*> running;
    std::vector<float> directions;  // [moving, axes]
    std::int64_t moving = 0;
    for (Descent& descent : descents) {
      if (!descent.running()) continue;
      running.push_back(&descent);
      if (!descent.moves()) continue;
      directions.insert(directions.end(), descent.direction(), descent.direction() + k * axes);
      moving += k;
    }
    if (running.empty()) return;
    const auto width = static_cast<std::int64_t>(running.size()) * k;
    const at::Tensor sums = at::zeros({parts, width, axes}, at::kFloat);
    std::vector<double> bias_sums(static_cast<std::size_t>(parts * width), 0);
    at::parallel_for(0, parts, 1, [&](std::int64_t first_part, std::int64_t last_part) {
      std::vector<float> along(static_cast<std::size_t>(pass_rows * moving));
      std::vector<float> columns(static_cast<std::size_t>(pass_rows * width));
      for (std::int64_t part = first_part; part < last_part; ++part)
        for (std::int64_t begin = part * part_rows; begin < std::min(n, (part + 1) * part_rows);
             begin += pass_rows) {
          const std::int64_t end = std::min({n, (part + 1) * part_rows, begin + pass_rows});
          const kernels::WideRows own{values + begin * axes, end - begin, axes};
          kernels::multiply_narrow(own, directions.data(), moving, along.data());
          const float* moved = along.data();
          for (std::size_t j = 0; j < running.size(); ++j) {
            const std::int64_t at = static_cast<std::int64_t>(j) * k;
            const bool moves = running[j]->moves();
            running[j]->weigh(begin, end, moves ? moved : nullptr, moving, columns.data() + at,
                              width, bias_sums.data() + part * width + at);
            if (moves) moved += k;
          }
          kernels::add_narrow_products(own, columns.data(), width,
                                       sums.data_ptr<float>() + part * width * axes);
        }
    });
    for (std::int64_t part = 1; part < parts; ++part)
      for (std::int64_t c = 0; c < width; ++c) bias_sums[c] += bias_sums[part * width + c];
    const at::Tensor whole = sums.sum(0);
    for (std::size_t j = 0; j < running.size(); ++j) {
      const std::int64_t at = static_cast<std::int64_t>(j) * k;
      running[j]->advance(whole.data_ptr<float>() + at * axes, bias_sums.data() + at);
    }
  }
}

}  // namespace cmc::evaluation
