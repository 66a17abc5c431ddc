#include "benchmarks/contrast.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/functional.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <iostream>
#include <limits>
#include <string>

#include "benchmarks/loss_work.h"
#include "benchmarks/memory.h"
#include "benchmarks/timing.h"
#include "cmc/allocator.h"
#include "cmc/contrast/objective.h"
#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/multi_positive_contrast.h"

namespace cmc::benchmarks {
namespace {

using Work = std::function<void()>;

constexpr std::int64_t dim = 128;
constexpr double temperature = 0.07;
constexpr std::int64_t anchors = 128;
constexpr std::int64_t gathered = 16384;

/// Medians of alternated runs, fused then plain.
struct Pair {
  double fused_ms = 0, plain_ms = 0;
  std::int64_t fused_bytes = 0, plain_bytes = 0;
  /// |fused − plain| / |plain| of the loss; NaN: not measured.
  double difference = std::numeric_limits<double>::quiet_NaN();
};

Pair alternate(const Work& fused, const Work& plain, int runs) {
  Pair pair;
  pair.fused_bytes = peak_bytes(fused);
  pair.plain_bytes = peak_bytes(plain);
  std::vector<double> a, b;
  for (int run = 0; run < runs; ++run) {
    a.push_back(milliseconds(fused));
    b.push_back(milliseconds(plain));
  }
  pair.fused_ms = median(a);
  pair.plain_ms = median(b);
  return pair;
}

/// GF/s of libtorch's sgemm on square matrices.
double roof() {
  at::NoGradGuard no_grad;
  const at::Tensor a = at::randn({2048, 2048}), b = at::randn({2048, 2048});
  at::Tensor c = at::empty({2048, 2048});
  std::vector<double> times;
  for (int run = 0; run < 7; ++run) times.push_back(milliseconds([&] { at::mm_out(c, a, b); }));
  return 2.0 * 2048 * 2048 * 2048 / median(times) * 1e-6;
}

at::Tensor tau() {
  return at::full({}, temperature, at::kFloat);
}

Work fused_symmetric(const at::Tensor& a, const at::Tensor& b) {
  return [a, b] {
    at::Tensor x = a.detach().requires_grad_(), y = b.detach().requires_grad_();
    const auto out = kernels::contrast(x, y, tau());
    (out.rows.mean() + out.columns.mean()).backward();
  };
}

Work plain_symmetric(const at::Tensor& a, const at::Tensor& b) {
  return [a, b] {
    namespace F = torch::nn::functional;
    at::Tensor x = a.detach().requires_grad_(), y = b.detach().requires_grad_();
    const at::Tensor s = F::normalize(x).matmul(F::normalize(y).t()) / temperature;
    const at::Tensor target = at::arange(s.size(0), at::kLong);
    (F::cross_entropy(s, target) + F::cross_entropy(s.t(), target)).backward();
  };
}

/// Samples of ten classes, by turns.
at::Tensor ten_classes(std::int64_t n) {
  return at::arange(n, at::kLong).remainder(10);
}

struct WithGradients {
  double loss = 0;
  at::Tensor a, b;
};

WithGradients fused_multi_positive(const at::Tensor& a, const at::Tensor& b) {
  at::Tensor x = a.detach().requires_grad_(), y = b.detach().requires_grad_();
  const auto out = kernels::multi_positive_contrast(x, y, ten_classes(a.size(0)), tau());
  const at::Tensor loss = out.rows.loss.mean() + out.columns.loss.mean();
  loss.backward();
  return {loss.item<double>(), x.grad(), y.grad()};
}

/// Khosla et al. 2020, eq. 2, as it is mostly written: log-softmax, then the mean over a mask.
WithGradients plain_multi_positive(const at::Tensor& a, const at::Tensor& b) {
  namespace F = torch::nn::functional;
  at::Tensor x = a.detach().requires_grad_(), y = b.detach().requires_grad_();
  const at::Tensor s = F::normalize(x).matmul(F::normalize(y).t()) / temperature;
  const at::Tensor groups = ten_classes(a.size(0));
  const at::Tensor mask = groups.unsqueeze(1).eq(groups).to(at::kFloat);
  const auto direction = [&](const at::Tensor& scores) {
    return -((mask * at::log_softmax(scores, 1)).sum(1) / mask.sum(1)).mean();
  };
  const at::Tensor loss = direction(s) + direction(s.t());
  loss.backward();
  return {loss.item<double>(), x.grad(), y.grad()};
}

/// How far the plain formula is from the fused kernel: of the loss relatively, of gradients by
/// their largest entry.
double apart(const WithGradients& fused, const WithGradients& plain) {
  const auto largest = [](const at::Tensor& z) { return z.abs().max().item<double>(); };
  return std::max({std::abs(fused.loss - plain.loss) / plain.loss,
                   largest(fused.a - plain.a) / largest(plain.a),
                   largest(fused.b - plain.b) / largest(plain.b)});
}

/// Both views' anchors against the other's bank.
Work fused_bank(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bank,
                const at::Tensor& picks, const at::Tensor& own) {
  return [=] {
    at::Tensor x = a.detach().requires_grad_(), y = b.detach().requires_grad_();
    const auto one = kernels::bank_contrast(x, y, bank[1], tau(), picks, own);
    const auto two = kernels::bank_contrast(y, x, bank[0], tau(), picks, own);
    (one.loss.mean() + two.loss.mean()).backward();
  };
}

Work plain_bank(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bank,
                const at::Tensor& picks) {
  return [=] {
    namespace F = torch::nn::functional;
    at::Tensor x = a.detach().requires_grad_(), y = b.detach().requires_grad_();
    const auto direction = [&](const at::Tensor& from, const at::Tensor& to,
                               const at::Tensor& rows) {
      const at::Tensor u = F::normalize(from);
      const at::Tensor weight =
          rows.index_select(0, picks.reshape(-1)).view({anchors, gathered, dim});
      const at::Tensor negative = at::bmm(weight, u.unsqueeze(2)).squeeze(2);
      const at::Tensor positive = (u * F::normalize(to)).sum(1, true);
      return F::cross_entropy(at::cat({positive, negative}, 1) / temperature,
                              at::zeros({anchors}, at::kLong));
    };
    (direction(x, y, bank[1]) + direction(y, x, bank[0])).backward();
  };
}

Work blocked_multilinear(const std::vector<at::Tensor>& z, contrast::TupleNegatives negatives) {
  return [z, negatives] {
    std::vector<at::Tensor> x;
    for (const at::Tensor& view : z) x.push_back(view.detach().requires_grad_());
    contrast::Objective objective(
        {.loss = contrast::MultilinearOptions{.temperature = temperature, .negatives = negatives},
         .graph = contrast::ViewGraph::full(3)});
    objective->forward(x, at::arange(x[0].size(0), at::kLong)).loss.backward();
  };
}

/// Each view as the anchors', their scores with every candidate tuple in memory; the positive is
/// the target.
Work plain_multilinear(const std::vector<at::Tensor>& z, contrast::TupleNegatives negatives) {
  return [z, negatives] {
    namespace F = torch::nn::functional;
    const std::int64_t n = z[0].size(0);
    std::vector<at::Tensor> units;
    for (const at::Tensor& view : z) units.push_back(F::normalize(view.detach().requires_grad_()));
    at::Tensor loss;
    for (std::size_t view = 0; view < 3; ++view) {
      const at::Tensor &x = units[view], &y = units[(view + 1) % 3], &w = units[(view + 2) % 3];
      const at::Tensor own = at::arange(n, at::kLong);
      at::Tensor scores, target = own;
      if (negatives == contrast::TupleNegatives::all) {
        scores = x.matmul((y.unsqueeze(1) * w.unsqueeze(0)).view({n * n, -1}).t());
        target = own * (n + 1);
      } else {
        const at::Tensor order = at::randperm(n, at::kLong);
        const at::Tensor shuffled =
            y.index_select(0, order) * w.index_select(0, at::roll(order, 1));
        scores = x.matmul(shuffled.t());
        scores = at::where(at::eye(n, at::kBool), (x * y * w).sum(1, true), scores);
      }
      const at::Tensor each = F::cross_entropy(scores / temperature, target);
      loss = loss.defined() ? loss + each : each;
    }
    loss.backward();
  };
}

class Table {
 public:
  explicit Table(std::ostream& out) : out_(out) {
    out_ << fmt::format("{:<18}{:>7}{:>7}{:>10}{:>11}{:>11}{:>8}{:>11}{:>11}{:>9}{:>8}{:>9}\n",
                        "case", "n", "k", "dtype", "fused ms", "plain ms", "ratio", "fused MiB",
                        "plain MiB", "GF/s", "roof", "differs");
  }

  /// `plain`: whether the pair's plain half was measured.
  void add(const std::string& name, std::int64_t n, std::int64_t k, const std::string& dtype,
           const Pair& pair, double flops, double roof, bool plain = true) {
    const double rate = flops / pair.fused_ms * 1e-6, ratio = pair.plain_ms / pair.fused_ms;
    nlohmann::json row = {{"case", name},
                          {"n", n},
                          {"k", k},
                          {"dtype", dtype},
                          {"fused_ms", pair.fused_ms},
                          {"plain_ms", nullptr},
                          {"ratio", nullptr},
                          {"fused_bytes", pair.fused_bytes},
                          {"plain_bytes", nullptr},
                          {"gflops", rate},
                          {"roof", roof},
                          {"difference", nullptr}};
    if (!std::isnan(pair.difference)) row["difference"] = pair.difference;
    if (plain) {
      row["plain_ms"] = pair.plain_ms;
      row["ratio"] = ratio;
      row["plain_bytes"] = pair.plain_bytes;
    }
    const auto shown = [plain](double value, int digits) {
      return plain ? fmt::format("{:.{}f}", value, digits) : std::string("-");
    };
    constexpr double mib = 1024 * 1024;
    out_ << fmt::format(
                "{:<18}{:>7}{:>7}{:>10}{:>11.2f}{:>11}{:>8}{:>11.1f}{:>11}{:>9.1f}{:>8.1f}{:>9}\n",
                name, n, k, dtype, pair.fused_ms, shown(pair.plain_ms, 2), shown(ratio, 2),
                pair.fused_bytes / mib, shown(pair.plain_bytes / mib, 1), rate, roof,
                std::isnan(pair.difference) ? "-" : fmt::format("{:.0e}", pair.difference))
         << std::flush;
    rows_.push_back(std::move(row));
  }

  /// Notes how far the last row's values lie from the plain formula's, relatively.
  void differs_by(double difference) {
    rows_.back()["difference"] = difference;
    out_ << fmt::format("  values and gradients differ by {:.1e}\n", difference) << std::flush;
  }

  nlohmann::json rows() && { return std::move(rows_); }

 private:
  std::ostream& out_;
  nlohmann::json rows_ = nlohmann::json::array();
};

}  // namespace

nlohmann::json contrast(const ContrastBenchmark& options) {
  at::manual_seed(0);
  return_freed_memory();  // the plain formula as a program on libtorch has it
  Table table(std::cout);
  for (const std::int64_t n : options.symmetric) {
    const at::Tensor a = at::randn({n, dim}), b = at::randn({n, dim});
    const double top = roof();
    const int runs = n <= 1024 ? 5 * options.runs : options.runs;
    table.add("symmetric", n, n - 1, "float32",
              alternate(fused_symmetric(a, b), plain_symmetric(a, b), runs), 8.0 * n * n * dim,
              top);
  }
  if (!options.symmetric.empty()) {
    const std::int64_t n = options.symmetric.back();
    const at::Tensor a = at::randn({n, dim}), b = at::randn({n, dim});
    const double top = roof();
    table.add("symmetric", n, n - 1, "bfloat16",
              alternate(fused_symmetric(a.to(at::kBFloat16), b.to(at::kBFloat16)),
                        fused_symmetric(a, b), options.runs),
              8.0 * n * n * dim, top);
  }
  for (const std::int64_t n : options.symmetric) {
    const double top = roof();
    for (const LossWork& work : loss_work(at::randn({n, dim}), at::randn({n, dim}))) {
      double fused = 0, plain = 0;
      Pair pair = alternate([&] { fused = work.fused(); }, [&] { plain = work.plain(); },
                            n <= 1024 ? 5 * options.runs : options.runs);
      pair.difference = std::abs(fused - plain) / std::abs(plain);
      table.add(work.name, n, n - 1, "float32", pair, work.operations, top);
    }
  }
  if (options.large > 0) {
    const std::int64_t n = options.large;
    const at::Tensor a = at::randn({n, dim}), b = at::randn({n, dim});
    const double top = roof();
    const auto alone = [&](const std::string& name, const std::function<double()>& work,
                           double operations) {
      Pair pair;
      pair.fused_bytes = peak_bytes([&] { pair.fused_ms = milliseconds(work); });
      table.add(name, n, n - 1, "float32", pair, operations, top, false);
    };
    const LossWork sigmoid = loss_work(a, b)[0];
    alone(sigmoid.name, sigmoid.fused, sigmoid.operations);
    alone("chunked reference", chunked_reference(a, b), 10.0 * n * n * dim);
  }
  if (options.large > 0) {
    const std::int64_t n = options.large;
    const at::Tensor a = at::randn({n, dim}), b = at::randn({n, dim});
    const double top = roof();
    Pair pair;
    pair.fused_bytes = peak_bytes([&] { pair.fused_ms = milliseconds(fused_symmetric(a, b)); });
    table.add("symmetric", n, n - 1, "float32", pair, 8.0 * n * n * dim, top, false);
  }
  using contrast::TupleNegatives;
  const auto add_multilinear = [&](const char* name, std::int64_t n, TupleNegatives negatives) {
    const std::vector<at::Tensor> z = {at::randn({n, dim}), at::randn({n, dim}),
                                       at::randn({n, dim})};
    const std::int64_t k = negatives == TupleNegatives::all ? n * n - 1 : n - 2;
    const double top = roof();
    table.add(
        name, n, k, "float32",
        alternate(blocked_multilinear(z, negatives), plain_multilinear(z, negatives), options.runs),
        3 * 8.0 * n * k * dim, top);
  };
  for (const std::int64_t n : options.multilinear)
    add_multilinear("multilinear", n, TupleNegatives::permuted);
  if (options.multilinear_all > 0)
    add_multilinear("multilinear, all", options.multilinear_all, TupleNegatives::all);
  for (const std::int64_t n : options.multi_positive) {
    const at::Tensor a = at::randn({n, dim}), b = at::randn({n, dim});
    const double top = roof();
    const int runs = n <= 1024 ? 5 * options.runs : options.runs;
    const double difference = apart(fused_multi_positive(a, b), plain_multi_positive(a, b));
    table.add(
        "multi_positive", n, n - 1, "float32",
        alternate([=] { fused_multi_positive(a, b); }, [=] { plain_multi_positive(a, b); }, runs),
        8.0 * n * n * dim, top);
    table.differs_by(difference);
  }
  if (options.multi_positive_large > 0) {
    const std::int64_t n = options.multi_positive_large;
    const at::Tensor a = at::randn({n, dim}), b = at::randn({n, dim});
    const double top = roof();
    Pair pair;
    pair.fused_bytes =
        peak_bytes([&] { pair.fused_ms = milliseconds([&] { fused_multi_positive(a, b); }); });
    table.add("multi_positive", n, n - 1, "float32", pair, 8.0 * n * n * dim, top, false);
  }
  if (options.bank > 0) {
    const std::int64_t n = options.bank;
    const at::Tensor a = at::randn({anchors, dim}), b = at::randn({anchors, dim});
    at::Tensor bank = at::randn({2, n, dim});
    bank = bank / bank.norm(2, 2, true);
    const at::Tensor picks = at::randint(n, {anchors, gathered}, at::kLong);
    const at::Tensor i = at::arange(anchors, at::kLong), own = at::stack({i, i});
    const Work plain = plain_bank(a, b, bank, picks);
    const double top = roof();
    table.add("bank, per anchor", n, gathered, "float32",
              alternate(fused_bank(a, b, bank, picks, {}), plain, options.runs),
              2 * 4.0 * anchors * gathered * dim, top);
    table.add("bank, all", n, n - 1, "float32",
              alternate(fused_bank(a, b, bank, {}, own), plain, options.runs),
              2 * 4.0 * anchors * n * dim, top);
    const at::Tensor half = bank.to(at::kBFloat16);
    table.add("bank, all", n, n - 1, "bfloat16",
              alternate(fused_bank(a, b, half, {}, own), plain, options.runs),
              2 * 4.0 * anchors * n * dim, top);
  }
  return std::move(table).rows();
}

}  // namespace cmc::benchmarks
