#include "cmc/contrast/term.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "cmc/contrast/embedded_batch.h"
#include "cmc/contrast/negatives/negative_source.h"
#include "cmc/contrast/statistics.h"
#include "cmc/contrast/tuples.h"
#include "cmc/device.h"
#include "cmc/error.h"

namespace cmc::contrast {
namespace {

template <class Options>
concept OverPairs = requires(const Options& options, const Candidates& candidates,
                             const at::Tensor& temperature, LossState& state) {
  { score(options, candidates, temperature, state) } -> std::same_as<std::vector<DirectionScores>>;
};

template <class Options>
concept OverTuples = requires(const Options& options, const TupleBatch& batch,
                              const at::Tensor& temperature, LossState& state) {
  { score(options, batch, temperature, state) } -> std::same_as<TupleScores>;
};

/// Of a loss without negatives.
template <class Options>
constexpr bool contrasts_nothing = requires {
  Options::contrasts_nothing;
};

/// Directions whose scores are computed together: one, or where a pair and its reverse share their
/// scores, both.
std::vector<std::vector<ViewPair>> scored_together(const ViewGraph& graph, bool both_directions) {
  std::vector<std::vector<ViewPair>> groups;
  for (const ViewPair& pair : graph.pairs) {
    const auto forth = std::ranges::find_if(groups, [&](const std::vector<ViewPair>& group) {
      return group[0].anchor == pair.candidate && group[0].candidate == pair.anchor;
    });
    if (both_directions && forth != groups.end())
      forth->push_back(pair);
    else
      groups.push_back({pair});
  }
  return groups;
}

/// Adds one direction's figures and its loss to a result.
void add_direction(ContrastResult& result, DirectionResult direction) {
  if (direction.per_anchor.defined()) {
    const at::Tensor loss = direction.pair.weight * direction.per_anchor.mean();
    result.loss = result.loss.defined() ? result.loss + loss : loss;
  }
  result.directions.push_back(std::move(direction));
}

/// The scores of the first rows, those of anchors.
DirectionScores of_anchors(DirectionScores scores, std::int64_t anchors) {
  ScoreStatistics& statistics = scores.statistics;
  for (at::Tensor* values : {&scores.per_anchor, &statistics.k_pair, &statistics.positive,
                             &statistics.hardest, &statistics.counts})
    if (values->size(0) > anchors) *values = values->narrow(0, 0, anchors);
  return scores;
}

template <OverPairs Options>
void add_directions(const Options& loss, const ViewGraph& graph, const Meeting& meeting,
                    const at::Tensor& temperature, LossState& state, ContrastResult& result) {
  const auto& [batch, source, groups, seed, step] = meeting;
  check(batch.anchors == batch.embeddings[0].size(0) || !contrasts_nothing<Options>,
        "the batch has candidates that are no anchors, but the loss has no negatives");
  source.check_batch(batch, graph);
  for (const std::vector<ViewPair>& directions : scored_together(graph, source.both_directions())) {
    // Whom do the anchors of this pair meet?
    const PairBatch part(batch, directions[0], source.positives(batch));
    const std::int64_t anchors = part.anchoring;
    std::optional<Candidates> candidates;
    if (anchors > 0) candidates = source.candidates(part, step);

    // What does the loss make of their scores?
    std::vector<DirectionScores> scores;
    if (candidates) scores = score(loss, *candidates, temperature, state);

    // Add it up over the view graph.
    at::Tensor rows = part.rows;
    if (anchors < part.size())
      rows = rows.defined() ? rows.narrow(0, 0, anchors) : at::arange(anchors, at::kLong);
    for (std::size_t d = 0; d < directions.size(); ++d) {
      std::optional<DirectionScores> own;
      if (candidates) own = of_anchors(std::move(scores[d]), anchors);
      add_direction(result, summarised(directions[d], rows, anchors, own, temperature));
    }
  }
}

template <OverTuples Options>
void add_directions(const Options& loss, const ViewGraph& graph, const Meeting& meeting,
                    const at::Tensor& temperature, LossState& state, ContrastResult& result) {
  check(meeting.batch.anchors == meeting.batch.embeddings[0].size(0),
        "the batch has candidates that are no anchors, but the loss is over tuples of views");
  const TupleScores scores = score(loss,
                                   TupleBatch{.batch = meeting.batch,
                                              .groups = meeting.groups,
                                              .seed = meeting.seed,
                                              .step = meeting.step},
                                   temperature, state);
  for (std::int64_t view = 0; view < graph.views; ++view) {
    std::optional<DirectionScores> own;
    if (!scores.directions.empty()) own = scores.directions[static_cast<std::size_t>(view)];
    add_direction(result, summarised({.anchor = view, .candidate = every_other_view}, scores.rows,
                                     scores.anchors, own, temperature));
  }
}

/// Adds a loss's directions, read at this τ.
void add(const Loss& loss, const ViewGraph& graph, const Meeting& meeting,
         const at::Tensor& temperature, LossState& state, ContrastResult& result) {
  std::visit(
      [&](const auto& options) {
        add_directions(options, graph, meeting, temperature, state, result);
      },
      loss);
}

template <OverPairs Options>
bool finds_negatives(const Options& /*loss*/, const ViewGraph& graph, const at::Tensor& present,
                     const at::Tensor& groups, const at::Tensor& positives,
                     std::optional<std::int64_t> anchors) {
  if constexpr (requires { Options::takes_positives; })
    return has_a_pair(graph, present, groups, positives, anchors);
  return has_a_pair(graph, present, groups, {}, anchors);
}

template <OverTuples Options>
bool finds_negatives(const Options& loss, const ViewGraph& graph, const at::Tensor& present,
                     const at::Tensor& groups, const at::Tensor& /*positives*/,
                     std::optional<std::int64_t> /*anchors*/) {
  return contrast::has_negatives(loss, graph, present, groups);
}

template <OverPairs Options>
Loss read_by(const Options& /*loss*/) {
  return KPairOptions{};
}

template <OverTuples Options>
Loss read_by(const Options& loss) {
  return held_out_reading(loss);
}

template <OverPairs Options>
void check_fits(const Options& /*loss*/, const ViewGraph& /*graph*/) {}

template <OverTuples Options>
void check_fits(const Options& loss, const ViewGraph& graph) {
  check_graph(loss, graph);
}

}  // namespace

Term::Term(const Loss& loss, const ViewGraph& graph, std::uint64_t seed, torch::nn::Module& owner)
    : loss_(loss), graph_(graph) {
  check_loss(loss_);
  const Temperature temperature = temperature_of(loss_);
  if (const auto* learned = std::get_if<LearnedTemperature>(&temperature))
    log_inverse_temperature_ = owner.register_parameter(
        "log_inverse_temperature", at::full({}, -std::log(learned->initial), at::kFloat));
  std::visit(
      [&](const auto& options) {
        check_fits(options, graph_);
        if constexpr (requires { register_state(options, graph_.views, seed, state_, owner); })
          register_state(options, graph_.views, seed, state_, owner);
      },
      loss_);
}

at::Tensor Term::temperature(std::int64_t step) const {
  const Temperature temperature = temperature_of(loss_);
  if (const auto* learned = std::get_if<LearnedTemperature>(&temperature))
    return at::exp(-log_inverse_temperature_.clamp_max(-std::log(learned->least)));
  return at::full({}, temperature_at(temperature, step), at::kDouble);
}

bool Term::contrasts(std::int64_t first, std::int64_t second) const {
  return std::ranges::any_of(graph_.pairs, [&](const ViewPair& pair) {
    return std::minmax(pair.anchor, pair.candidate) == std::minmax(first, second);
  });
}

bool Term::has_negatives(const at::Tensor& present, const at::Tensor& groups,
                         const at::Tensor& positives, std::optional<std::int64_t> anchors) const {
  return std::visit(
      [&](const auto& loss) {
        return finds_negatives(loss, graph_, present, groups, positives, anchors);
      },
      loss_);
}

void Term::contrast(const Meeting& meeting, ContrastResult& result) {
  const at::Device device = meeting.batch.embeddings[0].device();
  add(loss_, graph_, meeting, sent_to(temperature(meeting.step), device), state_, result);
  if (state_.logit_bias.defined()) result.logit_bias = sent_to(state_.logit_bias.detach(), device);
}

void Term::measure(const Meeting& meeting, ContrastResult& result) {
  const at::Device device = meeting.batch.embeddings[0].device();
  const Loss reading = std::visit([](const auto& loss) { return read_by(loss); }, loss_);
  add(reading, graph_, meeting, sent_to(temperature(meeting.step).detach(), device), state_,
      result);
}

void Term::update() {
  state_.log_z.update();
  if (!log_inverse_temperature_.defined()) return;
  const Temperature temperature = temperature_of(loss_);
  log_inverse_temperature_.clamp_max_(-std::log(std::get<LearnedTemperature>(temperature).least));
}

}  // namespace cmc::contrast
