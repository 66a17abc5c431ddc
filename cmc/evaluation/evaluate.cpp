#include "cmc/evaluation/evaluate.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "cmc/data/label_text.h"
#include "cmc/data/subset.h"
#include "cmc/error.h"
#include "cmc/evaluation/confusion.h"
#include "cmc/evaluation/cross_view.h"
#include "cmc/evaluation/features.h"
#include "cmc/evaluation/folds.h"
#include "cmc/evaluation/retrieval.h"
#include "cmc/evaluation/ridge_regression.h"
#include "cmc/evaluation/subsets.h"
#include "cmc/evaluation/unreadable.h"

namespace cmc::evaluation {
namespace {

/// Both parts' features of one kind.
struct Parts {
  Features train, test;
};

/// Only samples with a label.
Features with_labels(Features features) {
  const at::Tensor kept = labelled(features.labels);
  if (kept.size(0) == features.labels.size(0)) return features;
  return select(features, kept);
}

/// Numbers are dealt into so many parts of equal size by their order, which stand for classes where
/// labels are drawn or dealt out.
constexpr std::int64_t strata = 5;

std::vector<std::int64_t> labels_of(const data::Dataset& dataset) {
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < dataset.size(); ++i) labels.push_back(dataset.label(i));
  return labels;
}

at::Tensor targets_of(const data::Dataset& dataset) {
  at::Tensor targets = at::empty({dataset.size()}, at::kDouble);
  for (std::int64_t i = 0; i < dataset.size(); ++i)
    targets.data_ptr<double>()[i] = dataset.target(i);
  return targets;
}

class Evaluator {
 public:
  Evaluator(const EvaluateInput& input, const EvaluateOptions& options)
      : input_(input),
        options_(options),
        numbers_(input.train->has_targets()),
        cross_validated_(input.test->size() == 0),
        train_(labelled_part(input.train)),
        test_(labelled_part(input.test)) {
    for (const data::ViewShape& view : input.evaluation_transform->views()) {
      views_.push_back(view.name);
    }
    result_.classes = input.train->classes();
    result_.layer = options.layer;
    result_.cross_validated = cross_validated_;
    result_.numbers = numbers_;
    result_.precision = options.bfloat16 ? "bf16" : "fp32";
  }

  Evaluation run() {
    if (std::string why = why_no_probe(); !why.empty()) {
      result_.notes.push_back(std::move(why));
      retrieve_alone();
    } else {
      judge();
    }
    for (const auto& part : {input_.train, input_.test})
      add_unreadable(result_.unreadable, part->unreadable());
    return std::move(result_);
  }

 private:
  /// The samples with a label, and where they stand in the whole part.
  struct Labelled {
    std::vector<std::int64_t> indices;
    std::shared_ptr<const data::Dataset> samples;
  };

  static Labelled labelled_part(const std::shared_ptr<const data::Dataset>& part) {
    std::vector<std::int64_t> indices = data::labelled_indices(*part);
    auto samples = std::make_shared<data::Subset>(part, indices);
    return {std::move(indices), std::move(samples)};
  }

  std::int64_t classes() const { return static_cast<std::int64_t>(result_.classes.size()); }

  /// Why labels cannot be predicted from the features; empty where they can.
  std::string why_no_probe() const {
    const std::int64_t train = train_.samples->size(), test = test_.samples->size();
    if (train == 0 && test == 0)
      return "No sample has a label: there is no probe, and views are evaluated by retrieval "
             "alone.";
    if (train == 0)
      return fmt::format(
          "No training sample has a label, {} test samples have one: there is no probe, which is "
          "fitted to training labels.",
          test);
    if (!cross_validated_ && test == 0)
      return fmt::format(
          "No test sample has a label, {} training samples have one: there is no probe, which is "
          "evaluated on test labels.",
          train);
    if (numbers_) {
      const at::Tensor targets = targets_of(*train_.samples);
      if (targets.eq(targets[0]).all().item<bool>()) return one_label();
    } else {
      const std::vector<std::int64_t> labels = labels_of(*train_.samples);
      if (std::ranges::count(labels, labels.front()) == train) return one_label();
    }
    if (!cross_validated_) return "";
    const std::string group = train_.samples->group(0);
    for (std::int64_t i = 1; i < train; ++i)
      if (train_.samples->group(i) != group) return "";
    return fmt::format(
        "All {} samples with a label are of one group, \"{}\": there is no probe, which is "
        "evaluated on groups that it was not fitted to.",
        train, group);
  }

  std::string one_label() const {
    return fmt::format(
        "Every label of the training part is \"{}\": there is no probe, since there is nothing to "
        "predict.",
        data::label_text(*train_.samples, 0));
  }

  /// Says which samples are of classes that no probe has met.
  void note_unknown_classes(std::int64_t samples, const std::vector<std::int64_t>& unknown) {
    if (unknown.empty()) return;
    std::vector<std::string> names;
    for (const std::int64_t c : unknown) {
      const std::string& name = result_.classes.at(static_cast<std::size_t>(c));
      if (!std::ranges::count(names, name)) names.push_back(name);
    }
    constexpr std::size_t most_names = 5;
    const std::size_t more = names.size() - std::min(names.size(), most_names);
    names.resize(names.size() - more);
    result_.notes.push_back(fmt::format(
        "{} of {} samples are of classes without a training label ({}{}): they count as errors.",
        unknown.size(), samples, fmt::join(names, ", "),
        more == 0 ? "" : fmt::format(" and {} more", more)));
  }

  /// Of the judged labels those that are not among the labels to learn from.
  static std::vector<std::int64_t> unknown_labels(const at::Tensor& learned,
                                                  const at::Tensor& judged) {
    std::vector<std::int64_t> known = to_vector<std::int64_t>(learned), unknown;
    std::ranges::sort(known);
    for (const std::int64_t label : to_vector<std::int64_t>(judged))
      if (!std::ranges::binary_search(known, label)) unknown.push_back(label);
    return unknown;
  }

  void judge() {
    bool first = true;
    for (const std::string& kind : options_.features) {
      // Folds would each need a training of their own, and two samples are the least for one.
      if (kind == "supervised" && (cross_validated_ || train_.samples->size() < 2)) continue;
      if ((kind == "supervised" || kind == "untrained") && !input_.make_fresh) continue;
      const Parts parts = features(kind);
      result_.train_samples = parts.train.labels.size(0);
      result_.test_samples = parts.test.labels.size(0);
      if (std::exchange(first, false) && !numbers_) note_unknown_classes(parts);
      cross_validated_ ? add_folds(kind, parts.train) : add_rows(kind, parts);
    }
  }

  void note_unknown_classes(const Parts& parts) {
    if (!cross_validated_) {
      note_unknown_classes(parts.test.labels.size(0),
                           unknown_labels(parts.train.labels, parts.test.labels));
      return;
    }
    const at::Tensor folds = folds_of(parts.train);
    std::vector<std::int64_t> unknown;
    for (std::int64_t fold = 0; fold <= folds.max().item<std::int64_t>(); ++fold) {
      const at::Tensor inside = folds.eq(fold);
      for (const std::int64_t label :
           unknown_labels(parts.train.labels.masked_select(inside.logical_not()),
                          parts.train.labels.masked_select(inside)))
        unknown.push_back(label);
    }
    note_unknown_classes(folds.size(0), unknown);
  }

  /// Across the views that were contrasted, which may be more than the judged ones, on the samples
  /// of `judged`.
  void retrieve(const Features& judged) {
    if (!input_.contrasted || input_.contrasted->transform == input_.evaluation_transform) {
      result_.retrieval = retrieve_across_views(judged, views_);
      return;
    }
    const EncodedViews& contrasted = *input_.contrasted;
    data::Loader samples = loader(judged_part(), contrasted.transform);
    std::vector<encoders::Encoder> encoders = contrasted.encoders;
    FeatureOptions options = feature_options("learned: features of augmented views");
    options.layer.clear();  // embeddings alone are asked for
    Features features = extract_features(encoders, samples, options);
    if (numbers_) features.labels = at::full_like(features.labels, data::no_label);
    std::vector<std::string> names;
    for (const data::ViewShape& view : contrasted.transform->views()) names.push_back(view.name);
    result_.retrieval = retrieve_across_views(features, names);
  }

  /// All that is measured without a probe.
  void retrieve_alone() {
    const Features judged = of("learned", input_.encoders, judged_part(), judged_name());
    result_.test_samples = judged.labels.size(0);
    result_.train_samples = input_.train->size();
    describe(judged);
  }

  /// The part that is judged, with the samples that have no label.
  const std::shared_ptr<const data::Dataset>& judged_part() const {
    return cross_validated_ ? input_.train : input_.test;
  }
  const char* judged_name() const { return cross_validated_ ? "training" : "test"; }

  void report(const std::string& what, double share) const {
    if (options_.progress) options_.progress(what, share);
  }

  data::Loader loader(const std::shared_ptr<const data::Dataset>& part) const {
    return loader(part, input_.evaluation_transform);
  }

  data::Loader loader(const std::shared_ptr<const data::Dataset>& part,
                      const std::shared_ptr<const data::Transform>& transform) const {
    return data::Loader(part, transform,
                        {.batch_size = input_.batch_size,
                         .shuffle = false,
                         .drop_last = false,
                         .workers = options_.workers,
                         .seed = options_.seed});
  }

  FeatureOptions feature_options(const std::string& what) const {
    return {.device = options_.device,
            .bfloat16 = options_.bfloat16,
            .layer = options_.layer,
            .progress = [this, what](double share) { report(what, share); }};
  }

  Features of(const std::string& kind, std::vector<encoders::Encoder> encoders,
              const std::shared_ptr<const data::Dataset>& part, const char* name) {
    data::Loader samples = loader(part);
    const FeatureOptions options =
        feature_options(fmt::format("{}: features of the {} part", kind, name));
    Features features = kind == "raw" ? raw_features(samples, options)
                                      : extract_features(encoders, samples, options);
    add_unreadable(result_.unreadable, samples.unreadable());
    if (numbers_) add_targets(features, *part);
    return features;
  }

  /// The numbers that label these samples of `part`, and the strata that they fall into.
  void add_targets(Features& features, const data::Dataset& part) {
    features.targets = targets_of(part).index_select(0, features.indices);
    if (!cuts_.defined() && train_.samples->size() > 0) {
      const at::Tensor sorted = std::get<0>(targets_of(*train_.samples).sort());
      cuts_ = sorted.index_select(
          0, (at::arange(1, strata, at::kLong) * sorted.size(0)).div(strata, "floor"));
    }
    const at::Tensor known = features.targets.isnan().logical_not();
    features.labels =
        at::where(known,
                  cuts_.defined() ? at::bucketize(features.targets.nan_to_num(), cuts_, false, true)
                                  : at::zeros_like(features.labels),
                  at::full_like(features.labels, data::no_label));
  }

  /// Only those with a label, whose indices are in the whole part.
  Features of(const std::string& kind, const std::vector<encoders::Encoder>& encoders,
              const Labelled& part, const char* name) {
    Features features = of(kind, encoders, part.samples, name);
    features.indices = at::tensor(part.indices).index_select(0, features.indices);
    return features;
  }

  Parts of(const std::string& kind, const std::vector<encoders::Encoder>& encoders) {
    Features train = of(kind, encoders, train_, "training");
    Features test = cross_validated_ ? train : of(kind, encoders, test_, "test");
    return {std::move(train), std::move(test)};
  }

  /// Retrieval, neighbours and map are of every judged sample, probes of those with a label.
  Parts learned() {
    Features judged = of("learned", input_.encoders, judged_part(), judged_name());
    describe(judged);
    Features test = with_labels(std::move(judged));
    if (cross_validated_) return {test, test};
    return {of("learned", input_.encoders, train_, "training"), std::move(test)};
  }

  Parts features(const std::string& kind) {
    if (kind == "learned") return learned();
    if (kind == "raw") return of(kind, std::vector<encoders::Encoder>{});
    if (kind == "untrained") return untrained();
    check(kind == "supervised",
          "features = \"{}\": each must be learned, raw, untrained or supervised", kind);
    return of(kind, supervised());
  }

  std::vector<encoders::Encoder> fresh() const {
    std::vector<encoders::Encoder> encoders = input_.make_fresh();
    for (encoders::Encoder& encoder : encoders) encoder->to(options_.device);
    return encoders;
  }

  /// The better of the two for the baseline, as it would be at most fair to it.
  Parts untrained() {
    std::vector<encoders::Encoder> encoders = fresh();
    Parts plain = of("untrained", encoders);
    data::Loader samples(train_.samples, input_.evaluation_transform,
                         {.batch_size = input_.batch_size,
                          .drop_last = false,
                          .workers = options_.workers,
                          .seed = options_.seed});
    calibrate_batch_norms(encoders, samples, 20,
                          {.device = options_.device, .bfloat16 = options_.bfloat16});
    Parts calibrated = of("untrained", encoders);
    const auto score = [&](const Parts& both) {
      const Parts parts = cross_validated_ ? fold_of(both.train, folds_of(both.train), 0) : both;
      const std::int64_t n = std::min<std::int64_t>(6000, parts.train.labels.size(0));
      const at::Tensor chosen = stratified_subset(parts.train.labels, n, options_.seed);
      const std::vector<at::Tensor> means = parts.train.means();
      const at::Tensor fitted = parts.train.all(means).index_select(0, chosen);
      if (numbers_)
        return r_squared(fit_ridge_regression(fitted, parts.train.targets.index_select(0, chosen),
                                              options_.ridge)
                             .predict(parts.test.all(means)),
                         parts.test.targets);
      return fit_linear_probe(fitted, parts.train.labels.index_select(0, chosen), classes(),
                              options_.probe)
          .accuracy(parts.test.all(means), parts.test.labels);
    };
    return score(plain) > score(calibrated) ? std::move(plain) : std::move(calibrated);
  }

  std::vector<encoders::Encoder> supervised() const {
    data::Loader samples(train_.samples, input_.training_transform,
                         {.batch_size = std::min(input_.batch_size, train_.samples->size()),
                          .workers = options_.workers,
                          .seed = options_.seed});
    return train_supervised(
        fresh(), samples,
        {.steps = input_.steps,
         .classes = classes(),
         .targets = numbers_ ? targets_of(*train_.samples) : at::Tensor(),
         .learning_rate = options_.supervised_learning_rate,
         .device = options_.device,
         .bfloat16 = input_.trained_in_bfloat16,
         .progress = [this](double share, double) { report("supervised: training", share); }});
  }

  /// The samples that have view v.
  static Parts having(const Parts& parts, std::size_t v) {
    const auto chosen = [&](const Features& features) {
      if (!features.present.defined()) return features;
      return select(features, rows_having(features, {v}));
    };
    return {chosen(parts.train), chosen(parts.test)};
  }

  at::Tensor folds_of(const Features& features) const {
    std::vector<std::string> groups;
    for (const std::int64_t i : to_vector<std::int64_t>(features.indices))
      groups.push_back(input_.train->group(i));
    return deal_folds(features.labels, groups, options_.folds, options_.seed);
  }

  /// One fold to judge by, the others to fit on.
  static Parts fold_of(const Features& features, const at::Tensor& folds, std::int64_t fold) {
    return {select(features, folds.ne(fold).nonzero().squeeze(1)),
            select(features, folds.eq(fold).nonzero().squeeze(1))};
  }

  void add_folds(const std::string& kind, const Features& features) {
    const at::Tensor folds = folds_of(features);
    const std::int64_t last = folds.max().item<std::int64_t>();
    std::vector<EvaluationRow> before = std::move(result_.rows);
    std::map<std::string, std::vector<EvaluationRow>> found;
    std::vector<std::string> order;
    std::vector<std::vector<std::int64_t>> confusion;
    for (std::int64_t fold = 0; fold <= last; ++fold) {
      result_.rows.clear();
      add_rows(kind, fold_of(features, folds, fold));
      for (const EvaluationRow& row : result_.rows) {
        if (found[row.view].empty()) order.push_back(row.view);
        found[row.view].push_back(row);
      }
      if (kind != "learned" || result_.confusion.empty()) continue;
      if (confusion.empty()) {
        confusion = result_.confusion;
        continue;
      }
      for (std::size_t c = 0; c < confusion.size(); ++c)
        for (std::size_t p = 0; p < confusion.size(); ++p)
          confusion[c][p] += result_.confusion[c][p];
    }
    if (kind == "learned") result_.confusion = std::move(confusion);
    result_.rows = std::move(before);
    for (const std::string& view : order) {
      const std::vector<EvaluationRow>& rows = found[view];
      EvaluationRow mean = rows.front();
      mean.folds = static_cast<int>(rows.size());
      const auto over = [&](double EvaluationRow::*value, double EvaluationRow::*deviation) {
        std::vector<double> values;
        for (const EvaluationRow& row : rows) values.push_back(row.*value);
        std::tie(mean.*value, mean.*deviation) = mean_and_deviation(values);
      };
      over(&EvaluationRow::probe_accuracy, &EvaluationRow::probe_deviation);
      over(&EvaluationRow::knn_accuracy, &EvaluationRow::knn_deviation);
      over(&EvaluationRow::r2, &EvaluationRow::r2_deviation);
      over(&EvaluationRow::mae, &EvaluationRow::mae_deviation);
      result_.rows.push_back(mean);
    }
  }

  void add_rows(const std::string& kind, const Parts& parts) {
    const std::size_t views = parts.train.representations.size();
    const std::vector<at::Tensor> means = parts.train.means();
    for (std::size_t v = 0; v <= views; ++v) {
      if (v == views && views == 1) break;  // one view is all views
      const std::string view = v < views ? views_[v] : "all";
      const Parts own = v < views ? having(parts, v) : parts;
      const Told train = {v < views ? own.train.representations[v] : own.train.all(means),
                          own.train.labels, own.train.targets};
      const Told test = {v < views ? own.test.representations[v] : own.test.all(means),
                         own.test.labels, own.test.targets};
      const std::int64_t all = train.labels.size(0);
      const std::int64_t least = numbers_ ? 2 : 1;
      if (all < least || test.labels.size(0) == 0) continue;  // nobody has the view
      std::vector<std::int64_t> counts;
      const std::vector<std::int64_t> every = {0};
      for (std::int64_t count : cross_validated_ ? every : options_.label_counts) {
        if (count == 0) count = all;
        if (count >= least && count <= all && !std::ranges::count(counts, count))
          counts.push_back(count);
      }
      for (std::size_t i = 0; i < counts.size(); ++i) {
        report(fmt::format("{}: probes of {}", kind, view),
               static_cast<double>(i) / static_cast<double>(counts.size()));
        if (numbers_)
          add_number_row(kind, view, counts[i], train, test);
        else
          add_row(kind, view, counts[i], train, test);
      }
      report(fmt::format("{}: probes of {}", kind, view), 1);
    }
  }

  /// Features and the labels to be predicted from them.
  struct Told {
    at::Tensor features;  // [N, F]
    at::Tensor labels;    // int64 [N]
    at::Tensor targets;   // float64 [N], where labels are numbers
  };

  /// `count` of them, of all classes or strata alike.
  static Told drawn(const Told& all, std::int64_t count, std::uint64_t seed) {
    if (count == all.labels.size(0)) return all;
    const at::Tensor chosen = stratified_subset(all.labels, count, seed);
    return {all.features.index_select(0, chosen), all.labels.index_select(0, chosen),
            all.targets.defined() ? all.targets.index_select(0, chosen) : at::Tensor()};
  }

  void add_row(const std::string& kind, const std::string& view, std::int64_t labels,
               const Told& train, const Told& test) {
    EvaluationRow row{.view = view, .features = kind, .labels = labels, .seeds = options_.seeds};
    const bool every = labels == train.labels.size(0);
    std::vector<double> probe, knn;
    for (int s = 0; s < options_.seeds; ++s) {
      const std::uint64_t seed = options_.seed + static_cast<std::uint64_t>(s);
      const Told own = drawn(train, labels, seed);
      LinearProbeOptions probe_options = options_.probe;
      probe_options.seed = seed;
      const at::Tensor guess = fit_linear_probe(own.features, own.labels, classes(), probe_options)
                                   .predict(test.features);
      probe.push_back(share_right(guess, test.labels));
      if (s == 0 || !every) {
        knn.push_back(share_right(
            knn_predict(own.features, own.labels, test.features, classes(), options_.knn),
            test.labels));
      } else {
        knn.push_back(knn.front());  // nothing in it is random
      }
      const bool last_view = view == "all" || views_.size() == 1;
      if (kind == "learned" && last_view && every && s == 0) {
        result_.confusion = confusion_matrix(test.labels, guess, classes());
      }
    }
    std::tie(row.probe_accuracy, row.probe_deviation) = mean_and_deviation(probe);
    std::tie(row.knn_accuracy, row.knn_deviation) = mean_and_deviation(knn);
    result_.rows.push_back(row);
  }

  void add_number_row(const std::string& kind, const std::string& view, std::int64_t labels,
                      const Told& train, const Told& test) {
    EvaluationRow row{.view = view, .features = kind, .labels = labels, .seeds = options_.seeds};
    std::vector<double> r2, mae;
    for (int s = 0; s < options_.seeds; ++s) {
      const Told own = drawn(train, labels, options_.seed + static_cast<std::uint64_t>(s));
      const at::Tensor guess =
          fit_ridge_regression(own.features, own.targets, options_.ridge).predict(test.features);
      r2.push_back(r_squared(guess, test.targets));
      mae.push_back(mean_absolute_error(guess, test.targets));
    }
    std::tie(row.r2, row.r2_deviation) = mean_and_deviation(r2);
    std::tie(row.mae, row.mae_deviation) = mean_and_deviation(mae);
    result_.rows.push_back(row);
  }

  static double share_right(const at::Tensor& guess, const at::Tensor& labels) {
    return guess.eq(labels).to(at::kDouble).mean().item<double>();
  }

  static std::pair<double, double> mean_and_deviation(const std::vector<double>& values) {
    const double n = static_cast<double>(values.size());
    double mean = 0, square = 0;
    for (const double value : values) mean += value / n;
    for (const double value : values) square += (value - mean) * (value - mean);
    return {mean, n > 1 ? std::sqrt(square / (n - 1)) : 0.0};
  }

  /// What is shown of the learned embeddings of the part that is judged: retrieval, neighbours,
  /// map.
  void describe(const Features& judged) {
    add_neighbours(judged);
    Features classed = judged;
    if (numbers_) classed.labels = at::full_like(judged.labels, data::no_label);
    retrieve(classed);
    add_map(classed);
  }

  /// Of samples with a class, whose colour is their place's meaning.
  void add_map(const Features& judged) {
    const std::int64_t n = std::min(options_.map_samples, labelled(judged.labels).size(0));
    if (n < 4) return;
    report("map", 0);
    const at::Tensor chosen = stratified_subset(judged.labels, n, options_.seed);
    std::vector<at::Tensor> unit;
    for (const at::Tensor& embedding : judged.embeddings) {
      const at::Tensor rows = embedding.index_select(0, chosen);
      unit.push_back(rows / rows.norm(2, 1, true).clamp_min(1e-12));
    }
    const at::Tensor map = tsne(at::cat(unit, 1), options_.map).to(at::kDouble);
    result_.map = {rows_of(judged.indices.index_select(0, chosen)),
                   to_vector<std::int64_t>(judged.labels.index_select(0, chosen)),
                   to_vector<double>(map.select(1, 0)),
                   to_vector<double>(map.select(1, 1)),
                   views_.size() > 1 ? "all" : views_[0],
                   "t-SNE"};
    report("map", 1);
  }

  void add_neighbours(const Features& every) {
    if (views_.size() < 2) return;
    Features having = every;
    if (every.present.defined()) having = select(every, every.present.all(1).nonzero().squeeze(1));
    const std::int64_t with_label = labelled(having.labels).size(0);
    const std::int64_t n =
        std::min(options_.neighbour_queries, with_label > 0 ? with_label : having.labels.size(0));
    if (n == 0) return;
    const at::Tensor chosen = with_label > 0 ? stratified_subset(having.labels, n, options_.seed)
                                             : evenly_spaced(having.labels.size(0), n);
    std::map<std::int64_t, std::int64_t> shown;  // by row: the index
    const auto rows = [&](const at::Tensor& indices) {
      for (const std::int64_t i : to_vector<std::int64_t>(indices))
        shown[judged_part()->row(i)] = i;
      return rows_of(indices);
    };
    const std::vector<std::int64_t> queries = rows(having.indices.index_select(0, chosen));
    for (std::size_t from = 0; from < views_.size(); ++from) {
      const std::size_t to = (from + 1) % views_.size();
      const at::Tensor found = nearest_neighbours(having.embeddings[from].index_select(0, chosen),
                                                  having.embeddings[to], options_.neighbours_found)
                                   .indices;
      for (std::int64_t i = 0; i < n; ++i) {
        result_.neighbours.push_back(
            {queries[i], views_[from], views_[to], rows(having.indices.index_select(0, found[i]))});
      }
    }
    for (const auto& [row, index] : shown)
      result_.shown.push_back(
          {row, judged_part()->name(index), data::label_text(*judged_part(), index)});
  }

  std::vector<std::int64_t> rows_of(const at::Tensor& indices) const {
    std::vector<std::int64_t> rows;
    for (const std::int64_t i : to_vector<std::int64_t>(indices))
      rows.push_back(judged_part()->row(i));
    return rows;
  }

  template <class T>
  static std::vector<T> to_vector(const at::Tensor& x) {
    const at::Tensor flat = x.contiguous();
    return {flat.data_ptr<T>(), flat.data_ptr<T>() + flat.numel()};
  }

  const EvaluateInput& input_;
  const EvaluateOptions& options_;
  bool numbers_;
  bool cross_validated_;
  Labelled train_, test_;
  at::Tensor cuts_;  // between the strata
  std::vector<std::string> views_;
  Evaluation result_;
};

}  // namespace

Evaluation evaluate(const EvaluateInput& input, const EvaluateOptions& options) {
  check(input.train && input.test && input.evaluation_transform, "an evaluation needs both parts");
  check(options.folds > 1, "folds = {}: it must be at least 2", options.folds);
  check(options.seeds > 0, "seeds = {}: it must be at least 1", options.seeds);
  check(std::ranges::all_of(options.label_counts, [](auto n) { return n >= 0; }),
        "label_counts = {}: each must be positive, or 0 for all", options.label_counts);
  if (!options.layer.empty()) check_layer(input.encoders, options.layer);
  return Evaluator(input, options).run();
}

}  // namespace cmc::evaluation
