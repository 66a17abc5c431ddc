#include "cmc/kernels/batch_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "cmc/distributed/process_group.h"
#include "cmc/error.h"
#include "cmc/kernels/cpu/channel_rows.h"
#include "cmc/team.h"

namespace cmc::kernels {
namespace {

using distributed::ProcessGroup;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Doubles = std::vector<double>;
using Floats = std::vector<float>;

/// A part of fewer values is not worth a thread of its own.
constexpr std::int64_t least_values = 32768;

at::Tensor in_channels_last(const at::Tensor& x) {
  return x.contiguous(x.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

ChannelRows rows_of(const at::Tensor& x) {
  const std::int64_t channels = x.size(1);
  return {x.data_ptr(), x.numel() / channels, channels, x.scalar_type() == at::kBFloat16};
}

std::byte* row_at(const void* values, const ChannelRows& all, std::int64_t row) {
  const std::int64_t width = all.bfloat16 ? 2 : 4;
  return static_cast<std::byte*>(const_cast<void*>(values)) + row * all.channels * width;
}

/// Rows in parts, one a thread; the same parts for the same rows and threads.
class Parts {
 public:
  explicit Parts(const ChannelRows& all)
      : all_(all),
        count_(std::clamp<std::int64_t>(all.rows * all.channels / least_values, 1,
                                        at::get_num_threads())) {}

  std::int64_t count() const { return count_; }

  /// Calls work(part, its rows, the first of them) for each.
  template <class Work>
  void each(const Work& work) const {
    at::parallel_for(0, count_, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part) {
        const std::int64_t begin = all_.rows * part / count_, end = all_.rows * (part + 1) / count_;
        work(part,
             ChannelRows{row_at(all_.values, all_, begin), end - begin, all_.channels,
                         all_.bfloat16},
             begin);
      }
    });
  }

 private:
  ChannelRows all_;
  std::int64_t count_;
};

/// How many values a channel has, and for each their mean and the squares of what they differ from
/// it.
struct Moments {
  double count = 0;
  Doubles mean, squares;

  explicit Moments(std::int64_t channels) : mean(channels, 0.0), squares(channels, 0.0) {}

  /// Of both together (Chan, Golub and LeVeque, 1979).
  void add(double other_count, const double* other_mean, const double* other_squares) {
    const double all = count + other_count;
    for (std::size_t c = 0; c < mean.size(); ++c) {
      const double difference = other_mean[c] - mean[c];
      mean[c] += difference * other_count / all;
      squares[c] += other_squares[c] + difference * difference * count * other_count / all;
    }
    count = all;
  }
};

Moments own_moments(const ChannelRows& x) {
  const auto channels = static_cast<std::size_t>(x.channels);
  const Parts parts(x);
  std::vector<Moments> found(parts.count(), Moments(x.channels));
  parts.each([&](std::int64_t part, const ChannelRows& rows, std::int64_t) {
    // Differences from the first row: where a channel's mean is far from 0, squares would lose
    // what it varies by.
    const ChannelRows first{rows.values, 1, rows.channels, rows.bfloat16};
    const Floats zero(channels, 0.0f);
    Doubles first_values(channels, 0.0), ignored(channels, 0.0);
    add_moments(first, zero.data(), first_values.data(), ignored.data());
    const Floats origin(first_values.begin(), first_values.end());
    Moments& moments = found[part];
    moments.count = static_cast<double>(rows.rows);
    add_moments(rows, origin.data(), moments.mean.data(), moments.squares.data());
    for (std::size_t c = 0; c < channels; ++c) {
      const double sum = moments.mean[c];
      moments.squares[c] = std::max(0.0, moments.squares[c] - sum * sum / moments.count);
      moments.mean[c] = origin[c] + sum / moments.count;
    }
  });
  Moments all(x.channels);
  for (const Moments& moments : found)
    if (moments.count > 0) all.add(moments.count, moments.mean.data(), moments.squares.data());
  return all;
}

/// Moments as they are given to others: the count, the means, the squares.
Doubles as_given(const Moments& moments) {
  Doubles given{moments.count};
  given.insert(given.end(), moments.mean.begin(), moments.mean.end());
  given.insert(given.end(), moments.squares.begin(), moments.squares.end());
  return given;
}

/// What this process's team makes of the members' numbers (without one, of the own), and one member
/// of the processes'.
Doubles of_all(const Doubles& own, const Team::Combine& combine, ProcessGroup* group) {
  const auto of_processes = [&](Doubles made) {
    if (group == nullptr) return made;
    const auto width = static_cast<std::int64_t>(made.size());
    const at::Tensor all = group->all_gather(at::from_blob(made.data(), {width}, at::kDouble));
    std::vector<Doubles> given;
    for (int rank = 0; rank < group->size(); ++rank) {
      const auto* const first = all.data_ptr<double>() + rank * width;
      given.emplace_back(first, first + width);
    }
    return combine(given);
  };
  Team* const team = Team::current();
  if (team == nullptr) return of_processes(own);
  const auto made = team->combined(
      own, [&](std::span<const Doubles> given) { return of_processes(combine(given)); });
  return {made.begin(), made.end()};
}

/// The team's and the processes', or the own where there are none.
Moments moments_of_all(const ChannelRows& x, ProcessGroup* group, bool absent) {
  const auto combine = [&](std::span<const Doubles> given) {
    Moments all(x.channels);
    for (const Doubles& other : given)
      if (other[0] > 0) all.add(other[0], &other[1], &other[1 + x.channels]);
    return as_given(all);
  };
  const Moments own = absent ? Moments(x.channels) : own_moments(x);
  const Doubles made = of_all(as_given(own), combine, group);
  Moments all(x.channels);
  if (made[0] > 0) all.add(made[0], &made[1], &made[1 + x.channels]);
  return all;
}

/// Sums, each over the team's members and the processes in their order.
Doubles sums_of_all(const Doubles& own, ProcessGroup* group) {
  const auto combine = [&](std::span<const Doubles> given) {
    Doubles all(own.size(), 0.0);
    for (const Doubles& other : given)
      for (std::size_t i = 0; i < all.size(); ++i) all[i] += other[i];
    return all;
  };
  return of_all(own, combine, group);
}

at::Tensor floats(std::int64_t channels) {
  return at::empty({channels}, at::TensorOptions().dtype(at::kFloat));
}

class BatchNormFunction : public torch::autograd::Function<BatchNormFunction> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& given,
                               const at::Tensor& weight, const at::Tensor& bias, double epsilon,
                               bool relu, std::int64_t group, bool absent) {
    const at::Tensor x = in_channels_last(given);
    const ChannelRows rows = rows_of(x);
    const Moments moments = moments_of_all(rows, distributed::group_at(group), absent);
    check(moments.count > 1 || (moments.count == 0 && group != 0),
          "a batch norm needs two values a channel in training; a batch has {}", moments.count);
    const at::Tensor mean = floats(rows.channels), variance = floats(rows.channels),
                     deviation = floats(rows.channels), scale = floats(rows.channels);
    const at::Tensor shift = bias.contiguous(), factor = weight.contiguous();
    for (std::int64_t c = 0; c < rows.channels; ++c) {
      const double inverse =
          1 / std::sqrt(moments.squares[c] / std::max(1.0, moments.count) + epsilon);
      mean.data_ptr<float>()[c] = static_cast<float>(moments.mean[c]);
      variance.data_ptr<float>()[c] = static_cast<float>(
          moments.count > 0 ? moments.squares[c] / (moments.count - 1) : std::nan(""));
      deviation.data_ptr<float>()[c] = static_cast<float>(inverse);
      scale.data_ptr<float>()[c] = static_cast<float>(factor.data_ptr<float>()[c] * inverse);
    }
    const at::Tensor y = at::empty_like(x);
    const ChannelScale channels{mean.data_ptr<float>(), scale.data_ptr<float>(),
                                shift.data_ptr<float>(), relu};
    Parts(rows).each([&](std::int64_t, const ChannelRows& part, std::int64_t first) {
      scale_channels(part, channels, row_at(y.data_ptr(), rows, first));
    });
    context->save_for_backward({x, mean, deviation, scale, shift});
    context->saved_data["relu"] = relu;
    context->saved_data["count"] = moments.count;
    context->saved_data["group"] = group;
    context->saved_data["absent"] = absent;
    context->mark_non_differentiable({mean, variance});
    return {y, mean, variance};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    check(!at::GradMode::is_enabled(), "this batch norm is differentiable once");
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &mean = saved[1], &deviation = saved[2], &scale = saved[3],
                     &shift = saved[4];
    const double count = context->saved_data["count"].toDouble();
    const ChannelRows rows = rows_of(x);
    const auto n = static_cast<std::size_t>(rows.channels);
    const at::Tensor gradient = in_channels_last(gradients[0].to(x.scalar_type()));
    const ChannelScale channels{mean.data_ptr<float>(), scale.data_ptr<float>(),
                                shift.data_ptr<float>(), context->saved_data["relu"].toBool()};

    // Σ g, then Σ g (x − μ).
    const Parts parts(rows);
    std::vector<Doubles> found(parts.count(), Doubles(2 * n, 0.0));
    parts.each([&](std::int64_t part, const ChannelRows& own, std::int64_t first) {
      add_gradient_sums(own, row_at(gradient.data_ptr(), rows, first), channels, found[part].data(),
                        found[part].data() + n);
    });
    Doubles own(2 * n, 0.0);
    for (const Doubles& sums : found)
      for (std::size_t i = 0; i < own.size(); ++i) own[i] += sums[i];
    auto* const group = distributed::group_at(context->saved_data["group"].toInt());
    const Doubles all = sums_of_all(own, group);

    // dx = scale (g − mean of g − (x − μ) / (σ² + ε) · mean of g (x − μ)).
    Floats slope(n), offset(n);
    const at::Tensor weight_gradient = floats(rows.channels), bias_gradient = floats(rows.channels);
    for (std::size_t c = 0; c < n; ++c) {
      const double inverse = deviation.data_ptr<float>()[c], by = scale.data_ptr<float>()[c];
      slope[c] = static_cast<float>(-by * inverse * inverse * all[n + c] / count);
      offset[c] = static_cast<float>(-by * all[c] / count);
      weight_gradient.data_ptr<float>()[c] = static_cast<float>(own[n + c] * inverse);
      bias_gradient.data_ptr<float>()[c] = static_cast<float>(own[c]);
    }
    const at::Tensor result = at::empty_like(x);
    parts.each([&](std::int64_t, const ChannelRows& part, std::int64_t first) {
      scale_gradient(part, row_at(gradient.data_ptr(), rows, first), channels, slope.data(),
                     offset.data(), row_at(result.data_ptr(), rows, first));
    });
    if (context->saved_data["absent"].toBool()) result.zero_();
    return {result,       weight_gradient, bias_gradient, at::Tensor(),
            at::Tensor(), at::Tensor(),    at::Tensor()};
  }
};

}  // namespace

bool has_batch_norm(const at::Tensor& x) {
  return x.device().is_cpu() && (x.dim() == 2 || x.dim() == 4) && x.numel() > 0 &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

BatchNorm batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     double epsilon, bool relu, ProcessGroup* group, bool absent) {
  const variable_list out = BatchNormFunction::apply(x, weight, bias, epsilon, relu,
                                                     distributed::address_of(group), absent);
  return {out[0], out[1], out[2]};
}

}  // namespace cmc::kernels
