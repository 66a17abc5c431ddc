#include "cmc/evaluation/zero_shot.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/error.h"
#include "cmc/information/share_interval.h"

namespace cmc::evaluation {
namespace {

// With fewer classes, five guesses find most of them.
constexpr std::int64_t few_classes = 10;
constexpr std::int64_t rows_at_once = 1024;

at::Tensor unit_rows(const at::Tensor& x) {
  const at::Tensor rows = x.to(at::kFloat);
  return rows / rows.norm(2, 1, true).clamp_min(1e-12);
}

std::size_t place_of(const std::string& name, const std::vector<data::ViewShape>& views) {
  std::vector<std::string> names;
  for (const data::ViewShape& view : views) names.push_back(view.name);
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    throw UsageError(
        fmt::format("the run has no view \"{}\" to judge; it has {}; the nearest is "
                    "\"{}\"",
                    name, fmt::join(names, ", "), nearest_name(name, names)));
  return static_cast<std::size_t>(found - names.begin());
}

std::size_t text_view_of(const std::string& wanted, const std::vector<data::Source>& sources,
                         const std::vector<data::ViewShape>& views) {
  std::vector<std::string> names;
  for (const data::ViewShape& view : views)
    if (sources.at(view.source).kind == data::SourceKind::text) names.push_back(view.name);
  if (names.empty())
    throw UsageError(
        "the run has no view of texts (kind = \"text\"), which zero-shot classification names "
        "classes by");
  if (wanted.empty() && names.size() > 1)
    throw UsageError(
        fmt::format("the run has {} views of texts, {}: --text-view must say which of them reads "
                    "the names of classes",
                    names.size(), fmt::join(names, ", ")));
  const std::size_t found = place_of(wanted.empty() ? names.front() : wanted, views);
  const data::SourceKind kind = sources.at(views[found].source).kind;
  if (kind != data::SourceKind::text)
    throw UsageError(
        fmt::format("the view \"{}\" is of the kind {}; one of the kind text was "
                    "expected: {}",
                    wanted, data::name(kind), fmt::join(names, ", ")));
  return found;
}

}  // namespace

ZeroShotTask zero_shot_task(const ZeroShotOptions& options, const std::vector<std::string>& classes,
                            const std::vector<data::Source>& sources,
                            const std::vector<data::ViewShape>& views) {
  if (classes.empty())
    throw UsageError("zero-shot classification needs data whose labels are classes");
  ZeroShotTask task;
  task.text_view = text_view_of(options.text_view, sources, views);
  if (options.views.empty()) {
    for (std::size_t v = 0; v < views.size(); ++v)
      if (v != task.text_view) task.views.push_back(v);
  }
  for (const std::string& name : options.views) {
    const std::size_t view = place_of(name, views);
    if (std::ranges::count(task.views, view) == 0) task.views.push_back(view);
  }
  if (task.views.empty())
    throw UsageError(fmt::format("the run has no view beside \"{}\", which reads the names",
                                 views[task.text_view].name));
  task.classes = class_texts(classes, options.names, options.templates, options.names_file);
  return task;
}

at::Tensor class_embeddings(const at::Tensor& embeddings, const std::vector<ClassTexts>& classes) {
  const at::NoGradGuard no_grad;
  const at::Tensor texts = unit_rows(embeddings);
  std::vector<at::Tensor> means;
  std::int64_t first = 0;
  for (const ClassTexts& one : classes) {
    const auto count = static_cast<std::int64_t>(one.texts.size());
    means.push_back(texts.narrow(0, first, count).mean(0));
    first += count;
  }
  check(first == texts.size(0), "{} texts' embeddings for {} texts", texts.size(0), first);
  return unit_rows(at::stack(means));
}

ZeroShotRow zero_shot_row(const at::Tensor& embeddings, const at::Tensor& labels,
                          const at::Tensor& classes) {
  const at::NoGradGuard no_grad;
  check(embeddings.dim() == 2 && classes.dim() == 2 && embeddings.size(1) == classes.size(1) &&
            labels.dim() == 1 && labels.size(0) == embeddings.size(0) && labels.size(0) > 0,
        "embeddings [{}] of samples with {} labels and [{}] of classes: they must be [N, D] with N "
        "labels, N > 0, and [C, D]",
        fmt::join(embeddings.sizes(), ", "), labels.numel(), fmt::join(classes.sizes(), ", "));
  const std::int64_t n = labels.size(0), c = classes.size(0);
  const at::Tensor samples = unit_rows(embeddings), columns = unit_rows(classes).t();
  const at::Tensor ranks = at::empty({n}, at::kLong);
  for (std::int64_t i = 0; i < n; i += rows_at_once) {
    const std::int64_t end = std::min(i + rows_at_once, n);
    const at::Tensor cosines = at::mm(samples.slice(0, i, end), columns);
    const at::Tensor own = cosines.gather(1, labels.slice(0, i, end).unsqueeze(1));
    // Ties count against the own class, which is among those that are not further.
    ranks.slice(0, i, end).copy_(cosines.lt(own).logical_not().sum(1));
  }
  const at::Tensor hits = ranks.eq(1).to(at::kDouble);
  const at::Tensor sizes = at::bincount(labels, {}, c).to(at::kDouble),
                   found = at::bincount(labels, hits, c), having = sizes.gt(0);
  const auto hit = static_cast<std::int64_t>(hits.sum().item<double>());
  const information::ShareInterval interval = information::share_interval(hit, n);
  ZeroShotRow row{
      .samples = n,
      .accuracy = static_cast<double>(hit) / static_cast<double>(n),
      .low = interval.low,
      .high = interval.high,
      .balanced = (found.masked_select(having) / sizes.masked_select(having)).mean().item<double>(),
      .largest_class = sizes.max().item<double>() / static_cast<double>(n)};
  if (c > few_classes) row.top_5 = ranks.le(5).to(at::kDouble).mean().item<double>();
  return row;
}

}  // namespace cmc::evaluation
