#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cmc::kernels {

/// Which pairs of anchors and candidates are walked over by positive groups (positive_groups.h).
struct ScoreGroups {
  /// int64 [A] or [A, C] and [n] or [n, C]; undefined: all pairs are.
  at::Tensor anchors = {}, candidates = {};
  /// Whether those that share a group, or those that share none.
  bool shared = false;
};

/// The scores of unit anchors with unit candidates, some anchors' at a time, by plain libtorch
/// operators on any device: what walks over them never holds more than a few chunks.
class ScoreChunks {
 public:
  /// Scores of one chunk's anchors.
  struct Chunk {
    /// Its anchors are those from `first` on.
    std::int64_t first = 0;
    /// [rows, columns()].
    at::Tensor scores;
    /// bool [rows, columns()], which of them do not count; undefined: all do.
    at::Tensor masked;

    std::int64_t rows() const { return scores.size(0); }
  };

  /// `anchors` [A, D] and `candidates` [n, D]: unit rows of one type on one device. `picks`: int64
  /// [A, k], each anchor's own candidates; with no number all are. `excluded`: int64 [2, E] of
  /// (anchor, column); with no number none. `diagonal`: whether anchor i and candidate i are no
  /// negatives either. `groups`: of pairs that count by their groups alone.
  ScoreChunks(at::Tensor anchors, at::Tensor candidates, at::Tensor picks, at::Tensor excluded,
              bool diagonal, ScoreGroups groups = {});

  /// Candidates of an anchor.
  std::int64_t columns() const;

  /// Anchors of a chunk, but for the last: as many as have some 2 million scores with all
  /// candidates.
  std::int64_t rows_at_once() const;

  /// The anchors from `first` on, `rows` of them; differentiable in anchors and candidates.
  Chunk chunk(std::int64_t first, std::int64_t rows) const;

  /// Calls visit(chunk) for all anchors, one chunk after another.
  template <class Visit>
  void for_each(const Visit& visit) const {
    const std::int64_t all = anchors_.size(0), step = rows_at_once();
    for (std::int64_t first = 0; first < all; first += step)
      visit(chunk(first, step < all - first ? step : all - first));
  }

  /// Adds what `slopes` [rows, columns()], ∂L/∂scores of a chunk, make of the gradients: to
  /// `of_anchors` [A, D] its rows', and to `of_candidates` [n, D], unless that is undefined.
  void add_gradient(const Chunk& chunk, const at::Tensor& slopes, at::Tensor& of_anchors,
                    at::Tensor& of_candidates) const;

 private:
  at::Tensor anchors_, candidates_, picks_, excluded_;
  bool diagonal_;
  ScoreGroups groups_;
};

}  // namespace cmc::kernels
