#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cmc/data/dataset.h"
#include "cmc/views/pictures/augmentation.h"
#include "cmc/views/portable_transform.h"
#include "cmc/views/sources/standardization.h"
#include "cmc/views/sources/view_origin.h"

namespace cmc::views {

/// How a row of a table becomes a view, and what happens to it in training.
struct TableViewOptions {
  static constexpr data::SourceKind kind = data::SourceKind::table;

  /// Probability with which each column is taken for missing in training (feature dropout, as in
  /// Bahri et al., "SCARF", 2106.15147, who draw another value instead).
  double dropout = 0;
  /// Deviation of Gaussian noise on the standardised numbers in training.
  double noise = 0;
};

/// The view of a table with n numeric columns and categorical columns of K₁, K₂, … texts: n + Σ Kⱼ
/// + m channels of 1 × 1. First the numbers, standardised, 0 where missing; then for each
/// categorical column 1 at its text and 0 elsewhere (an encoder's first linear layer thus holds an
/// embedding of each text), all 0 where it is missing or unseen in training, the unknown; then, for
/// each of the m numeric columns of which some training samples lack the value, 1 where it is
/// missing. A column that is dropped is shown as a missing one.
///
/// What an exported encoder takes is float64 where `known` does not fit float32 (fits_float32).
std::shared_ptr<const PortableTransform> make_view(const TableViewOptions& options,
                                                   const ViewOrigin& origin, Mode mode,
                                                   const std::optional<Standardization>& known);

/// Those of the numeric columns, over all samples.
std::optional<Standardization> measure_view(const TableViewOptions& options,
                                            const ViewOrigin& origin, const data::Dataset& train);

}  // namespace cmc::views
