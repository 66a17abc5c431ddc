#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "cmc/draft/column_look.h"
#include "cmc/draft/drafts.h"
#include "cmc/draft/roles.h"
#include "cmc/draft/words.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"
#include "cmc/files/npy.h"
#include "cmc/files/npz.h"
#include "cmc/with_commas.h"

namespace cmc::draft {
namespace {

namespace fs = std::filesystem;

/// An array whose rows are values of samples.
struct ArrayLook {
  std::string entry;  ///< its name in a .npz; empty in a .npy
  std::vector<std::int64_t> shape;

  /// Numbers that a row has.
  std::int64_t numbers() const {
    std::int64_t count = 1;
    for (std::size_t d = 1; d < shape.size(); ++d) count *= shape[d];
    return count;
  }
  /// Whether a row is a map with neighbours both ways.
  bool is_map() const {
    return shape.size() >= 3 && shape[shape.size() - 1] >= 8 && shape[shape.size() - 2] >= 8;
  }
  std::string text() const {
    std::string text;
    for (const std::int64_t size : shape) text += (text.empty() ? "" : " × ") + with_commas(size);
    return text;
  }
};

/// The arrays of numbers that a file holds.
std::vector<ArrayLook> arrays_of(const std::string& path) {
  const files::FileBytes file = files::map_file(path);
  if (!files::is_npz(file.bytes)) return {{"", files::NpyArray(file.bytes, path).shape()}};
  std::vector<ArrayLook> arrays;
  for (const files::ZipEntry& each : files::npz_arrays(file.bytes, path)) {
    try {
      const files::ZipEntry entry = files::npz_array(file.bytes, path, each.name);
      const std::vector<std::uint8_t> inflated =
          entry.deflated ? files::unpacked(entry, path) : std::vector<std::uint8_t>();
      arrays.push_back(
          {each.name,
           files::NpyArray(entry.deflated ? std::span<const std::uint8_t>(inflated) : entry.content,
                           path)
               .shape()});
    } catch (const UnreadableError&) {
      continue;  // texts and the like
    }
  }
  return arrays;
}

}  // namespace

Draft draft_array(const std::string& file, const DraftOptions& options) {
  const std::shared_ptr<const data::Rows> rows = data::open_rows(file);
  check_samples(file, rows->size());
  std::vector<ArrayLook> views, others;
  for (ArrayLook& array : arrays_of(file)) {
    const bool fits = array.shape.front() == rows->size() && array.shape.size() <= 4;
    if (fits && array.numbers() == 1) continue;  // a column
    (fits ? views : others).push_back(std::move(array));
  }
  check(!views.empty(),
        "{}: holds {} samples of one number each; an array's first dimension counts samples, and "
        "two numbers a sample are the fewest to learn from",
        file, rows->size());
  const std::vector<ColumnLook> looks = look_at_columns(*rows);
  const Roles roles = find_roles(*rows, looks, options.label);

  const bool alone = views.size() == 1;
  Draft draft{.data = file,
              .found = fmt::format("{} samples, {} array{} of them", with_commas(rows->size()),
                                   views.size(), alone ? "" : "s")};
  for (const ArrayLook& other : others)
    draft.notes.push_back(
        fmt::format("Left out: the array \"{}\" of {}, which are not the samples' rows.",
                    other.entry, other.text()));
  DraftSection data{"[data]", ""};
  data.add("manifest", toml_text(file));
  if (roles.label)
    data.add("label", toml_text(reference(*rows, roles.label->column)),
             roles.label->reason + "; for evaluation alone");
  else
    draft.notes.push_back(
        "No array looks like a label: training needs none, and cmc evaluate judges retrieval "
        "alone.");
  if (roles.label_is_number) data.add("label_kind", "\"number\"");
  const TestPart part = test_part_of(rows->size());
  data.add("test_samples", fmt::format("{}", part.samples), part.reason);
  draft.sections.push_back(data);

  ViewKinds kinds{.arrays = true, .alike = alone};
  for (const ArrayLook& array : views) {
    if (array.is_map())
      kinds.picture_side = std::max(
          kinds.picture_side, std::max(array.shape.back(), array.shape[array.shape.size() - 2]));
    for (const char* const name : {"one", "other"}) {
      const bool second = std::string_view(name) == "other";
      if (second && !alone) continue;
      DraftSection view = array_view(alone ? name : view_name(array.entry), alone, array.is_map());
      view.reason = !alone   ? "an array of " + array.text() + ", one view"
                    : second ? "… and with others left out"
                             : "each row of " + array.text() + ", numbers left out at random …";
      view.keys.insert(view.keys.begin() + 2,
                       DraftKey{"file", toml_text(fs::path(file).filename().string())});
      if (!array.entry.empty())
        view.keys.insert(view.keys.begin() + 3, DraftKey{"entry", toml_text(array.entry)});
      draft.sections.push_back(view);
    }
  }
  add_training(draft, kinds, rows->size() - part.samples);
  return draft;
}

}  // namespace cmc::draft
