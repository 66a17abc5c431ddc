#include "cmc/advice/judge.h"

#include <algorithm>
#include <set>

#include "cmc/data/loader.h"
#include "cmc/evaluation/information_curve.h"
#include "cmc/evaluation/linear_probe.h"
#include "cmc/information/geometry.h"

namespace cmc::advice {
namespace {

using evaluation::Features;
using nlohmann::json;

evaluation::Features features(std::vector<encoders::Encoder>& encoders,
                              const std::shared_ptr<const data::Dataset>& part,
                              const std::shared_ptr<const data::Transform>& transform) {
  data::Loader loader(part, transform,
                      {.batch_size = std::min<std::int64_t>(500, part->size()),
                       .shuffle = false,
                       .drop_last = false});
  return evaluation::extract_features(encoders, loader,
                                      {.device = encoders[0]->parameters()[0].device()});
}

/// Rows whose label is known, and that have the view (−1: any).
at::Tensor probed_rows(const Features& features, std::int64_t view) {
  at::Tensor rows = features.labels >= 0;
  if (view >= 0 && features.present.defined())
    rows = rows.logical_and(features.present.select(1, view));
  return rows.nonzero().squeeze(1);
}

/// Rows that have both views.
at::Tensor shared_rows(const Features& features, const contrast::ViewPair& pair) {
  if (!features.present.defined()) return at::arange(features.labels.size(0));
  return features.present.select(1, pair.anchor)
      .logical_and(features.present.select(1, pair.candidate))
      .nonzero()
      .squeeze(1);
}

double probe_accuracy(const HeldOutFeatures& features, const at::Tensor& fitted,
                      const at::Tensor& asked, std::int64_t view) {
  const at::Tensor fit = probed_rows(features.train, view);
  const at::Tensor ask = probed_rows(features.held_out, view);
  return evaluation::fit_linear_probe(fitted.index_select(0, fit),
                                      features.train.labels.index_select(0, fit), features.classes,
                                      {.penalties = {300, 30, 3}, .small_samples = 0})
      .accuracy(asked.index_select(0, ask), features.held_out.labels.index_select(0, ask));
}

/// Mean cosine of two samples of one class.
double tolerance(const at::Tensor& z, const at::Tensor& labels, std::int64_t classes) {
  const at::Tensor unit = z / z.norm(2, 1, true);
  double sum = 0, pairs = 0;
  for (std::int64_t c = 0; c < classes; ++c) {
    const at::Tensor own = unit.index_select(0, at::nonzero(labels == c).view(-1)).to(at::kDouble);
    const auto n = static_cast<double>(own.size(0));
    sum += own.sum(0).square().sum().item<double>() - n;
    pairs += n * (n - 1);
  }
  return sum / pairs;
}

}  // namespace

HeldOutFeatures judged_features(std::vector<encoders::Encoder>& encoders, const data::Splits& data,
                                const std::shared_ptr<const data::Transform>& transform) {
  HeldOutFeatures result;
  result.views = data::view_names(*transform);
  result.classes = static_cast<std::int64_t>(data.train->classes().size());
  result.train = features(encoders, data.train, transform);
  result.held_out = features(encoders, data.test, transform);
  return result;
}

double probe_all(const HeldOutFeatures& features) {
  return probe_accuracy(features, features.train.all(features.train.means()),
                        features.held_out.all(features.train.means()), -1);
}

double probe_view(const HeldOutFeatures& features, std::size_t view) {
  return probe_accuracy(features, features.train.representations[view],
                        features.held_out.representations[view], static_cast<std::int64_t>(view));
}

json probe(const HeldOutFeatures& features) {
  if (features.classes < 2) return json::object();
  json row;
  for (std::size_t v = 0; v < features.views.size(); ++v)
    row["probe_" + features.views[v]] = probe_view(features, v);
  row["probe_all"] = probe_all(features);
  return row;
}

json shared_information(const HeldOutFeatures& features,
                        const std::vector<contrast::ViewPair>& pairs) {
  double bound = 0, tau = 0, k = 0, alignment = 0;
  std::set<std::pair<std::int64_t, std::int64_t>> measured;
  for (const contrast::ViewPair& pair : pairs) {
    if (!measured.insert(std::minmax(pair.anchor, pair.candidate)).second) continue;
    const at::Tensor fit = shared_rows(features.train, pair);
    const at::Tensor ask = shared_rows(features.held_out, pair);
    const auto of = [](const Features& from, std::int64_t view, const at::Tensor& rows) {
      return from.embeddings[static_cast<std::size_t>(view)].index_select(0, rows);
    };
    const double temperature = evaluation::fit_critic_temperature(
        of(features.train, pair.anchor, fit), of(features.train, pair.candidate, fit));
    const at::Tensor a = of(features.held_out, pair.anchor, ask);
    const at::Tensor b = of(features.held_out, pair.candidate, ask);
    const evaluation::InformationCurves curves = evaluation::information_curves(
        a, b, {.temperature = temperature, .smallest_k = a.size(0) - 1});
    bound += (curves.forward.back().tight_bound + curves.backward.back().tight_bound) / 2;
    tau += temperature;
    k += static_cast<double>(a.size(0) - 1);
    alignment += information::alignment(a, b);
  }
  const auto n = static_cast<double>(measured.size());
  return {{"bound_nats", bound / n},
          {"bound_k", k / n},
          {"critic_temperature", tau / n},
          {"alignment", alignment / n}};
}

json geometry(const HeldOutFeatures& features) {
  const Features& held_out = features.held_out;
  const at::Tensor rows = shared_rows(held_out, {0, 0});
  const at::Tensor z = held_out.embeddings[0].index_select(0, rows);
  json row = {{"uniformity", information::uniformity(z)},
              {"effective_rank", information::effective_rank(z / z.norm(2, 1, true))}};
  if (features.classes > 0)
    row["tolerance"] = tolerance(z, held_out.labels.index_select(0, rows), features.classes);
  return row;
}

json judge(std::vector<encoders::Encoder>& encoders, const runs::Setup& setup) {
  const HeldOutFeatures features = judged_features(encoders, setup.data, setup.evaluate_transform);
  const std::shared_ptr<const data::Transform> measuring = setup.measuring_transform();
  json row = probe(features);
  row.update(shared_information(measuring == setup.evaluate_transform
                                    ? features
                                    : judged_features(encoders, setup.data, measuring)));
  row.update(geometry(features));
  return row;
}

}  // namespace cmc::advice
