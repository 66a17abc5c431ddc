#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "cmc/data/dataset.h"
#include "cmc/exchange/load.h"

namespace cmc::exchange {

/// Which of a data set's samples.
enum class Part { all, train, test };

/// The part of a name: "all", "train" or "test". Throws UsageError that lists them.
Part part(std::string_view name);

/// The samples that some of a run's encoders are to see: the run's own data where `input` is
/// empty, or else
///
/// - a folder of pictures in any format that a recipe knows, for a view of pictures;
/// - a manifest with the columns that the recipe's views name; or, for a run whose data is a
///   manifest, a pattern of file names (data::open_rows), each the file of a value, or arrays, each
///   row a value of a view of arrays. The recipe's
///   key, label and part hold where it has those columns. Where a view's own table is not
///   beside it, it is that table.
///
/// Only the sources of `views` are opened. The samples are in the order of the input
/// (data::Dataset::row). Where a data set gives its classes as numbers from 0, as IDX files do, and
/// the run has names for them (data.classes), they have these.
///
/// Throws Error where the samples are of another shape than those that the run learned from, or
/// where the run's own data is nowhere (LoadedRun::data).
std::shared_ptr<const data::Dataset> samples_for(const LoadedRun& run,
                                                 std::span<const std::size_t> views,
                                                 const std::string& input, Part part = Part::all);

/// The samples of one part, in their order; what isn't divided is all of the training part.
std::shared_ptr<const data::Dataset> of_part(std::shared_ptr<const data::Dataset> samples,
                                             Part part);

/// The classes of these samples that the run's data does not have, in their order; none where the
/// run's has no classes at all.
std::vector<std::string> unknown_classes(const LoadedRun& run, const data::Dataset& samples);

/// The place of a view's source among those of `samples`: that of its name, or the only one. Throws
/// Error where there is none.
std::size_t source_among(const LoadedRun& run, std::size_t view, const data::Dataset& samples);

/// A checksum of the names and the raw values of up to 32 samples at even distances, by which
/// samples are known again.
std::string checksum(const data::Dataset& samples, std::size_t source);

}  // namespace cmc::exchange
