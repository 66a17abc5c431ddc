#include "cmc/evaluation/evaluate.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "cmc/data/subset.h"
#include "cmc/error.h"
#include "cmc/evaluation/confusion.h"
#include "cmc/evaluation/cross_view.h"
#include "cmc/evaluation/features.h"
#include "cmc/evaluation/folds.h"
#include "cmc/evaluation/retrieval.h"
#include "cmc/evaluation/subsets.h"
#include "cmc/evaluation/unreadable.h"

namespace cmc::evaluation {
namespace {

/// Both parts' features of one kind.
struct Parts {
  Features train, test;
};

/// Only samples with a label.
Features with_labels(Features features, const char* part) {
  const at::Tensor kept = labelled(features.labels);
  check(kept.size(0) > 0, "no sample of the {} part has a label: there is nothing to judge by",
        part);
  if (kept.size(0) == features.labels.size(0)) return features;
  return select(features, kept);
}

class Evaluator {
 public:
  Evaluator(const EvaluateInput& input, const EvaluateOptions& options)
      : input_(input),
        options_(options),
        labelled_(data::labelled_indices(*input.train)),
        train_(std::make_shared<data::Subset>(input.train, labelled_)),
        cross_validated_(input.test->size() == 0) {
    for (const data::ViewShape& view : input.evaluation_transform->views()) {
      views_.push_back(view.name);
    }
    result_.classes = input.train->classes();
    result_.layer = options.layer;
    result_.cross_validated = cross_validated_;
  }

  Evaluation run() {
    if (result_.classes.empty())
      retrieve_alone();
    else
      judge();
    for (const auto& part : {input_.train, input_.test})
      add_unreadable(result_.unreadable, part->unreadable());
    return std::move(result_);
  }

 private:
  std::int64_t classes() const { return static_cast<std::int64_t>(result_.classes.size()); }

  void judge() {
    for (const std::string& kind : options_.features) {
      // Folds would each need a training of their own, and two samples are the least for one.
      if (kind == "supervised" && (cross_validated_ || train_->size() < 2)) continue;
      const Parts parts = features(kind);
      result_.train_samples = parts.train.labels.size(0);
      result_.test_samples = parts.test.labels.size(0);
      if (kind == "learned") describe(parts.test);
      cross_validated_ ? add_folds(kind, parts.train) : add_rows(kind, parts);
    }
  }

  /// All that can be told without labels.
  void retrieve_alone() {
    data::Loader samples = loader(cross_validated_ ? input_.train : input_.test);
    std::vector<encoders::Encoder> encoders = input_.encoders;
    const Features features =
        extract_features(encoders, samples, feature_options("learned: features"));
    result_.test_samples = features.labels.size(0);
    result_.train_samples = input_.train->size();
    add_unreadable(result_.unreadable, samples.unreadable());
    add_neighbours(features);
    retrieve(features);
  }

  /// Across the views that were contrasted, which may be more than the judged ones, on the samples
  /// of `judged`.
  void retrieve(const Features& judged) {
    if (!input_.contrasted || input_.contrasted->transform == input_.evaluation_transform) {
      result_.retrieval = retrieve_across_views(judged, views_);
      return;
    }
    const EncodedViews& contrasted = *input_.contrasted;
    data::Loader samples =
        loader(cross_validated_ ? input_.train : input_.test, contrasted.transform);
    std::vector<encoders::Encoder> encoders = contrasted.encoders;
    FeatureOptions options = feature_options("learned: features of augmented views");
    options.layer.clear();  // embeddings alone are asked for
    Features features = extract_features(encoders, samples, options);
    if (classes() > 0) features = with_labels(std::move(features), "judged");
    std::vector<std::string> names;
    for (const data::ViewShape& view : contrasted.transform->views()) names.push_back(view.name);
    result_.retrieval = retrieve_across_views(features, names);
  }

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

  Features of(const std::string& kind, std::span<encoders::Encoder> encoders,
              const std::shared_ptr<const data::Dataset>& part, const char* name) {
    data::Loader samples = loader(part);
    const FeatureOptions options =
        feature_options(fmt::format("{}: features of the {} part", kind, name));
    Features features = kind == "raw" ? raw_features(samples, options)
                                      : extract_features(encoders, samples, options);
    add_unreadable(result_.unreadable, samples.unreadable());
    return with_labels(std::move(features), name);
  }

  Parts of(const std::string& kind, std::vector<encoders::Encoder> encoders) {
    Features train = of(kind, encoders, train_, "training");
    train.indices = at::tensor(labelled_).index_select(0, train.indices);  // in the whole part
    Features test = cross_validated_ ? train : of(kind, encoders, input_.test, "test");
    return {std::move(train), std::move(test)};
  }

  Parts features(const std::string& kind) {
    if (kind == "learned") return of(kind, input_.encoders);
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
    data::Loader samples(train_, input_.evaluation_transform,
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
      return fit_linear_probe(parts.train.all(means).index_select(0, chosen),
                              parts.train.labels.index_select(0, chosen), classes(), options_.probe)
          .accuracy(parts.test.all(means), parts.test.labels);
    };
    return score(calibrated) >= score(plain) ? std::move(calibrated) : std::move(plain);
  }

  std::vector<encoders::Encoder> supervised() const {
    data::Loader samples(train_, input_.training_transform,
                         {.batch_size = std::min(input_.batch_size, train_->size()),
                          .workers = options_.workers,
                          .seed = options_.seed});
    return train_supervised(
        fresh(), samples,
        {.steps = input_.steps,
         .classes = classes(),
         .learning_rate = options_.supervised_learning_rate,
         .device = options_.device,
         .bfloat16 = options_.bfloat16,
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
      if (kind != "learned") continue;
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
      std::vector<double> probe, knn;
      for (const EvaluationRow& row : rows) {
        probe.push_back(row.probe_accuracy);
        knn.push_back(row.knn_accuracy);
      }
      EvaluationRow mean = rows.front();
      mean.folds = static_cast<int>(rows.size());
      std::tie(mean.probe_accuracy, mean.probe_deviation) = mean_and_deviation(probe);
      std::tie(mean.knn_accuracy, mean.knn_deviation) = mean_and_deviation(knn);
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
      const at::Tensor train = v < views ? own.train.representations[v] : own.train.all(means);
      const at::Tensor test = v < views ? own.test.representations[v] : own.test.all(means);
      const std::int64_t all = own.train.labels.size(0);
      if (all == 0 || own.test.labels.size(0) == 0) continue;  // nobody has the view
      std::vector<std::int64_t> counts;
      const std::vector<std::int64_t> every = {0};
      for (std::int64_t count : cross_validated_ ? every : options_.label_counts) {
        if (count == 0) count = all;
        if (count <= all && !std::ranges::count(counts, count)) counts.push_back(count);
      }
      for (std::size_t i = 0; i < counts.size(); ++i) {
        report(fmt::format("{}: probes of {}", kind, view),
               static_cast<double>(i) / static_cast<double>(counts.size()));
        add_row(kind, view, counts[i], train, own.train.labels, test, own.test.labels);
      }
      report(fmt::format("{}: probes of {}", kind, view), 1);
    }
  }

  void add_row(const std::string& kind, const std::string& view, std::int64_t labels,
               const at::Tensor& train, const at::Tensor& train_labels, const at::Tensor& test,
               const at::Tensor& test_labels) {
    EvaluationRow row{.view = view, .features = kind, .labels = labels, .seeds = options_.seeds};
    const bool every = labels == train_labels.size(0);
    std::vector<double> probe, knn;
    for (int s = 0; s < options_.seeds; ++s) {
      const std::uint64_t seed = options_.seed + static_cast<std::uint64_t>(s);
      at::Tensor features = train, own = train_labels;
      if (!every) {
        const at::Tensor chosen = stratified_subset(train_labels, labels, seed);
        features = train.index_select(0, chosen);
        own = train_labels.index_select(0, chosen);
      }
      LinearProbeOptions probe_options = options_.probe;
      probe_options.seed = seed;
      const at::Tensor guess =
          fit_linear_probe(features, own, classes(), probe_options).predict(test);
      probe.push_back(share_right(guess, test_labels));
      if (s == 0 || !every) {
        knn.push_back(
            share_right(knn_predict(features, own, test, classes(), options_.knn), test_labels));
      } else {
        knn.push_back(knn.front());  // nothing in it is random
      }
      const bool last_view = view == "all" || views_.size() == 1;
      if (kind == "learned" && last_view && every && s == 0) {
        result_.confusion = confusion_matrix(test_labels, guess, classes());
      }
    }
    std::tie(row.probe_accuracy, row.probe_deviation) = mean_and_deviation(probe);
    std::tie(row.knn_accuracy, row.knn_deviation) = mean_and_deviation(knn);
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

  /// What is shown of the learned embeddings of the part that is judged: map, neighbours.
  void describe(const Features& test) {
    add_neighbours(test);
    retrieve(test);
    const std::int64_t n = std::min(options_.map_samples, result_.test_samples);
    if (n < 4) return;
    report("map", 0);
    const at::Tensor chosen = stratified_subset(test.labels, n, options_.seed);
    std::vector<at::Tensor> unit;
    for (const at::Tensor& embedding : test.embeddings) {
      const at::Tensor rows = embedding.index_select(0, chosen);
      unit.push_back(rows / rows.norm(2, 1, true).clamp_min(1e-12));
    }
    const at::Tensor map = tsne(at::cat(unit, 1), options_.map).to(at::kDouble);
    result_.map = {to_vector<std::int64_t>(test.indices.index_select(0, chosen)),
                   to_vector<std::int64_t>(test.labels.index_select(0, chosen)),
                   to_vector<double>(map.select(1, 0)),
                   to_vector<double>(map.select(1, 1)),
                   views_.size() > 1 ? "all" : views_[0],
                   "t-SNE"};
    report("map", 1);
  }

  void add_neighbours(const Features& every) {
    if (views_.size() < 2) return;
    Features test = every;
    if (test.present.defined()) test = select(every, every.present.all(1).nonzero().squeeze(1));
    const std::int64_t n = std::min(options_.neighbour_queries, test.labels.size(0));
    if (n == 0) return;
    const at::Tensor chosen = classes() == 0 ? evenly_spaced(test.labels.size(0), n)
                                             : stratified_subset(test.labels, n, options_.seed);
    const std::vector<std::int64_t> queries =
        to_vector<std::int64_t>(test.indices.index_select(0, chosen));
    for (std::size_t from = 0; from < views_.size(); ++from) {
      const std::size_t to = (from + 1) % views_.size();
      const at::Tensor found = nearest_neighbours(test.embeddings[from].index_select(0, chosen),
                                                  test.embeddings[to], options_.neighbours_found)
                                   .indices;
      for (std::int64_t i = 0; i < n; ++i) {
        result_.neighbours.push_back(
            {queries[i], views_[from], views_[to],
             to_vector<std::int64_t>(test.indices.index_select(0, found[i]))});
      }
    }
  }

  template <class T>
  static std::vector<T> to_vector(const at::Tensor& x) {
    const at::Tensor flat = x.contiguous();
    return {flat.data_ptr<T>(), flat.data_ptr<T>() + flat.numel()};
  }

  const EvaluateInput& input_;
  const EvaluateOptions& options_;
  std::vector<std::int64_t> labelled_;          // of the training part
  std::shared_ptr<const data::Dataset> train_;  // its labelled samples
  bool cross_validated_;
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
