#include "cmc/contrast/negatives/memory_bank.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "cmc/contrast/negatives/duplicates.h"
#include "cmc/contrast/negatives/negative_source.h"
#include "cmc/device.h"
#include "cmc/distributed/process_group.h"
#include "cmc/error.h"
#include "cmc/kernels/embeddings.h"
#include "cmc/random.h"

namespace cmc::contrast {
namespace {

/// The draws of one direction's negatives after `step` updates.
RandomStream stream_of(RandomPurpose purpose, std::uint64_t seed, std::int64_t step,
                       const ViewPair& pair, std::int64_t sample) {
  const RandomKey key{.purpose = purpose,
                      .seed = seed,
                      .epoch = static_cast<std::uint64_t>(step),
                      .sample = static_cast<std::uint64_t>(sample),
                      .part = static_cast<std::uint32_t>(pair.anchor)};
  return key.stream(static_cast<std::uint32_t>(pair.candidate));
}

at::Tensor random_directions(const MemoryBankOptions& options, std::int64_t views,
                             std::uint64_t seed) {
  at::Tensor vectors = at::empty({views, options.samples, options.dim}, options.dtype);
  const std::int64_t dim = options.dim;
  for (std::int64_t view = 0; view < views; ++view) {
    at::Tensor drawn = at::empty({options.samples, dim}, at::kFloat);
    auto* out = drawn.data_ptr<float>();
    at::parallel_for(0, options.samples, 256, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t sample = first; sample < last; ++sample) {
        RandomStream stream(RandomPurpose::bank_vectors, seed, 0, sample,
                            static_cast<std::uint32_t>(view));
        for (std::int64_t d = 0; d < dim; ++d)
          out[sample * dim + d] = static_cast<float>(stream()) * 0x1p-31f - 1.0f;
      }
    });
    vectors[view].copy_(drawn / at::linalg_vector_norm(drawn, 2, at::IntArrayRef{1}, true));
  }
  return vectors;
}

/// The samples whose vectors this process holds.
struct BankPart {
  std::int64_t first = 0, count = 0;

  static BankPart of_process(std::int64_t samples, std::int64_t rank, std::int64_t size) {
    const std::int64_t first = rank * samples / size;
    return {first, (rank + 1) * samples / size - first};
  }

  at::Tensor samples() const { return at::arange(first, first + count, at::kLong); }

  at::Tensor holds(const at::Tensor& samples) const {
    return (samples >= first).logical_and(samples < first + count);
  }

  /// Of picks among `all` samples those that are here, by sample; undefined: all that are here.
  at::Tensor of(const at::Tensor& picks, std::int64_t all) const {
    return picks.defined() && count < all ? picks.index({holds(picks)}) : picks;
  }

  /// Of each anchor's own picks those that are here, in rows as long as the longest, where places
  /// that are left over are excluded.
  Draws of(Draws draws, std::int64_t all) const {
    if (count == all) return draws;
    const std::int64_t anchors = draws.picks.size(0), k = draws.picks.size(1);
    const auto* const drawn = draws.picks.data_ptr<std::int64_t>();
    std::vector<std::vector<std::int64_t>> own(static_cast<std::size_t>(anchors));
    std::vector<bool> alone(static_cast<std::size_t>(anchors));
    for (std::int64_t e = 0; draws.excluded.defined() && e < draws.excluded.size(1); ++e)
      alone[draws.excluded.data_ptr<std::int64_t>()[e]] = true;
    std::size_t width = 0;
    for (std::int64_t i = 0; i < anchors; ++i) {
      for (std::int64_t j = 0; j < k && !alone[i]; ++j)
        if (const std::int64_t pick = drawn[i * k + j]; pick >= first && pick < first + count)
          own[i].push_back(pick);
      width = std::max(width, own[i].size());
    }
    Draws here{at::full({anchors, static_cast<std::int64_t>(width)}, first, at::kLong), {}};
    std::vector<std::int64_t> rows, places;
    for (std::int64_t i = 0; i < anchors; ++i) {
      std::ranges::copy(own[i], here.picks.data_ptr<std::int64_t>() + i * width);
      for (std::size_t j = own[i].size(); j < width; ++j) {
        rows.push_back(i);
        places.push_back(static_cast<std::int64_t>(j));
      }
    }
    if (!rows.empty())
      here.excluded = at::stack({at::tensor(rows, at::kLong), at::tensor(places, at::kLong)});
    return here;
  }
};

class MemoryBank : public NegativeSource {
 public:
  MemoryBank(const MemoryBankOptions& options, std::int64_t views,
             const SampleConstraints& constraints, std::uint64_t seed)
      : options_(options), constraints_(constraints), seed_(seed), part_{0, options.samples} {
    const at::Tensor &groups = constraints.groups, &present = constraints.present;
    check(!groups.defined() || groups.size(0) == options.samples,
          "there are {} groups for the {} samples of the bank",
          groups.defined() ? groups.size(0) : 0, options.samples);
    check(!constraints.positives.defined() || constraints.positives.size(0) == options.samples,
          "there are positive groups of {} samples for the {} samples of the bank",
          constraints.positives.defined() ? constraints.positives.size(0) : 0, options.samples);
    const at::Tensor& hard = constraints.hard_negatives;
    check(!hard.defined() || hard.size(0) == options.samples,
          "there are hard negatives of {} samples for the {} samples of the bank",
          hard.defined() ? hard.size(0) : 0, options.samples);
    check(
        !hard.defined() || options.k != MemoryBankOptions::all,
        "with k = all an anchor meets every sample of the bank, hard negatives too; they add to a "
        "k that is drawn");
    vectors_ = register_buffer("vectors", random_directions(options, views, seed));
    if (present.defined())
      check(present.scalar_type() == at::kBool && present.dim() == 2 &&
                present.size(0) == options.samples && present.size(1) == views,
            "the mask of views that the samples have is bool [{}, {}], not {} [{}]",
            options.samples, views, c10::toString(present.scalar_type()),
            fmt::join(present.sizes(), ", "));
    present_ = register_cpu_buffer("present", present.defined()
                                                  ? present.t().contiguous()
                                                  : at::ones({views, options.samples}, at::kBool));
  }

  const char* module_name() const override { return "bank"; }

  void check_dimension(std::int64_t dim) const override {
    check(options_.dim == dim, "the embeddings have dimension {}, but the memory bank's have {}",
          dim, options_.dim);
  }

  std::int64_t samples() const override { return options_.samples; }

  void check_batch(const EmbeddedBatch& batch, const ViewGraph& graph) const override {
    check(
        batch.anchors == batch.indices.size(0),
        "the batch has candidates that are no anchors, but anchors meet those of the memory bank; "
        "ObjectiveOptions::hard_negatives tells whom else");
    if (options_.positive == MemoryBankOptions::Positive::bank)
      check_rows(batch.embeddings, "view", graph, batch.present, {&ViewPair::anchor});
    else
      check_rows(batch.embeddings, "view", graph, batch.present,
                 {&ViewPair::anchor, &ViewPair::candidate});
  }

  std::optional<Candidates> candidates(const PairBatch& batch, std::int64_t step) const override {
    at::Tensor vectors = vectors_[batch.pair.candidate];
    const at::Tensor having_both = samples_with(batch.pair);
    at::Tensor picks, excluded;
    if (options_.k == MemoryBankOptions::all) {
      picks = part_.of(having_both, options_.samples);
      excluded = equal_places(constraints_.groups_of(batch.samples),
                              constraints_.groups_of(picks.defined() ? picks : part_.samples()));
      // A stored vector is random at first and up to an epoch old later; the batch's samples stand
      // in it as just embedded, so that they push each other apart from the first step on.
      if (options_.positive == MemoryBankOptions::Positive::batch)
        vectors = with(vectors, batch.samples, kernels::scaled_rows(batch.positives.detach()));
    } else if (options_.draw == MemoryBankOptions::Draw::shared) {
      if (having_both.defined() && having_both.numel() == 0) return std::nullopt;
      picks = part_.of(
          with_hard(draw_shared(having_both, options_.samples, options_.k, seed_, step, batch.pair),
                    hard_negatives_of(batch)),
          options_.samples);
      excluded = equal_places(constraints_.groups_of(batch.samples), constraints_.groups_of(picks));
    } else {
      Draws draws = part_.of(draw_per_anchor(batch.samples, constraints_.groups, having_both,
                                             options_.samples, options_.k, seed_, step, batch.pair),
                             options_.samples);
      picks = draws.picks;
      excluded = draws.excluded;
      add_own(hard_negatives_of(batch), constraints_.groups_of(batch.samples), picks, excluded);
    }
    const at::Tensor positives =
        options_.positive == MemoryBankOptions::Positive::bank
            ? stored(vectors, batch.samples).to(batch.anchors.scalar_type())
            : batch.positives;
    return counted({.pair = batch.pair,
                    .anchors = batch.anchors,
                    .positives = positives,
                    .vectors = vectors,
                    .picks = picks.defined() ? picks - part_.first : picks,
                    .excluded = excluded,
                    .shared = {.anchors = constraints_.positives_of(batch.samples),
                               .vectors = constraints_.positives},
                    .group = group_,
                    .all_vectors = options_.samples});
  }

  void update(const EmbeddedBatch& batch) override {
    check_stored(batch.embeddings, "view", batch.present);
    for (std::int64_t view = 0; view < vectors_.size(0); ++view) {
      at::Tensor kept = part_.holds(batch.indices);
      if (batch.present.defined()) {
        const at::Tensor has = batch.present.select(1, view);
        present_[view].index_copy_(0, batch.indices, has);
        kept = kept.logical_and(has);
      }
      at::Tensor rows = batch.indices - part_.first, fresh = batch.embeddings[view].detach();
      if (!kept.all().item<bool>()) {
        const at::Tensor places = kept.nonzero().squeeze(1);
        rows = rows.index_select(0, places);
        fresh = fresh.index_select(0, sent_to(places, fresh.device()));
      }
      if (rows.numel() == 0) continue;
      rows = sent_to(rows, vectors_.device());
      fresh = kernels::unit_rows(fresh.to(at::kFloat), fmt::format("view {}", view));
      at::Tensor mixed = options_.momentum * vectors_[view].index_select(0, rows).to(at::kFloat) +
                         (1 - options_.momentum) * fresh;
      // Opposite vectors can cancel; the new one then stands alone.
      const at::Tensor norm = at::linalg_vector_norm(mixed, 2, at::IntArrayRef{1}, true);
      mixed = at::where(norm > 1e-6, mixed / norm.clamp_min(1e-6), fresh);
      vectors_[view].index_copy_(0, rows, mixed.to(vectors_.scalar_type()));
    }
  }

  /// Samples of several positives look for them in the whole bank: each process keeps it then.
  void share_out(distributed::ProcessGroup* group) override {
    if (constraints_.positives.defined()) return;
    if (group_ != nullptr) vectors_.set_data(joined());
    group_ = group;
    part_ = {0, options_.samples};
    if (group_ == nullptr) return;
    part_ = BankPart::of_process(options_.samples, group_->rank(), group_->size());
    vectors_.set_data(vectors_.narrow(1, part_.first, part_.count).clone());
  }

  void leave_out(const at::Tensor& indices) override {
    present_.index_fill_(1, indices.cpu(), false);
  }

 private:
  /// The hard negatives of the pair's anchors, int64 [A, H], −1 where there are fewer or one lacks
  /// a view; undefined where none are told.
  at::Tensor hard_negatives_of(const PairBatch& batch) const {
    if (!constraints_.hard_negatives.defined()) return {};
    const at::Tensor hard = constraints_.hard_negatives.index_select(0, batch.samples);
    const at::Tensor both = present_[batch.pair.anchor].logical_and(present_[batch.pair.candidate]);
    return hard.masked_fill(both.index({hard.clamp_min(0)}).logical_not(), -1);
  }

  /// Picks for the whole batch, and every hard negative of one of its anchors once.
  static at::Tensor with_hard(const at::Tensor& picks, const at::Tensor& hard) {
    if (!hard.defined()) return picks;
    return at::cat({picks, std::get<0>(at::_unique(hard.masked_select(hard >= 0), true))});
  }

  /// Adds each anchor's hard negatives to its own picks [A, k]; places that hold none, or a sample
  /// of its group, are excluded.
  void add_own(const at::Tensor& hard, const at::Tensor& groups, at::Tensor& picks,
               at::Tensor& excluded) const {
    if (!hard.defined() || hard.size(1) == 0) return;
    const at::Tensor named = hard.clamp_min(0);
    at::Tensor apart = (hard < 0).logical_or(
        constraints_.groups_of(named.reshape(-1)).view_as(named).eq(groups.unsqueeze(1)));
    at::Tensor places = apart.nonzero().t();
    places = at::stack({places[0], places[1] + picks.size(1)});
    picks = at::cat({picks, named}, 1);
    excluded = excluded.defined() ? at::cat({excluded, places}, 1) : places;
  }

  /// Samples that have both views, int64 ascending; undefined where all have.
  at::Tensor samples_with(const ViewPair& pair) const {
    const at::Tensor both = present_[pair.anchor].logical_and(present_[pair.candidate]);
    return both.all().item<bool>() ? at::Tensor() : both.nonzero().squeeze(1);
  }

  /// A view's vectors with those of these samples, as far as they are here, in place of their own.
  at::Tensor with(const at::Tensor& vectors, const at::Tensor& samples,
                  const at::Tensor& rows) const {
    const at::Tensor here = part_.holds(samples).nonzero().squeeze(1),
                     places = samples.index_select(0, here) - part_.first;
    return vectors.index_copy(
        0, sent_to(places, vectors.device()),
        rows.index_select(0, sent_to(here, rows.device())).to(vectors.scalar_type()));
  }

  /// A view's vectors of these samples, from whichever process has them.
  at::Tensor stored(const at::Tensor& vectors, const at::Tensor& samples) const {
    if (group_ == nullptr) return vectors.index_select(0, sent_to(samples, vectors.device()));
    const at::Tensor here = part_.holds(samples);
    const at::Tensor rows = at::zeros({samples.size(0), vectors.size(1)}, at::kFloat);
    rows.index_put_(
        {here},
        vectors.index_select(0, samples.index({here}) - part_.first).to(at::kCPU, at::kFloat));
    group_->all_reduce(rows);
    return rows.to(vectors.device());
  }

  /// All processes' vectors.
  at::Tensor joined() const {
    const std::int64_t room = (options_.samples + group_->size() - 1) / group_->size();
    const at::Tensor own =
        at::zeros({vectors_.size(0), room, vectors_.size(2)}, vectors_.scalar_type());
    own.narrow(1, 0, part_.count).copy_(vectors_);
    const at::Tensor all = group_->all_gather(own);
    std::vector<at::Tensor> parts;
    for (int rank = 0; rank < group_->size(); ++rank)
      parts.push_back(all[rank].narrow(
          1, 0, BankPart::of_process(options_.samples, rank, group_->size()).count));
    return at::cat(parts, 1).to(vectors_.device());
  }

  MemoryBankOptions options_;
  SampleConstraints constraints_;
  std::uint64_t seed_;
  BankPart part_;
  at::Tensor vectors_, present_;
};

}  // namespace

void check_options(const MemoryBankOptions& options) {
  check(options.samples >= 2, "the memory bank is to hold {} samples; it needs at least 2",
        options.samples);
  check(options.dim > 0, "the memory bank's vectors have dimension {}; it must be positive",
        options.dim);
  check(options.k == MemoryBankOptions::all || options.k > 0,
        "k is {}; it must be positive, or -1 for all of the bank", options.k);
  check(options.k < options.samples,
        "k is {}, but the bank has {} samples, {} beside the anchor's own; k is at most that",
        options.k, options.samples, options.samples - 1);
  check(options.momentum >= 0 && options.momentum < 1,
        "the memory bank's momentum is {}; it lies in [0, 1)", options.momentum);
  check(options.dtype == at::kFloat || options.dtype == at::kBFloat16,
        "the memory bank holds float or bfloat16 numbers, not {}", c10::toString(options.dtype));
}

std::int64_t bytes_per_view(const MemoryBankOptions& options) {
  return options.samples * options.dim * (options.dtype == at::kFloat ? 4 : 2);
}

std::shared_ptr<NegativeSource> make_source(const MemoryBankOptions& options, std::int64_t views,
                                            const SampleConstraints& constraints,
                                            std::uint64_t seed) {
  return std::make_shared<MemoryBank>(options, views, constraints, seed);
}

Draws draw_per_anchor(const at::Tensor& indices, const at::Tensor& groups,
                      const at::Tensor& candidates, std::int64_t n, std::int64_t k,
                      std::uint64_t seed, std::int64_t step, const ViewPair& pair) {
  const std::int64_t anchors = indices.size(0);
  const std::int64_t bound = candidates.defined() ? candidates.size(0) : n;
  const auto* index = indices.data_ptr<std::int64_t>();
  const auto* candidate = candidates.defined() ? candidates.data_ptr<std::int64_t>() : nullptr;
  const auto* group = groups.defined() ? groups.data_ptr<std::int64_t>() : nullptr;
  const auto row = [=](std::int64_t place) { return candidate ? candidate[place] : place; };
  const auto group_of = [=](std::int64_t sample) { return group ? group[sample] : sample; };

  // An anchor has a negative as soon as two candidates differ in group, or the only group is not
  // its own.
  bool several = false;
  for (std::int64_t place = 1; place < bound && !several; ++place)
    several = group_of(row(place)) != group_of(row(0));
  const auto has_negative = [&](std::int64_t anchor) {
    return several || (bound > 0 && group_of(row(0)) != group_of(index[anchor]));
  };

  Draws draws{at::zeros({anchors, k}, at::kLong), {}};
  auto* out = draws.picks.data_ptr<std::int64_t>();
  at::parallel_for(0, anchors, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t anchor = first; anchor < last; ++anchor) {
      if (!has_negative(anchor)) continue;
      RandomStream stream = stream_of(RandomPurpose::negatives, seed, step, pair, index[anchor]);
      const std::int64_t own = group_of(index[anchor]);
      for (std::int64_t j = 0; j < k;) {
        const std::int64_t drawn = row(stream.below(bound));
        if (group_of(drawn) != own) out[anchor * k + j++] = drawn;
      }
    }
  });

  std::vector<at::Tensor> excluded;
  for (std::int64_t anchor = 0; anchor < anchors; ++anchor) {
    if (has_negative(anchor)) continue;
    const at::Tensor all = at::arange(k, at::kLong);
    excluded.push_back(at::stack({at::full_like(all, anchor), all}));
  }
  if (!excluded.empty()) draws.excluded = at::cat(excluded, 1);
  return draws;
}

at::Tensor draw_shared(const at::Tensor& candidates, std::int64_t n, std::int64_t k,
                       std::uint64_t seed, std::int64_t step, const ViewPair& pair) {
  RandomStream stream = stream_of(RandomPurpose::shared_negatives, seed, step, pair, 0);
  const std::int64_t bound = candidates.defined() ? candidates.size(0) : n;
  at::Tensor picks = at::empty({k}, at::kLong);
  auto* out = picks.data_ptr<std::int64_t>();
  for (std::int64_t j = 0; j < k; ++j) out[j] = stream.below(bound);
  return candidates.defined() ? candidates.index_select(0, picks) : picks;
}

}  // namespace cmc::contrast
