#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/views/pictures/augmentation.h"
#include "cmc/views/pictures/augmented.h"
#include "cmc/views/pictures/color_split.h"
#include "cmc/views/pictures/frequency.h"
#include "cmc/views/pictures/halves.h"
#include "cmc/views/pictures/learned.h"
#include "cmc/views/pictures/patches.h"
#include "cmc/views/pictures/quadrants.h"
#include "cmc/views/pictures/split.h"
#include "cmc/views/pictures/whole.h"

namespace cmc::views {

/// The kinds of split, each with its options.
using SplitOptions =
    std::variant<ColorOptions, ChannelsOptions, HalvesOptions, QuadrantsOptions, PatchesOptions,
                 FrequencyOptions, AugmentedOptions, WholeOptions, LearnedOptions>;

/// How the views of a sample are made from its picture.
///
///     ViewRecipe recipe{.split = ColorOptions{.space = ColorSpace::lab},
///                       .augmentation = AugmentationOptions{.crop = Crop::random_resized,
///                                                           .flip_probability = 0.5},
///                       .size = 224};
///     auto transform = make_split(recipe, dataset->sources()[0].shape, Mode::train);
struct ViewRecipe {
  static constexpr data::SourceKind kind = data::SourceKind::image;

  SplitOptions split = ColorOptions{};
  /// In front of the split, drawn once for all views; of augmented, drawn for each view. Unset:
  /// default_augmentation(split).
  std::optional<AugmentationOptions> augmentation = {};
  /// Side in pixels of the square picture that is split; 0: the data set's own size.
  std::int64_t size = 0;
  /// The same in evaluation; 0: as in training. Random resized crops enlarge what they show:
  /// networks judge pictures best that are some 1.3 times as large as the crops (Touvron et al.
  /// 2019, 1906.06423).
  std::int64_t evaluation_size = 0;
  NormalizationOptions normalization = {};
};

/// The names of the kinds, in the order of SplitOptions: "color", "channels", "halves",
/// "quadrants", "patches", "frequency", "augmented", "whole", "learned".
const std::vector<std::string_view>& split_kinds();

/// The name of a split's kind.
std::string_view kind(const SplitOptions& split);

/// The default options of a kind. Throws Error that lists the kinds.
SplitOptions split_of_kind(std::string_view kind);

/// What a recipe without an augmentation of its own uses: simclr_augmentation() for augmented,
/// nothing for any other.
AugmentationOptions default_augmentation(const SplitOptions& split);

/// The recipe at work on the pictures, of one shape, of a data set's source `source`. With a
/// `name`, a single view has that name, and several have it in front of theirs: "photo-L". Where
/// `shape` leaves the channels open (0), grey pictures are taken as R = G = B. Throws Error that
/// names the option, its value and its range; and where the pictures differ in size and `size` is
/// 0.
std::shared_ptr<const Split> make_split(const ViewRecipe& recipe, const data::SourceShape& shape,
                                        Mode mode, std::size_t source = 0,
                                        const std::string& name = "");

}  // namespace cmc::views
