#include "cmc/kernels/reference/score_sums.h"

#include <ATen/ATen.h>
#include <torch/autograd.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "cmc/device.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/excluded_pairs.h"
#include "cmc/kernels/reference/masked_contrast.h"
#include "cmc/kernels/reference/score_chunks.h"
#include "cmc/kernels/softplus.h"

namespace cmc::kernels {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// What adds nothing to a sum, as x.
double nothing_of(ScoreSum kind) {
  return kind == ScoreSum::plain ? 0 : -infinity;
}

/// x = s/τ + b, or what adds nothing where a pair does not count.
at::Tensor odds_of(ScoreSum kind, const ScoreChunks::Chunk& chunk, const at::Tensor& temperature,
                   const at::Tensor& bias) {
  const at::Tensor odds = chunk.scores / temperature + bias;
  return chunk.masked.defined() ? odds.masked_fill(chunk.masked, nothing_of(kind)) : odds;
}

at::Tensor summed(ScoreSum kind, const at::Tensor& odds, std::int64_t dim) {
  if (kind == ScoreSum::log_sum_exp) return at::logsumexp(odds, dim);
  return (kind == ScoreSum::plain ? odds : kernels::softplus(odds)).sum(dim);
}

at::Tensor joined(ScoreSum kind, const at::Tensor& one, const at::Tensor& other) {
  return kind == ScoreSum::log_sum_exp ? at::logaddexp(one, other) : one + other;
}

/// ∂(sum over `dim`)/∂x times the sum's incoming gradient.
at::Tensor slopes_of(ScoreSum kind, const at::Tensor& odds, const at::Tensor& masked,
                     const at::Tensor& sums, const at::Tensor& incoming, std::int64_t dim) {
  if (kind == ScoreSum::plain) {
    const at::Tensor slopes = incoming.unsqueeze(dim).expand_as(odds).clone();
    return masked.defined() ? slopes.masked_fill_(masked, 0) : slopes;
  }
  if (kind == ScoreSum::softplus) return at::sigmoid(odds) * incoming.unsqueeze(dim);
  // exp(−∞) and not exp(−∞ + ∞) where there is no negative.
  const at::Tensor finite = sums.masked_fill(sums == -infinity, infinity);
  return at::exp(odds - finite.unsqueeze(dim)) * incoming.unsqueeze(dim);
}

class ScoreSumsFunction : public torch::autograd::Function<ScoreSumsFunction> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& anchors,
                               const at::Tensor& candidates, const at::Tensor& temperature,
                               const at::Tensor& bias, const at::Tensor& picks,
                               const at::Tensor& excluded, const at::Tensor& anchor_groups,
                               const at::Tensor& candidate_groups, bool shared, bool symmetric,
                               ScoreSum kind) {
    const bool grouped = anchor_groups.numel() > 0;
    const ScoreChunks chunks(anchors, candidates, picks, excluded, symmetric,
                             {anchor_groups, candidate_groups, shared});
    const std::int64_t count = anchors.size(0), width = candidates.size(0);
    const auto options = anchors.options();
    const double nothing = kind == ScoreSum::log_sum_exp ? -infinity : 0;
    at::Tensor rows = at::empty({count}, options), hardest_rows = at::empty({count}, options);
    const auto whole = options.dtype(at::kLong);
    at::Tensor columns, hardest_columns, terms_rows = at::empty({grouped ? count : 0}, whole),
                                         terms_columns = at::zeros({grouped ? width : 0}, whole);
    if (symmetric) {
      columns = at::full({width}, nothing, options);
      hardest_columns = at::full({width}, -infinity, options);
    }
    at::Tensor total = at::zeros({}, options.dtype(at::kDouble)),
               met = at::zeros({}, options.dtype(at::kLong));
    chunks.for_each([&](const ScoreChunks::Chunk& chunk) {
      const auto own = [&](const at::Tensor& all) {
        return all.narrow(0, chunk.first, chunk.rows());
      };
      at::Tensor negatives = chunk.scores;
      if (chunk.masked.defined()) {
        met += chunk.masked.logical_not().sum();
        total += chunk.scores.masked_fill(chunk.masked, 0).sum(at::kDouble);
        negatives = chunk.scores.masked_fill(chunk.masked, -infinity);
        if (grouped) {
          const at::Tensor counted = chunk.masked.logical_not();
          own(terms_rows).copy_(counted.sum(1));
          if (symmetric) terms_columns += counted.sum(0);
        }
      } else {
        met += chunk.scores.numel();
        total += chunk.scores.sum(at::kDouble);
      }
      own(hardest_rows).copy_(negatives.amax(1));
      if (symmetric) hardest_columns = at::maximum(hardest_columns, negatives.amax(0));
      negatives.div_(temperature).add_(bias);
      if (kind == ScoreSum::plain && chunk.masked.defined())
        negatives.masked_fill_(chunk.masked, 0);
      own(rows).copy_(summed(kind, negatives, 1));
      if (symmetric) columns = joined(kind, columns, summed(kind, negatives, 0));
    });
    const at::Tensor negative = (total / met).to(options);
    context->save_for_backward({anchors, candidates, temperature, bias, picks, excluded, rows,
                                symmetric ? columns : at::empty({0}, options), anchor_groups,
                                candidate_groups});
    context->saved_data["shared"] = shared;
    context->saved_data["symmetric"] = symmetric;
    context->saved_data["kind"] = static_cast<std::int64_t>(kind);
    variable_list out = {rows, hardest_rows, negative, terms_rows},
                  figures = {hardest_rows, negative, terms_rows};
    if (symmetric) {
      out.insert(out.end(), {columns, hardest_columns, terms_columns});
      figures.insert(figures.end(), {hardest_columns, terms_columns});
    }
    context->mark_non_differentiable(figures);
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const bool symmetric = context->saved_data["symmetric"].toBool();
    const auto kind = static_cast<ScoreSum>(context->saved_data["kind"].toInt());
    const ScoreChunks chunks(saved[0], saved[1], saved[4], saved[5], symmetric,
                             {saved[8], saved[9], context->saved_data["shared"].toBool()});
    const auto incoming = [&](std::size_t place, const at::Tensor& of) {
      return gradients[place].defined() ? gradients[place] : at::zeros_like(of);
    };
    const at::Tensor by_rows = incoming(0, saved[6]),
                     by_columns = symmetric ? incoming(4, saved[7]) : at::Tensor();
    variable_list all(11);
    if (at::GradMode::is_enabled()) {
      const variable_list whole = of_whole(kind, chunks, saved, by_rows, by_columns);
      std::copy(whole.begin(), whole.end(), all.begin());
      return all;
    }

    const at::Tensor &temperature = saved[2], &bias = saved[3];
    at::Tensor of_anchors = at::zeros_like(saved[0]),
               of_candidates = symmetric ? at::zeros_like(saved[1]) : at::Tensor();
    at::Tensor slope = at::zeros({}, saved[0].options().dtype(at::kDouble)), tilted = slope.clone();
    chunks.for_each([&](const ScoreChunks::Chunk& chunk) {
      const auto own = [&](const at::Tensor& every) {
        return every.narrow(0, chunk.first, chunk.rows());
      };
      const at::Tensor odds = odds_of(kind, chunk, temperature, bias);
      at::Tensor slopes = slopes_of(kind, odds, chunk.masked, own(saved[6]), own(by_rows), 1);
      if (symmetric) slopes += slopes_of(kind, odds, chunk.masked, saved[7], by_columns, 0);
      slope += slopes.sum(at::kDouble);
      tilted += (slopes * chunk.scores).sum(at::kDouble);
      chunks.add_gradient(chunk, slopes.div_(temperature), of_anchors, of_candidates);
    });
    all[0] = of_anchors;
    all[1] = of_candidates;
    all[2] = (-tilted / temperature.square()).to(temperature.options());
    all[3] = slope.to(bias.options());
    return all;
  }

 private:
  /// The gradients of anchors, candidates, τ and b, with a graph, by all scores at once.
  static variable_list of_whole(ScoreSum kind, const ScoreChunks& chunks,
                                const variable_list& saved, const at::Tensor& by_rows,
                                const at::Tensor& by_columns) {
    const ScoreChunks::Chunk whole = chunks.chunk(0, saved[0].size(0));
    const bool plain = kind == ScoreSum::plain;
    const at::Tensor scores = whole.masked.defined() && !plain
                                  ? only_negatives(whole.scores, whole.masked)
                                  : whole.scores;
    at::Tensor odds = scores / saved[2] + saved[3];
    if (whole.masked.defined() && plain) odds = odds.masked_fill(whole.masked, 0);
    variable_list sums = {summed(kind, odds, 1)}, by = {by_rows};
    if (by_columns.defined()) {
      sums.push_back(summed(kind, odds, 0));
      by.push_back(by_columns);
    }
    variable_list inputs, result(4);
    std::vector<std::size_t> places;
    for (std::size_t place = 0; place < 4; ++place) {
      if (!saved[place].requires_grad()) continue;
      inputs.push_back(saved[place]);
      places.push_back(place);
    }
    const variable_list found =
        torch::autograd::grad(sums, inputs, by, /*retain_graph=*/true, /*create_graph=*/true);
    for (std::size_t i = 0; i < places.size(); ++i) result[places[i]] = found[i];
    return result;
  }
};

}  // namespace

at::Tensor summed_rows(const at::Tensor& embeddings, std::string_view name) {
  check_embeddings(embeddings, name);
  return scaled_rows(embeddings.scalar_type() == at::kBFloat16 ? embeddings.to(at::kFloat)
                                                               : embeddings);
}

ScoreSums score_sums(ScoreSum kind, const ScorePairs& pairs, const at::Tensor& temperature,
                     const at::Tensor& bias) {
  const auto& [anchors, candidates, picks, excluded, symmetric, groups] = pairs;
  const std::int64_t rows = anchors.size(0),
                     columns = picks.defined() ? picks.size(1) : candidates.size(0);
  at::Tensor apart =
      at::empty({2, 0}, at::TensorOptions().dtype(at::kLong).device(anchors.device()));
  if (excluded.defined()) {
    check_excluded(excluded, rows, columns);
    apart = sent_to(excluded, anchors.device());
    const std::int64_t offered = rows * columns - (symmetric ? rows : 0);
    if (apart.size(1) >= offered) {
      at::Tensor mask = excluded_mask(excluded, rows, columns, excluded.device());
      if (symmetric) mask.diagonal().fill_(true);
      check_some_meet(mask.logical_not().sum().item<std::int64_t>());
    }
  }
  const auto out = ScoreSumsFunction::apply(
      anchors, candidates, temperature, bias.defined() ? bias : at::zeros({}, anchors.options()),
      picks.defined() ? picks : at::empty({0}, apart.options()), apart,
      groups.anchors.defined() ? groups.anchors : at::empty({0}, apart.options()),
      groups.candidates.defined() ? groups.candidates : at::empty({0}, apart.options()),
      groups.shared, symmetric, kind);
  const auto of_columns = [&](std::size_t place) { return symmetric ? out[place] : at::Tensor(); };
  return {.rows = out[0],
          .columns = of_columns(4),
          .hardest_rows = out[1],
          .hardest_columns = of_columns(5),
          .negative = out[2],
          .terms_rows = groups.anchors.defined() ? out[3] : at::Tensor(),
          .terms_columns = groups.anchors.defined() ? of_columns(6) : at::Tensor()};
}

}  // namespace cmc::kernels
