#include "cmc/contrast/objective.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numbers>
#include <string_view>

#include "cmc/contrast/losses/similarities.h"
#include "cmc/contrast/negatives/duplicates.h"
#include "cmc/error.h"
#include "cmc/kernels/bank_contrast.h"
#include "cmc/kernels/contrast.h"
#include "cmc/kernels/embeddings.h"

namespace cmc::contrast {
namespace {

// τ at which a triplet loss's scores are read as k-pair values; the loss itself has none.
constexpr double triplet_reading_temperature = 0.07;

/// The temperature of a loss.
Temperature temperature_of(const Loss& loss) {
  return std::visit(
      [](const auto& options) -> Temperature {
        if constexpr (requires { options.temperature; }) return options.temperature;
        return triplet_reading_temperature;
      },
      loss);
}

/// Number of excluded places of each row, int64 [rows]; `excluded` has no place twice.
at::Tensor excluded_counts(const at::Tensor& excluded, std::int64_t rows) {
  if (!excluded.defined()) return at::zeros({rows}, at::kLong);
  return at::bincount(excluded[0], {}, rows);
}

double mean_of(const at::Tensor& values) {
  return values.detach().mean().item<double>();
}

/// Throws Error unless there are keys of every view, of the embeddings' shape.
void check_keys(const std::vector<at::Tensor>& embeddings, const std::vector<at::Tensor>& keys) {
  check(keys.size() == embeddings.size(),
        "a queue takes the momentum encoders' embeddings of {} views as keys; there are {}",
        embeddings.size(), keys.size());
  for (std::size_t view = 0; view < keys.size(); ++view)
    check(
        keys[view].defined() && keys[view].sizes() == embeddings[view].sizes(),
        "the keys of view {} are {}; they need the embeddings' shape, [{}]", view,
        keys[view].defined() ? fmt::format("[{}]", fmt::join(keys[view].sizes(), ", ")) : "missing",
        fmt::join(embeddings[view].sizes(), ", "));
}

void check_indices(const at::Tensor& indices, std::int64_t rows, std::int64_t samples) {
  check(indices.defined() && indices.dim() == 1 && indices.scalar_type() == at::kLong &&
            indices.size(0) == rows,
        "indices are int64 [N] with N = {}, the rows of the embeddings", rows);
  const at::Tensor sorted = std::get<0>(indices.sort());
  const auto least = sorted[0].item<std::int64_t>(), most = sorted[rows - 1].item<std::int64_t>();
  check(least >= 0, "index {} is negative; indices count from 0", least);
  check(samples == 0 || most < samples, "index {} is out of range: there are {} samples", most,
        samples);
  if (rows < 2) return;
  const at::Tensor repeated = sorted.narrow(0, 1, rows - 1) == sorted.narrow(0, 0, rows - 1);
  if (repeated.any().item<bool>())
    fail("sample {} stands twice in the batch; it would be its own negative",
         sorted[repeated.to(at::kInt).argmax().item<std::int64_t>()].item<std::int64_t>());
}

/// Which of a pair's two views.
using Side = std::int64_t ViewPair::*;

/// Throws Error where a row that takes part in a pair as one of `sides` has no direction. `rows`:
/// one [N, D] a view; `name`: what they are called, before the view's number.
void check_rows(const std::vector<at::Tensor>& rows, std::string_view name, const ViewGraph& graph,
                const at::Tensor& present, std::initializer_list<Side> sides) {
  for (std::size_t view = 0; view < rows.size(); ++view) {
    bool met = false;
    at::Tensor read;
    for (const ViewPair& pair : graph.pairs) {
      if (std::none_of(sides.begin(), sides.end(),
                       [&](Side side) { return static_cast<std::size_t>(pair.*side) == view; }))
        continue;
      met = true;
      if (!present.defined()) break;
      const at::Tensor both =
          present.select(1, pair.anchor).logical_and(present.select(1, pair.candidate));
      read = read.defined() ? read.logical_or(both) : both;
    }
    if (!met) continue;
    if (read.defined()) read = read.to(rows[view].device());
    kernels::check_embeddings(rows[view], fmt::format("{} {}", name, view), read);
  }
}

/// The same for rows that are stored: those of samples that have the view.
void check_stored(const std::vector<at::Tensor>& rows, std::string_view name,
                  const at::Tensor& present) {
  for (std::size_t view = 0; view < rows.size(); ++view)
    kernels::check_embeddings(
        rows[view], fmt::format("{} {}", name, view),
        present.defined()
            ? present.select(1, static_cast<std::int64_t>(view)).to(rows[view].device())
            : at::Tensor());
}

/// Rows of check_rows scaled to unit length.
at::Tensor scaled(const at::Tensor& rows) {
  return rows / kernels::row_norms(rows);
}

}  // namespace

/// One direction's scores, read every way that a result needs.
struct ObjectiveImpl::Scored {
  at::Tensor per_anchor;
  /// [A] k-pair values, largest negative similarities, and numbers of negatives.
  at::Tensor k_pair, positive, hardest, counts;
  double negative = 0;
  double log_z = std::numeric_limits<double>::quiet_NaN();
};

ObjectiveImpl::ObjectiveImpl(const ObjectiveOptions& options) : options_(options) {
  check_view_graph(options_.graph);
  check_negatives(options_.negatives);
  const Temperature temperature = temperature_of(options_.loss);
  check_temperature(temperature);
  if (const auto* k_pair = std::get_if<KPairOptions>(&options_.loss))
    check(k_pair->class_prior >= 0 && k_pair->class_prior < 1,
          "the class prior is {}; it is a probability in [0, 1), such as 1 / number of classes",
          k_pair->class_prior);
  check(!std::holds_alternative<NtXentOptions>(options_.loss) ||
            std::holds_alternative<BatchOptions>(options_.negatives),
        "NT-Xent contrasts with the batch's own views; its negatives are BatchOptions");
  if (const auto* triplet = std::get_if<TripletOptions>(&options_.loss))
    check(std::isfinite(triplet->margin) && triplet->margin > 0,
          "the triplet margin is {}; it must be finite and positive, or a collapsed encoder has no "
          "loss",
          triplet->margin);
  if (const auto* nce = std::get_if<NceOptions>(&options_.loss))
    check(nce->momentum >= 0 && nce->momentum < 1, "the momentum of log Z is {}; it lies in [0, 1)",
          nce->momentum);

  const std::int64_t views = options_.graph.views;
  step_ = register_buffer("step", at::zeros({}, at::kLong));
  if (const auto* learned = std::get_if<LearnedTemperature>(&temperature))
    log_inverse_temperature_ = register_parameter(
        "log_inverse_temperature", at::full({}, -std::log(learned->initial), at::kFloat));
  if (std::holds_alternative<NceOptions>(options_.loss)) {
    log_z_ = register_buffer("log_z", at::full({views, views}, std::nan(""), at::kDouble));
    seen_log_z_ = log_z_.clone();
  }
  if (options_.groups.defined()) {
    check(options_.groups.dim() == 1 && options_.groups.scalar_type() == at::kLong,
          "groups are int64 [n], one a sample");
    options_.groups = options_.groups.cpu().contiguous();
  }
  if (const auto* bank = std::get_if<MemoryBankOptions>(&options_.negatives)) {
    check(!options_.groups.defined() || options_.groups.size(0) == bank->samples,
          "there are {} groups for the {} samples of the bank",
          options_.groups.defined() ? options_.groups.size(0) : 0, bank->samples);
    bank_ = register_module("bank", MemoryBank(*bank, views, options_.seed, options_.present));
  } else if (const auto* queue = std::get_if<QueueOptions>(&options_.negatives)) {
    queue_ = register_module("queue", Queue(*queue, views));
  }
}

void ObjectiveImpl::leave_out(const at::Tensor& indices) {
  if (bank_) bank_->leave_out(indices);
}

at::Tensor ObjectiveImpl::temperature() const {
  const Temperature temperature = temperature_of(options_.loss);
  if (const auto* learned = std::get_if<LearnedTemperature>(&temperature))
    return at::exp(-log_inverse_temperature_.clamp_max(-std::log(learned->least)));
  return at::full({}, temperature_at(temperature, step_.item<std::int64_t>()), at::kDouble);
}

at::Tensor ObjectiveImpl::groups_of(const at::Tensor& indices) const {
  return options_.groups.defined() ? options_.groups.index_select(0, indices) : indices;
}

void ObjectiveImpl::check_batch(const std::vector<at::Tensor>& embeddings,
                                const at::Tensor& indices, const at::Tensor& present) const {
  const auto views = static_cast<std::size_t>(options_.graph.views);
  check(embeddings.size() == views, "there are embeddings of {} views, but the view graph has {}",
        embeddings.size(), views);
  for (std::size_t view = 0; view < views; ++view) {
    check(embeddings[view].defined() && embeddings[view].dim() == 2,
          "the embeddings of view {} must be a matrix [N, D]", view);
    kernels::check_same(embeddings[0], embeddings[view], "view 0", fmt::format("view {}", view));
  }
  const std::int64_t rows = embeddings[0].size(0), dim = embeddings[0].size(1);
  check(rows > 0, "the batch is empty");
  check(dim > 0, "embeddings of dimension D = 0 have no direction; D is at least 1");
  if (const auto* bank = std::get_if<MemoryBankOptions>(&options_.negatives))
    check(bank->dim == dim, "the embeddings have dimension {}, but the memory bank's have {}", dim,
          bank->dim);
  if (const auto* queue = std::get_if<QueueOptions>(&options_.negatives))
    check(queue->dim == dim, "the embeddings have dimension {}, but the queue's have {}", dim,
          queue->dim);
  const auto* bank = std::get_if<MemoryBankOptions>(&options_.negatives);
  check_indices(indices.defined() ? indices.cpu() : indices, rows,
                bank ? bank->samples : (options_.groups.defined() ? options_.groups.size(0) : 0));
  if (present.defined())
    check(present.scalar_type() == at::kBool && present.dim() == 2 && present.size(0) == rows &&
              present.size(1) == options_.graph.views,
          "the mask of present views is bool [{}, {}], not {} [{}]", rows, views,
          c10::toString(present.scalar_type()), fmt::join(present.sizes(), ", "));
}

ContrastResult ObjectiveImpl::forward(const std::vector<at::Tensor>& embeddings,
                                      const at::Tensor& indices, const BatchExtras& extras) {
  check_batch(embeddings, indices, extras.present);
  const at::Device device = embeddings[0].device();
  const at::Tensor temperature = this->temperature();
  const at::Tensor on_cpu = indices.cpu(),
                   present = extras.present.defined() ? extras.present.cpu() : at::Tensor();
  if (queue_) {
    check_keys(embeddings, extras.keys);
    check_rows(embeddings, "view", options_.graph, present, {&ViewPair::anchor});
    check_rows(extras.keys, "the keys of view", options_.graph, present, {&ViewPair::candidate});
  } else if (const auto* bank = std::get_if<MemoryBankOptions>(&options_.negatives);
             bank && bank->positive == MemoryBankOptions::Positive::bank) {
    check_rows(embeddings, "view", options_.graph, present, {&ViewPair::anchor});
  } else {
    check_rows(embeddings, "view", options_.graph, present,
               {&ViewPair::anchor, &ViewPair::candidate});
  }

  ContrastResult result;
  result.temperature = temperature.item<double>();
  std::vector<bool> done(options_.graph.pairs.size(), false);
  const auto& pairs = options_.graph.pairs;
  at::Tensor total;
  double directions = 0, log_z = 0;
  const auto add = [&](const ViewPair& pair, const at::Tensor& rows, std::int64_t anchors,
                       const Scored& scored) {
    DirectionResult& direction = result.directions.emplace_back();
    direction.pair = pair;
    direction.rows = rows;
    direction.anchors = anchors;
    if (scored.counts.defined() && scored.counts.numel() > 0)
      direction.k = mean_of(scored.counts.to(at::kDouble));
    if (direction.k == 0) {
      ++result.empty_directions;
      return;
    }
    direction.per_anchor = scored.per_anchor;
    const at::Tensor mean = scored.per_anchor.mean();
    direction.loss = mean.item<double>();
    direction.k_pair_loss = mean_of(scored.k_pair);
    // By more than rounding: embeddings that are all alike put no positive first.
    direction.positive_first =
        mean_of((scored.positive.detach() > scored.hardest + 1e-6).to(at::kDouble));
    direction.positive_similarity = mean_of(scored.positive);
    direction.negative_similarity = scored.negative;
    direction.log_z = scored.log_z;
    total = total.defined() ? total + pair.weight * mean : pair.weight * mean;
    ++directions;
    result.k += direction.k;
    result.k_pair_loss += direction.k_pair_loss;
    result.positive_first += direction.positive_first;
    result.positive_similarity += direction.positive_similarity;
    result.negative_similarity += direction.negative_similarity;
    log_z += direction.log_z;
  };

  for (std::size_t p = 0; p < pairs.size(); ++p) {
    if (done[p]) continue;
    const ViewPair pair = pairs[p];
    at::Tensor rows;
    at::Tensor samples = on_cpu;
    if (present.defined()) {
      const at::Tensor both =
          present.select(1, pair.anchor).logical_and(present.select(1, pair.candidate));
      if (!both.all().item<bool>()) {
        rows = both.nonzero().squeeze(1);
        samples = on_cpu.index_select(0, rows);
      }
    }
    const auto chosen = [&](const at::Tensor& view) {
      return rows.defined() ? view.index_select(0, rows.to(device)) : view;
    };
    const std::int64_t anchors = samples.size(0);
    if (queue_ || bank_) {
      if (anchors == 0) {
        add(pair, rows, 0, {});
        continue;
      }
      const auto& positives = queue_ ? extras.keys : embeddings;
      const at::Tensor a = chosen(embeddings[pair.anchor]), b = chosen(positives[pair.candidate]);
      add(pair, rows, anchors,
          queue_ ? score_queue(pair, a, b.detach(), samples, temperature)
                 : score_bank(pair, a, b, samples, temperature));
      continue;
    }
    const auto back = std::find_if(pairs.begin() + p + 1, pairs.end(), [&](const ViewPair& other) {
      return other.anchor == pair.candidate && other.candidate == pair.anchor;
    });
    std::array<Scored, 2> scored;
    if (anchors >= 2)
      scored = score_batch(chosen(embeddings[pair.anchor]), chosen(embeddings[pair.candidate]),
                           samples, temperature, pair.anchor, pair.candidate);
    add(pair, rows, anchors, scored[0]);
    if (back != pairs.end()) {
      done[back - pairs.begin()] = true;
      add(*back, rows, anchors, scored[1]);
    }
  }

  check(directions > 0,
        "no pair of views has a candidate negative: a batch needs two samples that have both views "
        "and are no duplicates");
  result.loss = total;
  result.log_z = log_z / directions;
  for (double* mean : {&result.k, &result.k_pair_loss, &result.positive_first,
                       &result.positive_similarity, &result.negative_similarity})
    *mean /= directions;
  return result;
}

std::array<ObjectiveImpl::Scored, 2> ObjectiveImpl::score_batch(
    const at::Tensor& a, const at::Tensor& b, const at::Tensor& indices,
    const at::Tensor& temperature, std::int64_t a_view, std::int64_t b_view) {
  const std::int64_t n = a.size(0);
  const at::Device device = a.device();
  const at::Tensor apart =
      options_.groups.defined() ? equal_places_apart(groups_of(indices)) : at::Tensor();
  const at::Tensor counts = (n - 1 - excluded_counts(apart, n)).to(device);
  if (counts.sum().item<std::int64_t>() == 0) return {};
  const at::Tensor excluded = apart.defined() ? apart.to(device) : apart;

  if (const auto* options = std::get_if<KPairOptions>(&options_.loss)) {
    const auto both = kernels::contrast(a, b, temperature, excluded);
    const auto direction = [&](const at::Tensor& loss, const at::Tensor& hardest) {
      const at::Tensor values = options->class_prior > 0
                                    ? debiased_k_pair(loss, both.positive, counts,
                                                      temperature.to(device), options->class_prior)
                                          .per_anchor
                                    : loss;
      return Scored{values, loss, both.positive, hardest, counts, both.negative.item<double>()};
    };
    return {direction(both.rows, both.hardest_rows), direction(both.columns, both.hardest_columns)};
  }
  if (std::holds_alternative<NtXentOptions>(options_.loss)) {
    // Rows (a, b) against columns (b, a): row i's positive is column i, and it meets every
    // embedding of both views but itself, which is column i + N.
    const at::Tensor i = at::arange(n, at::kLong);
    at::Tensor places = at::cat({at::stack({i, i + n}), at::stack({i + n, i})}, 1);
    if (apart.defined()) {
      const at::Tensor r = apart[0], c = apart[1];
      places = at::cat({places, apart, apart + n, at::stack({r, c + n}), at::stack({r + n, c})}, 1);
    }
    const auto both =
        kernels::contrast(at::cat({a, b}), at::cat({b, a}), temperature, places.to(device));
    const at::Tensor doubled = 2 * counts;
    const auto half = [&](std::int64_t from) {
      const auto part = [&](const at::Tensor& values) { return values.narrow(0, from, n); };
      return Scored{part(both.rows),         part(both.rows), part(both.positive),
                    part(both.hardest_rows), doubled,         both.negative.item<double>()};
    };
    return {half(0), half(n)};
  }

  const at::Tensor scores = scaled(a).matmul(scaled(b).t());
  at::Tensor mask;
  if (apart.defined()) {
    mask = at::zeros({n, n}, at::kBool);
    mask.index_put_({apart[0], apart[1]}, at::ones({}, at::kBool));
    mask = mask.to(device);
  }
  return {score_similarities(batch_similarities(scores, mask), n, a_view, b_view, temperature),
          score_similarities(batch_similarities(scores.t(), mask), n, b_view, a_view, temperature)};
}

ObjectiveImpl::Scored ObjectiveImpl::score_bank(const ViewPair& pair, const at::Tensor& anchors,
                                                const at::Tensor& positives,
                                                const at::Tensor& indices,
                                                const at::Tensor& temperature) {
  const auto& options = std::get<MemoryBankOptions>(options_.negatives);
  const at::Device device = anchors.device();
  at::Tensor vectors = bank_->vectors(pair.candidate);
  at::Tensor candidates = bank_->candidates(pair.anchor, pair.candidate);
  if (candidates.defined()) candidates = candidates.cpu();
  const auto direction =
      static_cast<std::uint32_t>(pair.anchor * options_.graph.views + pair.candidate);
  const auto step = step_.item<std::int64_t>();

  at::Tensor picks, excluded;
  if (options.k == MemoryBankOptions::all) {
    picks = candidates;
    excluded =
        equal_places(groups_of(indices),
                     groups_of(picks.defined() ? picks : at::arange(options.samples, at::kLong)));
    // A stored vector is random at first and up to an epoch old later; the batch's samples stand in
    // it as just embedded, so that they push each other apart from the first step on.
    if (options.positive == MemoryBankOptions::Positive::batch)
      vectors = vectors.index_copy(0, indices.to(device),
                                   scaled(positives.detach()).to(vectors.scalar_type()));
  } else if (options.draw == MemoryBankOptions::Draw::shared) {
    if (candidates.defined() && candidates.numel() == 0) return {};
    picks = draw_shared(candidates, options.samples, options.k, options_.seed, step, direction);
    excluded = equal_places(groups_of(indices), groups_of(picks));
  } else {
    Draws draws = draw_per_anchor(indices, options_.groups, candidates, options.samples, options.k,
                                  options_.seed, step, direction);
    picks = draws.picks;
    excluded = draws.excluded;
  }
  const at::Tensor positive =
      options.positive == MemoryBankOptions::Positive::bank
          ? vectors.index_select(0, indices.to(device)).to(anchors.scalar_type())
          : positives;
  return score_candidates(pair, anchors, positive, vectors, picks, excluded, temperature);
}

ObjectiveImpl::Scored ObjectiveImpl::score_queue(const ViewPair& pair, const at::Tensor& anchors,
                                                 const at::Tensor& positives,
                                                 const at::Tensor& indices,
                                                 const at::Tensor& temperature) {
  const auto [vectors, samples] =
      queue_->candidates(pair.anchor, pair.candidate, indices, positives);
  const at::Tensor excluded = equal_places(groups_of(indices), groups_of(samples.cpu()));
  return score_candidates(pair, anchors, positives.to(anchors.scalar_type()), vectors, {}, excluded,
                          temperature);
}

ObjectiveImpl::Scored ObjectiveImpl::score_candidates(
    const ViewPair& pair, const at::Tensor& anchors, const at::Tensor& positives,
    const at::Tensor& candidates, const at::Tensor& picks, const at::Tensor& excluded,
    const at::Tensor& temperature) {
  const at::Device device = anchors.device();
  const std::int64_t rows = anchors.size(0);
  const std::int64_t width = picks.defined() ? picks.size(-1) : candidates.size(0);
  const at::Tensor counts = (width - excluded_counts(excluded, rows)).to(device);
  if (counts.sum().item<std::int64_t>() == 0) return {};
  const at::Tensor chosen = picks.defined() ? picks.to(device) : picks;
  const at::Tensor places = excluded.defined() ? excluded.to(device) : excluded;

  if (const auto* options = std::get_if<KPairOptions>(&options_.loss)) {
    const auto one =
        kernels::bank_contrast(anchors, positives, candidates, temperature, chosen, places);
    const at::Tensor values = options->class_prior > 0
                                  ? debiased_k_pair(one.loss, one.positive, counts,
                                                    temperature.to(device), options->class_prior)
                                        .per_anchor
                                  : one.loss;
    return {values, one.loss, one.positive, one.hardest, counts, one.negative.item<double>()};
  }
  const at::Tensor unit = scaled(anchors), matched = (unit * scaled(positives)).sum(1);
  at::Tensor mask;
  if (excluded.defined()) {
    mask = at::zeros({rows, width}, at::kBool);
    mask.index_put_({excluded[0], excluded[1]}, at::ones({}, at::kBool));
    mask = mask.to(device);
  }
  const Similarities similarities{matched, kernels::bank_similarities(unit, candidates, chosen),
                                  mask};
  return score_similarities(similarities, candidates.size(0), pair.anchor, pair.candidate,
                            temperature);
}

ObjectiveImpl::Scored ObjectiveImpl::score_similarities(const Similarities& similarities,
                                                        std::int64_t noise_samples,
                                                        std::int64_t anchor_view,
                                                        std::int64_t candidate_view,
                                                        const at::Tensor& temperature) {
  Scored scored;
  const at::Tensor tau = temperature.to(similarities.positive.device());
  if (std::holds_alternative<LogisticOptions>(options_.loss)) {
    scored.per_anchor = logistic_nce(similarities, tau).per_anchor;
  } else if (std::holds_alternative<NceOptions>(options_.loss)) {
    // log(Z/n) runs, since n changes: with what a queue holds, with who has both views.
    const double log_n = std::log(static_cast<double>(noise_samples));
    const at::Tensor batch = estimate_log_z(similarities, tau, noise_samples) - log_n;
    const at::Tensor running = log_z_[anchor_view][candidate_view].to(batch.device());
    const at::Tensor log_z = at::where(running.isnan(), batch, running) + log_n;
    seen_log_z_.index_put_({anchor_view, candidate_view}, batch.to(seen_log_z_.device()));
    scored.log_z = log_z.item<double>();
    scored.per_anchor =
        nce(similarities, tau, log_z.to(similarities.positive.scalar_type()), noise_samples)
            .per_anchor;
  } else {
    scored.per_anchor = triplet(similarities, std::get<TripletOptions>(options_.loss)).per_anchor;
  }

  at::NoGradGuard no_grad;
  scored.counts = negative_counts(similarities);
  scored.k_pair = k_pair(similarities, tau).per_anchor;
  scored.positive = similarities.positive;
  scored.hardest = masked_negatives(similarities, -4).amax(1);
  const double pairs = scored.counts.sum().item<double>();
  scored.negative =
      masked_negatives(similarities, 0).sum(at::kDouble).item<double>() / std::max(pairs, 1.0);
  return scored;
}

void ObjectiveImpl::update(const at::Tensor& indices, const std::vector<at::Tensor>& embeddings,
                           const BatchExtras& extras) {
  at::NoGradGuard no_grad;
  check_batch(embeddings, indices, extras.present);
  if (bank_) {
    check_stored(embeddings, "view", extras.present);
    bank_->update(indices, embeddings, extras.present);
  }
  if (queue_) {
    check_keys(embeddings, extras.keys);
    check_stored(extras.keys, "the keys of view", extras.present);
    queue_->push(indices, extras.keys, extras.present);
  }
  if (log_z_.defined()) {
    const double momentum = std::get<NceOptions>(options_.loss).momentum;
    log_z_.copy_(running_log_z(log_z_, seen_log_z_.to(log_z_.device()), momentum));
    seen_log_z_.fill_(std::nan(""));
  }
  if (log_inverse_temperature_.defined()) {
    const Temperature temperature = temperature_of(options_.loss);
    log_inverse_temperature_.clamp_max_(-std::log(std::get<LearnedTemperature>(temperature).least));
  }
  step_.add_(1);
}

}  // namespace cmc::contrast
