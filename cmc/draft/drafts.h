#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cmc/data/tables/rows.h"
#include "cmc/draft/bands_look.h"
#include "cmc/draft/draft.h"
#include "cmc/draft/name_pattern.h"
#include "cmc/draft/picture_look.h"
#include "cmc/draft/series_look.h"
#include "cmc/draft/sound_look.h"

/// How each form of data becomes a draft.
namespace cmc::draft {

/// The fewest samples that a recipe is drafted for.
inline constexpr std::int64_t least_samples = 8;

/// Throws Error, with `what` was looked at, where there are fewer.
void check_samples(const std::string& what, std::int64_t samples);

/// A table, or what a pattern of file names stands for: `manifest` is data.manifest. Where the
/// pattern was found, it says which of its fields are labels and groups.
Draft draft_table(const std::string& manifest, const DraftOptions& options,
                  const NamePattern* found = nullptr);

/// Tables with as many rows each, the first of them the manifest: file names in `folder`.
Draft draft_tables(const std::filesystem::path& folder, const std::vector<std::string>& names,
                   const DraftOptions& options);

/// A .npy or .npz file.
Draft draft_array(const std::string& file, const DraftOptions& options);

/// A folder of pictures, or of a packed format.
Draft draft_pictures(const std::string& folder);

/// A folder, by what it holds.
Draft draft_folder(const std::string& folder, const DraftOptions& options);

/// What views a recipe has, for its [encoder] and [train].
struct ViewKinds {
  bool tables = false, arrays = false, sounds = false, series = false, texts = false;
  std::int64_t picture_side = 0;  ///< 0: no pictures
  bool alike = false;             ///< two views of one thing, for one encoder

  bool convolves() const { return sounds || picture_side > 0; }
};

/// [encoder], [contrast] and [train] for so many training samples.
void add_training(Draft& draft, const ViewKinds& kinds, std::int64_t training_samples);

/// How a manifest's samples are held out: by their column of parts, or so many of them.
struct TestPart {
  std::int64_t samples = 0;
  std::string reason = {};
};
TestPart test_part_of(std::int64_t samples);

// Sections of one [[view]] each; the caller adds where its values come from.
DraftSection picture_view(const std::string& name, const PictureLook& look, bool alone);
DraftSection sound_view(const std::string& name, const SoundLook& look, bool alone);
DraftSection series_view(const std::string& name, const SeriesLook& look, bool alone);
/// `half`: 0 for all bands, 1 and 2 for the first and the second half of them.
DraftSection bands_view(const std::string& name, const BandsLook& look, int half);
/// `same_as`: the view whose encoder it has, empty for one of its own; `alone`: beside another view
/// of the same texts.
DraftSection text_view(const std::string& name, double mean_words, const std::string& same_as,
                       bool alone);
DraftSection array_view(const std::string& name, bool alone, bool convolved);

}  // namespace cmc::draft
