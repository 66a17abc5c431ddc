#include "cmc/contrast/objective.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <variant>

#include "cmc/contrast/embedded_batch.h"
#include "cmc/contrast/negatives/negative_source.h"
#include "cmc/contrast/statistics.h"
#include "cmc/error.h"

namespace cmc::contrast {
namespace {

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

}  // namespace

ObjectiveImpl::ObjectiveImpl(const ObjectiveOptions& options) : options_(options) {
  check_view_graph(options_.graph);
  check_negatives(options_.negatives);
  check_loss(options_.loss);
  check(!of_batch_alone(options_.loss) || std::holds_alternative<BatchOptions>(options_.negatives),
        "NT-Xent contrasts with the batch's own views; its negatives are BatchOptions");
  check_groups(options_.groups);
  if (options_.groups.defined()) options_.groups = options_.groups.cpu().contiguous();
  if (takes_positives(options_.loss))
    check(options_.positives.defined(),
          "the loss has several positives an anchor: ObjectiveOptions::positives must tell them");
  if (options_.positives.defined()) {
    check(takes_positives(options_.loss),
          "there are positive groups, but the loss has one positive an anchor");
    check_positives(options_.positives);
    options_.positives = options_.positives.cpu().reshape({options_.positives.size(0), -1});
  }
  constraints_ = {
      .groups = options_.groups, .present = options_.present, .positives = options_.positives};

  const std::int64_t views = options_.graph.views;
  const Temperature temperature = temperature_of(options_.loss);
  step_ = register_buffer("step", at::zeros({}, at::kLong));
  if (const auto* learned = std::get_if<LearnedTemperature>(&temperature))
    log_inverse_temperature_ = register_parameter(
        "log_inverse_temperature", at::full({}, -std::log(learned->initial), at::kFloat));
  if (const auto* nce = std::get_if<NceOptions>(&options_.loss)) {
    state_.log_z = RunningLogZ(views, nce->momentum);
    register_buffer("log_z", state_.log_z.values());
  }
  source_ = make_negative_source(options_.negatives, views, constraints_, options_.seed);
  register_module(source_->module_name(), source_);
}

EmbeddedBatch ObjectiveImpl::checked(const std::vector<at::Tensor>& embeddings,
                                     const at::Tensor& indices, const BatchExtras& extras) const {
  const auto on_cpu = [](const at::Tensor& tensor) {
    return tensor.defined() ? tensor.cpu() : tensor;
  };
  EmbeddedBatch batch{.embeddings = embeddings,
                      .indices = on_cpu(indices),
                      .present = on_cpu(extras.present),
                      .keys = extras.keys};
  check_embeddings(embeddings, options_.graph.views);
  const std::int64_t rows = embeddings[0].size(0);
  source_->check_dimension(embeddings[0].size(1));
  const std::int64_t samples = source_->samples();
  const at::Tensor& known = options_.groups.defined() ? options_.groups : options_.positives;
  check_indices(batch.indices, rows, samples == 0 && known.defined() ? known.size(0) : samples);
  check_present(batch.present, rows, options_.graph.views);
  return batch;
}

ContrastResult ObjectiveImpl::forward(const std::vector<at::Tensor>& embeddings,
                                      const at::Tensor& indices, const BatchExtras& extras) {
  const EmbeddedBatch batch = checked(embeddings, indices, extras);
  source_->check_batch(batch, options_.graph);
  const at::Tensor temperature = this->temperature().to(embeddings[0].device());
  const auto step = step_.item<std::int64_t>();

  ContrastResult result;
  result.temperature = temperature.item<double>();
  for (const std::vector<ViewPair>& directions :
       scored_together(options_.graph, source_->both_directions())) {
    // Whom do the anchors of this pair meet?
    const PairBatch part(batch, directions[0], source_->positives(batch));
    std::optional<Candidates> candidates;
    if (part.size() > 0) candidates = source_->candidates(part, step);

    // What does the loss make of their scores?
    std::vector<DirectionScores> scores;
    if (candidates)
      scores = std::visit(
          [&](const auto& loss) { return score(loss, *candidates, temperature, state_); },
          options_.loss);

    // Add it up over the view graph.
    for (std::size_t d = 0; d < directions.size(); ++d) {
      if (!candidates) {
        result.directions.push_back(
            {.pair = directions[d], .rows = part.rows, .anchors = part.size()});
        continue;
      }
      result.directions.push_back(summarised(directions[d], part.rows, part.size(), scores[d]));
      const at::Tensor loss = directions[d].weight * scores[d].per_anchor.mean();
      result.loss = result.loss.defined() ? result.loss + loss : loss;
    }
  }
  take_means(result);
  return result;
}

void ObjectiveImpl::update(const at::Tensor& indices, const std::vector<at::Tensor>& embeddings,
                           const BatchExtras& extras) {
  at::NoGradGuard no_grad;
  source_->update(checked(embeddings, indices, extras));
  state_.log_z.update();
  if (log_inverse_temperature_.defined()) {
    const Temperature temperature = temperature_of(options_.loss);
    log_inverse_temperature_.clamp_max_(-std::log(std::get<LearnedTemperature>(temperature).least));
  }
  step_.add_(1);
}

void ObjectiveImpl::leave_out(const at::Tensor& indices) {
  source_->leave_out(indices);
}

at::Tensor ObjectiveImpl::groups_of(const at::Tensor& indices) const {
  return constraints_.groups_of(indices);
}

at::Tensor ObjectiveImpl::positives_of(const at::Tensor& indices) const {
  return constraints_.positives_of(indices);
}

at::Tensor ObjectiveImpl::temperature() const {
  const Temperature temperature = temperature_of(options_.loss);
  if (const auto* learned = std::get_if<LearnedTemperature>(&temperature))
    return at::exp(-log_inverse_temperature_.clamp_max(-std::log(learned->least)));
  return at::full({}, temperature_at(temperature, step_.item<std::int64_t>()), at::kDouble);
}

}  // namespace cmc::contrast
