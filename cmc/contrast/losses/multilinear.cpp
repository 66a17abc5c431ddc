#include "cmc/contrast/losses/multilinear.h"

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <unordered_map>
#include <utility>

#include "cmc/contrast/losses/tuple_sums.h"
#include "cmc/device.h"
#include "cmc/error.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/kernels/softplus.h"
#include "cmc/random.h"

namespace cmc::contrast {
namespace {

/// No block of scores is larger than one anchor's.
constexpr std::int64_t most_tuples = std::int64_t{1} << 28;

/// Rows of the batch that take part, int64 [A] on the CPU; undefined: all.
at::Tensor rows_of(const MultilinearOptions& options, const at::Tensor& present) {
  if (!present.defined()) return {};
  const at::Tensor had = present.sum(1);
  const at::Tensor part =
      options.missing == MissingViews::left_out ? had == present.size(1) : had >= 2;
  return part.all().item<bool>() ? at::Tensor() : part.nonzero().squeeze(1);
}

at::Tensor chosen(const at::Tensor& of, const at::Tensor& rows) {
  return rows.defined() ? of.index_select(0, sent_to(rows, of.device())) : of;
}

/// The samples that tuples are made of, one of each group of duplicates: so no tuple holds two
/// duplicates, and an anchor's own are known by one place.
struct Pool {
  /// int64 [G]: their places among the anchors.
  at::Tensor places;
  /// int64 [A]: which of them each anchor is, or is a duplicate of.
  at::Tensor own;

  std::int64_t size() const { return places.size(0); }
};

Pool pool_of(const at::Tensor& anchor_groups) {
  const at::Tensor groups = anchor_groups.contiguous();
  const std::int64_t anchors = groups.size(0);
  std::unordered_map<std::int64_t, std::int64_t> known;
  std::vector<std::int64_t> places;
  at::Tensor own = at::empty({anchors}, at::kLong);
  for (std::int64_t i = 0; i < anchors; ++i) {
    const auto [found, is_new] =
        known.emplace(groups.data_ptr<std::int64_t>()[i], static_cast<std::int64_t>(places.size()));
    if (is_new) places.push_back(i);
    own.data_ptr<std::int64_t>()[i] = found->second;
  }
  return {at::tensor(places, at::kLong), own};
}

/// The candidates of anchors in one view, as tuple_sums takes them.
struct Tuples {
  at::Tensor left, right;
  at::Tensor excluded;  ///< int64 [A, e]
  std::int64_t k = 0;   ///< negatives of an anchor
};

/// The other views shuffled against each other: tuple j has of the m-th other view the sample
/// order[j + m], so that its samples differ, and an anchor's own stand in M − 1 tuples.
Tuples permuted(const std::vector<at::Tensor>& others, const Pool& pool, RandomStream stream) {
  const std::int64_t samples = pool.size();
  const auto views = static_cast<std::int64_t>(others.size());
  const at::Device device = others[0].device();
  const at::Tensor order = at::tensor(permutation(samples, stream), at::kLong);
  const at::Tensor at_place = at::argsort(order).index_select(0, pool.own);
  Tuples tuples;
  std::vector<at::Tensor> excluded;
  for (std::int64_t m = 0; m < views; ++m) {
    const at::Tensor rows = sent_to(pool.places.index_select(0, at::roll(order, -m)), device);
    const at::Tensor factor = others[m].index_select(0, rows);
    tuples.left = m == 0 ? factor : tuples.left * factor;
    excluded.push_back(at::remainder(at_place - m, samples));
  }
  tuples.excluded = sent_to(at::stack(excluded, 1), device);
  tuples.k = samples - views;
  return tuples;
}

/// Every tuple; an anchor's positive is the one that has its place in each view.
Tuples every(const std::vector<at::Tensor>& others, const Pool& pool) {
  const std::int64_t samples = pool.size();
  const at::Device device = others[0].device();
  const at::Tensor places = sent_to(pool.places, device);
  Tuples tuples;
  std::int64_t count = 1, stride = 0;
  for (std::size_t m = 0; m < others.size(); ++m) {
    const at::Tensor rows = others[m].index_select(0, places);
    stride += count;
    count *= samples;
    check(count <= most_tuples,
          "all tuples of {} samples in {} other views are more than {}: take permuted ones, or a "
          "smaller batch",
          samples, others.size(), most_tuples);
    if (m + 1 == others.size())
      tuples.right = rows;
    else
      tuples.left =
          m == 0 ? rows
                 : (rows.unsqueeze(1) * tuples.left.unsqueeze(0)).reshape({-1, rows.size(1)});
  }
  tuples.excluded = sent_to((pool.own * stride).unsqueeze(1), device);
  tuples.k = count - 1;
  return tuples;
}

/// Unit rows of a view, its stand-in where a sample lacks it: [A, D], float32 or float64.
at::Tensor units_of(const at::Tensor& embeddings, std::int64_t view, const at::Tensor& rows,
                    const at::Tensor& present, const LossState& state) {
  at::Tensor raw = chosen(embeddings, rows);
  if (raw.scalar_type() == at::kBFloat16) raw = raw.to(at::kFloat);
  if (present.defined() && !state.stand_ins.empty()) {
    const at::Tensor& stand_in = state.stand_ins[static_cast<std::size_t>(view)];
    check(stand_in.size(0) == raw.size(1),
          "the embeddings have dimension {}, but their stand-ins have {}", raw.size(1),
          stand_in.size(0));
    const at::Tensor has =
        sent_to(chosen(present.select(1, view), rows).unsqueeze(1), raw.device());
    raw = at::where(has, raw, stand_in.to(raw.options()));
  }
  return kernels::scaled_rows(raw);
}

at::Tensor product_of(const std::vector<at::Tensor>& factors) {
  at::Tensor product = factors[0];
  for (std::size_t m = 1; m < factors.size(); ++m) product = product * factors[m];
  return product;
}

}  // namespace

void check_options(const MultilinearOptions& options) {
  check(options.dim >= 1, "the stand-ins' dimension is {}; it is that of the embeddings, ≥ 1",
        options.dim);
}

void check_graph(const MultilinearOptions& /*options*/, const ViewGraph& graph) {
  check(graph.views >= 3,
        "the multilinear loss contrasts three views or more together, but there are {}: for two "
        "take the k-pair loss (k_pair), KPairOptions",
        graph.views);
  check(graph.pairs == ViewGraph::full(graph.views).pairs,
        "the multilinear loss contrasts tuples of all {0} views, not pairs: its graph is "
        "ViewGraph::full({0})",
        graph.views);
}

void register_state(const MultilinearOptions& options, std::int64_t views, std::uint64_t seed,
                    LossState& state, torch::nn::Module& owner) {
  if (options.missing == MissingViews::left_out) return;
  for (std::int64_t view = 0; view < views; ++view) {
    RandomStream stream(RandomPurpose::stand_ins, seed, 0, 0, static_cast<std::uint32_t>(view));
    at::Tensor drawn = at::empty({options.dim}, at::kFloat);
    for (std::int64_t d = 0; d < options.dim; ++d)
      drawn.data_ptr<float>()[d] = static_cast<float>(stream.normal());
    state.stand_ins.push_back(owner.register_parameter(fmt::format("stand_in_{}", view), drawn));
  }
}

bool has_negatives(const MultilinearOptions& options, const ViewGraph& graph,
                   const at::Tensor& present, const at::Tensor& groups) {
  return pool_of(chosen(groups, rows_of(options, present))).size() >= graph.views;
}

MultilinearOptions held_out_reading(const MultilinearOptions& options) {
  MultilinearOptions reading = options;
  reading.negatives = TupleNegatives::permuted;
  return reading;
}

TupleScores score(const MultilinearOptions& options, const TupleBatch& batch,
                  const at::Tensor& temperature, LossState& state) {
  const std::vector<at::Tensor>& embeddings = batch.batch.embeddings;
  const at::Tensor& present = batch.batch.present;
  const auto views = static_cast<std::int64_t>(embeddings.size());
  const at::Device device = embeddings[0].device();
  TupleScores scores{.rows = rows_of(options, present)};
  const Pool pool = pool_of(chosen(batch.groups, scores.rows));
  scores.anchors = pool.own.size(0);

  std::vector<at::Tensor> units;
  for (std::int64_t view = 0; view < views; ++view) {
    at::Tensor read;
    if (present.defined()) {
      read = present.select(1, view);
      if (scores.rows.defined())
        read = at::zeros_like(read).index_fill(0, scores.rows, 1).logical_and(read);
    }
    kernels::check_embeddings(embeddings[view], fmt::format("view {}", view), read);
    units.push_back(units_of(embeddings[view], view, scores.rows, present, state));
  }
  if (pool.size() < views) return scores;

  const at::Tensor tau = temperature.to(units[0].options());
  const at::Tensor positive = product_of(units).sum(1);
  for (std::int64_t view = 0; view < views; ++view) {
    std::vector<at::Tensor> others = units;
    others.erase(others.begin() + view);
    const RandomKey key{.purpose = RandomPurpose::tuples,
                        .seed = batch.seed,
                        .epoch = static_cast<std::uint64_t>(batch.step),
                        .part = static_cast<std::uint32_t>(view)};
    const Tuples tuples = options.negatives == TupleNegatives::permuted
                              ? permuted(others, pool, key.stream(RandomKey::joint))
                              : every(others, pool);
    const TupleSums sums = tuple_sums(units[view], tuples.left, tuples.right, tuples.excluded, tau);
    const at::Tensor loss = kernels::softplus(sums.log_sum - positive / tau);
    const auto pairs = static_cast<double>(scores.anchors) * static_cast<double>(tuples.k);
    scores.directions.push_back(
        {.per_anchor = loss,
         .statistics = {.k_pair = loss.detach(),
                        .positive = positive,
                        .hardest = sums.hardest,
                        .counts = at::full({scores.anchors}, tuples.k,
                                           at::TensorOptions().dtype(at::kLong).device(device)),
                        .negative = sums.total / pairs}});
  }
  return scores;
}

at::Tensor multilinear_scores(const std::vector<at::Tensor>& given, const at::Tensor& candidates) {
  check(!given.empty(), "a tuple has one view given at least");
  std::vector<at::Tensor> units;
  for (std::size_t view = 0; view < given.size(); ++view) {
    kernels::check_same(given[0], given[view], "given view 0", fmt::format("given view {}", view));
    units.push_back(kernels::unit_rows(given[view], fmt::format("given view {}", view)));
  }
  return product_of(units).matmul(kernels::unit_rows(candidates, "candidates").t());
}

}  // namespace cmc::contrast
