#include "cmc/evaluation/probe_rows.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "cmc/evaluation/confusion.h"
#include "cmc/evaluation/side_by_side.h"
#include "cmc/evaluation/subsets.h"

namespace cmc::evaluation {
namespace {

// A fit to more features than these has all threads for itself: it keeps them busy, and several at
// once would hold several copies.
constexpr std::int64_t most_values_on_a_thread = std::int64_t{1} << 24;

/// One view's features and the labels that go with them.
struct Labelled {
  at::Tensor features;  // [N, F]
  at::Tensor labels;    // int64 [N]
  at::Tensor targets;   // float64 [N], where labels are numbers

  std::int64_t size() const { return labels.size(0); }
};

/// The features of view `view` of the samples that have it; those of all views where it is the one
/// behind the last. `means` fill in for views that a sample lacks (Features::all).
Labelled of_view(const Features& features, std::size_t view, const std::vector<at::Tensor>& means) {
  if (view == features.representations.size())
    return {features.all(means), features.labels, features.targets};
  if (!features.present.defined())
    return {features.representations[view], features.labels, features.targets};
  const Features having = select(features, rows_having(features, {view}));
  return {having.representations[view], having.labels, having.targets};
}

/// `count` of them, of all classes or strata alike.
Labelled drawn(const Labelled& all, std::int64_t count, std::uint64_t seed) {
  if (count == all.size()) return all;
  const at::Tensor chosen = stratified_subset(all.labels, count, seed);
  return {all.features.index_select(0, chosen), all.labels.index_select(0, chosen),
          all.targets.defined() ? all.targets.index_select(0, chosen) : at::Tensor()};
}

/// The counts of labels that there are rows for, each once; a count of 0 is all.
std::vector<std::int64_t> counts_up_to(std::int64_t all, std::int64_t least,
                                       const std::vector<std::int64_t>& wanted) {
  std::vector<std::int64_t> counts;
  for (std::int64_t count : wanted) {
    if (count == 0) count = all;
    if (count >= least && count <= all && !std::ranges::count(counts, count))
      counts.push_back(count);
  }
  return counts;
}

double accuracy(const at::Tensor& predicted, const at::Tensor& labels) {
  return predicted.eq(labels).to(at::kDouble).mean().item<double>();
}

std::pair<double, double> mean_and_deviation(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  double mean = 0, square = 0;
  for (const double value : values) mean += value / n;
  for (const double value : values) square += (value - mean) * (value - mean);
  return {mean, n > 1 ? std::sqrt(square / (n - 1)) : 0.0};
}

/// Fills in what a linear probe and k nearest neighbours reach with row.labels labels. Returns what
/// the first seed's probe predicts.
at::Tensor judge_classes(EvaluationRow& row, const Labelled& train, const Labelled& test,
                         std::int64_t classes, const EvaluateOptions& options) {
  std::vector<double> probe, knn;
  at::Tensor first;
  for (int s = 0; s < options.seeds; ++s) {
    LinearProbeOptions probe_options = options.probe;
    probe_options.seed = options.seed + static_cast<std::uint64_t>(s);
    const Labelled own = drawn(train, row.labels, probe_options.seed);
    const at::Tensor predicted =
        fit_linear_probe(own.features, own.labels, classes, probe_options).predict(test.features);
    probe.push_back(accuracy(predicted, test.labels));
    if (s == 0) first = predicted;
    // Nothing in nearest neighbours is random but the labels that are drawn.
    const bool again = s == 0 || row.labels < train.size();
    knn.push_back(
        again ? accuracy(knn_predict(own.features, own.labels, test.features, classes, options.knn),
                         test.labels)
              : knn.front());
  }
  std::tie(row.probe_accuracy, row.probe_deviation) = mean_and_deviation(probe);
  std::tie(row.knn_accuracy, row.knn_deviation) = mean_and_deviation(knn);
  return first;
}

/// Fills in what ridge regression reaches with row.labels labels.
void judge_numbers(EvaluationRow& row, const Labelled& train, const Labelled& test,
                   const EvaluateOptions& options) {
  std::vector<double> r2, mae;
  for (int s = 0; s < options.seeds; ++s) {
    const Labelled own = drawn(train, row.labels, options.seed + static_cast<std::uint64_t>(s));
    const at::Tensor predicted =
        fit_ridge_regression(own.features, own.targets, options.ridge).predict(test.features);
    r2.push_back(r_squared(predicted, test.targets));
    mae.push_back(mean_absolute_error(predicted, test.targets));
  }
  std::tie(row.r2, row.r2_deviation) = mean_and_deviation(r2);
  std::tie(row.mae, row.mae_deviation) = mean_and_deviation(mae);
}

}  // namespace

ProbeRows probe_rows(const ProbeTask& task, const FeatureParts& parts,
                     const EvaluateOptions& options) {
  ProbeRows found;
  const bool numbers = task.classes == 0;
  const std::size_t views = task.views.size(), last = views == 1 ? 0 : views;
  const std::vector<at::Tensor> means = parts.train.means();
  struct Source {
    Labelled train, test;
    bool confused;  // with all labels it gives the confusion matrix
  };
  std::vector<Source> sources;
  struct Work {
    std::size_t row, source;
    std::int64_t values;  // of the features that are fitted
  };
  std::vector<Work> large, small;
  for (std::size_t v = 0; v <= last; ++v) {
    const std::string view = v < views ? task.views[v] : "all";
    const Labelled train = of_view(parts.train, v, means), test = of_view(parts.test, v, means);
    const std::int64_t least = numbers ? 2 : 1;
    if (train.size() < least || test.size() == 0) continue;  // nobody has the view
    for (const std::int64_t count : counts_up_to(train.size(), least, task.label_counts)) {
      const Work work{found.rows.size(), sources.size(), count * train.features.size(1)};
      (work.values > most_values_on_a_thread ? large : small).push_back(work);
      found.rows.push_back(
          {.view = view, .features = task.kind, .labels = count, .seeds = options.seeds});
    }
    sources.push_back({train, test, v == last});
  }
  std::mutex mutex;
  std::size_t done = 0;
  const auto report = [&](const EvaluationRow& row, std::size_t more) {
    const std::lock_guard lock(mutex);
    done += more;
    if (options.progress)
      options.progress(fmt::format("{}: probes of {}", task.kind, row.view),
                       static_cast<double>(done) / static_cast<double>(found.rows.size()));
  };
  const auto fill_in = [&](const Work& work) {
    EvaluationRow& row = found.rows[work.row];
    const Source& source = sources[work.source];
    report(row, 0);
    if (numbers) {
      judge_numbers(row, source.train, source.test, options);
    } else {
      const at::Tensor predicted =
          judge_classes(row, source.train, source.test, task.classes, options);
      if (source.confused && row.labels == source.train.size())
        found.confusion = confusion_matrix(source.test.labels, predicted, task.classes);
    }
    report(row, 1);
  };
  for (const Work& work : large) fill_in(work);
  // The longest first, so that the threads end at about the same time.
  std::ranges::stable_sort(small, std::ranges::greater(), &Work::values);
  side_by_side(static_cast<std::int64_t>(small.size()),
               [&](std::int64_t i) { fill_in(small[static_cast<std::size_t>(i)]); });
  return found;
}

ProbeRows mean_over_folds(const std::vector<ProbeRows>& folds) {
  ProbeRows mean;
  std::map<std::string, std::vector<EvaluationRow>> of_view;
  std::vector<std::string> views;
  for (const ProbeRows& fold : folds) {
    for (const EvaluationRow& row : fold.rows) {
      if (of_view[row.view].empty()) views.push_back(row.view);
      of_view[row.view].push_back(row);
    }
    if (mean.confusion.empty()) {
      mean.confusion = fold.confusion;
      continue;
    }
    for (std::size_t c = 0; c < fold.confusion.size(); ++c)
      for (std::size_t p = 0; p < fold.confusion.size(); ++p)
        mean.confusion[c][p] += fold.confusion[c][p];
  }
  for (const std::string& view : views) {
    const std::vector<EvaluationRow>& rows = of_view[view];
    EvaluationRow row = rows.front();
    row.folds = static_cast<int>(rows.size());
    const auto over = [&](double EvaluationRow::*value, double EvaluationRow::*deviation) {
      std::vector<double> values;
      for (const EvaluationRow& each : rows) values.push_back(each.*value);
      std::tie(row.*value, row.*deviation) = mean_and_deviation(values);
    };
    over(&EvaluationRow::probe_accuracy, &EvaluationRow::probe_deviation);
    over(&EvaluationRow::knn_accuracy, &EvaluationRow::knn_deviation);
    over(&EvaluationRow::r2, &EvaluationRow::r2_deviation);
    over(&EvaluationRow::mae, &EvaluationRow::mae_deviation);
    mean.rows.push_back(row);
  }
  return mean;
}

}  // namespace cmc::evaluation
