#include "cmc/evaluation/information.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "cmc/data/loader.h"
#include "cmc/data/subset.h"
#include "cmc/distributed/process_group.h"
#include "cmc/error.h"
#include "cmc/evaluation/features.h"
#include "cmc/evaluation/linear_probe.h"
#include "cmc/evaluation/shared_features.h"
#include "cmc/evaluation/subsets.h"
#include "cmc/evaluation/unreadable.h"
#include "cmc/information/geometry.h"

namespace cmc::evaluation {
namespace {

using Data = std::shared_ptr<const data::Dataset>;

/// That a bound needs.
constexpr std::int64_t least_samples = 3;

/// Training samples that τ of all views' critic is fitted with, at most.
constexpr std::int64_t fitted_samples = 2048;

/// At most n samples, drawn at random.
Data drawn(const Data& dataset, std::int64_t n, RandomPurpose purpose, std::uint64_t seed) {
  if (dataset->size() <= n) return dataset;
  std::vector<std::int64_t> chosen = permutation(dataset->size(), RandomStream(purpose, seed));
  chosen.resize(static_cast<std::size_t>(n));
  return std::make_shared<data::Subset>(dataset, std::move(chosen));
}

/// At most n samples with labels, of all classes alike; null where there are none.
Data with_labels(const Data& dataset, std::int64_t n, std::uint64_t seed) {
  at::Tensor labels = at::empty({dataset->size()}, at::kLong);
  auto* const label = labels.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < dataset->size(); ++i) label[i] = dataset->label(i);
  const std::int64_t all = labelled(labels).size(0);
  if (all == 0) return nullptr;
  const at::Tensor chosen = stratified_subset(labels, std::min(n, all), seed);
  const auto* const first = chosen.data_ptr<std::int64_t>();
  return std::make_shared<data::Subset>(dataset,
                                        std::vector<std::int64_t>(first, first + chosen.numel()));
}

/// The rows that have a label and each of these views.
at::Tensor labelled_rows(const Features& features, std::initializer_list<std::size_t> views) {
  const at::Tensor rows = rows_having(features, views);
  return rows.index_select(0, labelled(features.labels.index_select(0, rows)));
}

/// The embeddings of the samples that have all views, one [n, D] a view.
std::vector<at::Tensor> of_all_views(const Features& features) {
  if (!features.present.defined()) return features.embeddings;
  return select(features, features.present.all(1).nonzero().squeeze(1)).embeddings;
}

class Measurer {
 public:
  Measurer(const InformationInput& input, const InformationOptions& options)
      : input_(input), options_(options), names_(data::view_names(*input.transform)) {}

  InformationMeasurement run() {
    const Data part =
        drawn(input_.held_out, options_.samples, RandomPurpose::information, options_.seed);
    const Features held_out =
        features(input_.encoders, input_.transform, part, "features of the held-out samples");
    result_.samples = held_out.labels.size(0);
    result_.held_out = input_.held_out->size();
    if (part->size() == result_.held_out)
      result_.held_out = result_.samples;  // all that are readable
    check(options_.largest_k >= 0 && options_.largest_k < result_.samples,
          "k = {}: {} held-out samples leave at most {} negatives", options_.largest_k,
          result_.samples, result_.samples - 1);
    result_.temperature = input_.temperature;
    result_.training = input_.training;
    if (is_first()) add_pairs(held_out);
    if (names_.size() >= 3) add_total_correlation(of_all_views(held_out));
    if (is_first()) add_views(held_out);
    add_labels(part, held_out);
    for (const Data& part : {input_.train, input_.held_out})
      if (part) add_unreadable(result_.unreadable, part->unreadable());
    result_.unreadable = of_all(options_.group, result_.unreadable);
    return std::move(result_);
  }

 private:
  bool is_first() const { return distributed::is_first(options_.group); }

  void report(const std::string& what, double share) const {
    if (options_.progress) options_.progress(what, share);
  }

  Features features(std::vector<encoders::Encoder> encoders,
                    const std::shared_ptr<const data::Transform>& transform, const Data& part,
                    const std::string& what) {
    data::Loader loader(part, transform,
                        shared_out({.batch_size = std::min(options_.batch_size, part->size()),
                                    .shuffle = false,
                                    .drop_last = false,
                                    .workers = options_.workers,
                                    .seed = options_.seed},
                                   options_.group));
    Features found = extract_features(encoders, loader,
                                      {.device = options_.device,
                                       .bfloat16 = options_.bfloat16,
                                       .progress = [&](double share) { report(what, share); },
                                       .group = options_.group});
    add_unreadable(result_.unreadable, loader.unreadable());
    return found;
  }

  /// Whether a view is probed and its geometry told: all are but those that another stands for.
  bool is_judged(const std::string& view) const {
    return !input_.judged ||
           std::ranges::count(input_.judged->transform->views(), view, &data::ViewShape::name) > 0;
  }

  void add_pairs(const Features& held_out) {
    for (std::size_t i = 0; i < names_.size(); ++i)
      for (std::size_t j = i + 1; j < names_.size(); ++j) add_pair(held_out, i, j);
    check(
        !result_.pairs.empty(),
        "{} held-out samples, and no two views that {} of them have both of: a bound needs so many",
        result_.samples, least_samples);
  }

  void add_pair(const Features& held_out, std::size_t i, std::size_t j) {
    const at::Tensor rows = rows_having(held_out, {i, j});
    const std::int64_t n = rows.size(0);
    if (n < least_samples) {
      result_.unmeasured.push_back({names_[i], names_[j], n});
      return;
    }
    const at::Tensor a = held_out.embeddings[i].index_select(0, rows),
                     b = held_out.embeddings[j].index_select(0, rows);
    const double temperature =
        input_.pair_temperature ? input_.pair_temperature(i, j) : input_.temperature;
    const std::string what = fmt::format("what {} and {} share", names_[i], names_[j]);
    InformationCurves curves =
        information_curves(a, b,
                           {.temperature = temperature,
                            .largest_k = std::min(options_.largest_k, n - 1),
                            .seed = options_.seed,
                            .progress = [&](double share) { report(what, share); }});
    const information::MeanSimilarities similarities = information::mean_similarities(a, b);
    PairInformation pair{.from = names_[i],
                         .to = names_[j],
                         .samples = n,
                         .points = std::move(curves.forward),
                         .alignment = information::alignment(a, b),
                         .positive_similarity = similarities.positive,
                         .negative_similarity = similarities.negative,
                         .modality_gap = information::modality_gap(a, b),
                         .temperature = temperature};
    result_.pairs.push_back(pair);
    std::swap(pair.from, pair.to);
    pair.points = std::move(curves.backward);
    result_.pairs.push_back(std::move(pair));
  }

  void add_total_correlation(const std::vector<at::Tensor>& views) {
    TotalCorrelation all{.views = static_cast<std::int64_t>(views.size()),
                         .samples = views[0].size(0),
                         .points = {}};
    if (all.samples >= least_tuple_samples(all.views)) {
      all.temperature = tuple_temperature();
      if (is_first())
        all.points = total_correlation_curve(
            views, {.temperature = all.temperature,
                    .largest_k = std::min(options_.largest_k, all.most_k()),
                    .seed = options_.seed,
                    .progress = [&](double share) { report("what all views share", share); }});
    }
    if (is_first()) result_.total_correlation = std::move(all);
  }

  /// τ of all views' critic; all processes take the features that it is fitted to.
  double tuple_temperature() {
    if (input_.tuple_temperature) return *input_.tuple_temperature;
    if (!input_.train) return input_.temperature;
    const std::vector<at::Tensor> views = of_all_views(
        features(input_.encoders, input_.transform,
                 drawn(input_.train, fitted_samples, RandomPurpose::critic_samples, options_.seed),
                 "features of the training samples"));
    const bool enough =
        views[0].size(0) >= least_tuple_samples(static_cast<std::int64_t>(views.size()));
    return is_first() && enough ? fit_tuple_temperature(views, options_.seed) : input_.temperature;
  }

  void add_views(const Features& held_out) {
    for (std::size_t v = 0; v < names_.size(); ++v) {
      if (!is_judged(names_[v])) continue;
      report("geometry", static_cast<double>(v) / static_cast<double>(names_.size()));
      const at::Tensor rows = rows_having(held_out, {v});
      if (rows.size(0) < 2) continue;
      const at::Tensor z = held_out.embeddings[v].index_select(0, rows);
      result_.views.push_back(
          {.view = names_[v],
           .samples = z.size(0),
           .uniformity = information::uniformity(z),
           .effective_rank = information::effective_rank(z / z.norm(2, 1, true)),
           .dimension = z.size(1)});
    }
  }

  void add_labels(const Data& held_out_part, const Features& contrasted) {
    const auto classes = static_cast<std::int64_t>(input_.held_out->classes().size());
    if (classes < 2 || labelled_rows(contrasted, {}).size(0) < 2 || !input_.train) return;
    const Data part = with_labels(input_.train, options_.probe_labels, options_.seed);
    if (!part) return;
    const EncodedViews judged =
        input_.judged.value_or(EncodedViews{input_.encoders, input_.transform});
    const Features train =
        features(judged.encoders, judged.transform, part, "features of the training samples");
    const Features held_out = judged.transform == input_.transform
                                  ? contrasted
                                  : features(judged.encoders, judged.transform, held_out_part,
                                             "features of the held-out samples as they are");
    if (!is_first()) return;
    // What a probe was never told of says nothing of the features.
    const at::Tensor learned =
        at::zeros({classes}, at::kBool)
            .index_fill(0, train.labels.index_select(0, labelled(train.labels)), 1);
    if (learned.sum().item<std::int64_t>() < 2) return;
    const auto known = [&](const at::Tensor& rows) {
      const at::Tensor own = held_out.labels.index_select(0, rows);
      return rows.masked_select(learned.index_select(0, own));
    };
    const at::Tensor all = labelled_rows(held_out, {});
    result_.unknown_labels = all.size(0) - known(all).size(0);
    result_.classes = classes;
    result_.training_labels = train.labels.size(0);
    const auto add = [&](const std::string& view, std::initializer_list<std::size_t> views,
                         const at::Tensor& fitted, const at::Tensor& asked) {
      const at::Tensor own = labelled_rows(train, views);
      const at::Tensor rows = known(labelled_rows(held_out, views));
      if (own.size(0) == 0 || rows.size(0) < 2) return;  // hardly a sample has the view
      report(fmt::format("what {} holds of the labels", view), 0);
      LinearProbeOptions probe_options;
      probe_options.seed = options_.seed;
      const at::Tensor labels = held_out.labels.index_select(0, rows);
      const at::Tensor logits =
          fit_linear_probe(fitted.index_select(0, own), train.labels.index_select(0, own), classes,
                           probe_options)
              .logits(asked.index_select(0, rows));
      result_.labels.push_back({view, rows.size(0), own.size(0),
                                information::label_information(logits, labels),
                                logits.argmax(1).eq(labels).to(at::kDouble).mean().item<double>()});
    };
    const std::vector<data::ViewShape>& views = judged.transform->views();
    for (std::size_t v = 0; v < views.size(); ++v)
      add(views[v].name, {v}, train.representations[v], held_out.representations[v]);
    if (views.size() > 1) add("all", {}, train.all(train.means()), held_out.all(train.means()));
  }

  const InformationInput& input_;
  const InformationOptions& options_;
  std::vector<std::string> names_;
  InformationMeasurement result_;
};

}  // namespace

InformationMeasurement measure_information(const InformationInput& input,
                                           const InformationOptions& options) {
  check(input.held_out && input.transform, "information is measured on held-out samples");
  check(input.held_out->size() > 0,
        "the run holds nothing out, and information is measured on held-out samples: train it with "
        "data.held_out above 0, or on data that has a test part");
  check(input.encoders.size() >= 2, "{} views: information is shared by two or more",
        input.encoders.size());
  check(options.samples >= least_samples, "samples = {}: a bound needs at least {}",
        options.samples, least_samples);
  InformationMeasurement measurement = Measurer(input, options).run();
  if (!distributed::is_first(options.group)) return measurement;
  measurement.findings = findings(measurement);
  return measurement;
}

std::string temperatures(const InformationMeasurement& measured) {
  std::string text = fmt::format("{:.3g}", measured.temperature);
  const std::vector<PairInformation>& pairs = measured.pairs;
  for (std::size_t i = 0; i < pairs.size(); i += 2)  // both directions in succession
    if (pairs[i].temperature != measured.temperature)
      text +=
          fmt::format(", of {} and {} {:.3g}", pairs[i].from, pairs[i].to, pairs[i].temperature);
  return text;
}

}  // namespace cmc::evaluation
