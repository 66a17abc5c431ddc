#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cmc/data/formats/cifar.h"
#include "cmc/data/formats/downloads.h"
#include "cmc/data/formats/idx.h"
#include "cmc/data/formats/stl10.h"
#include "cmc/data/open.h"
#include "cmc/data/tables/rows.h"
#include "cmc/draft/column_look.h"
#include "cmc/draft/drafts.h"
#include "cmc/draft/words.h"
#include "cmc/error.h"
#include "cmc/files/folder_walk.h"
#include "cmc/with_commas.h"

namespace cmc::draft {
namespace {

namespace fs = std::filesystem;

bool is_table_name(const fs::path& path) {
  constexpr std::array<std::string_view, 6> endings = {".csv",   ".tsv",    ".tab",
                                                       ".jsonl", ".ndjson", ".json"};
  return std::ranges::find(endings, data::ending_of(path)) != endings.end();
}

/// What a folder holds, by the files' endings; paths below it, sorted.
struct Contents {
  std::vector<std::string> pictures, sounds, tables, arrays;
  std::vector<std::string> others;  ///< what else there is, a line

  std::string text() const {
    std::string text;
    const auto add = [&](const std::vector<std::string>& files, const char* one) {
      if (!files.empty())
        text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ",
                            with_commas(static_cast<std::int64_t>(files.size())), one,
                            files.size() == 1 ? "" : "s");
    };
    add(pictures, "picture");
    add(sounds, "sound");
    add(tables, "table");
    add(arrays, "array");
    return text;
  }
};

Contents contents_of(const fs::path& folder) {
  Contents contents;
  const files::FolderWalk walk = files::walk_folder(folder, [](const fs::path& path) {
    return files::is_image_name(path) || is_sound_name(path) || is_table_name(path) ||
           is_array_name(path);
  });
  for (const std::string& path : walk.files)
    (files::is_image_name(path) ? contents.pictures
     : is_sound_name(path)      ? contents.sounds
     : is_array_name(path)      ? contents.arrays
                                : contents.tables)
        .push_back(path);
  std::int64_t others = walk.hidden;
  std::string endings;
  for (const auto& [ending, count] : walk.others) {
    others += count;
    endings += (endings.empty() ? "" : ", ") + (ending.empty() ? "no ending" : ending);
  }
  if (others > 0)
    contents.others.push_back(fmt::format("{} other file{} ({})", others, others == 1 ? "" : "s",
                                          endings.empty() ? "hidden" : endings));
  return contents;
}

bool is_packed(const fs::path& folder) {
  return data::holds_idx(folder) || data::holds_cifar10(folder) || data::holds_cifar100(folder) ||
         data::holds_stl10(folder);
}

/// Data of a format that lies in a folder below, as archives unpack it.
bool opens(const std::string& folder) {
  try {
    data::open({.root = folder, .held_out = 0});
    return true;
  } catch (const Error&) {
    return false;
  }
}

Draft draft_named_files(const std::string& folder, const std::vector<std::string>& paths,
                        const DraftOptions& options, const Contents& contents) {
  const std::optional<NamePattern> found = find_name_pattern(paths);
  check(found.has_value(),
        "{}: holds {} at different depths; a pattern of their names says what belongs together, "
        "such as cmc init \"{}/{{class}}/{{name}}.wav\"",
        folder, contents.text(), folder);
  const std::string pattern = (fs::path(folder) / found->pattern).string();
  const auto named = static_cast<std::size_t>(data::open_rows(pattern)->size());
  check(named == paths.size(),
        "{}: holds {} with different endings beside other files; a pattern says which are meant, "
        "such as cmc init \"{}/{{name}}.wav\"",
        folder, contents.text(), folder);
  return draft_table(pattern, options, &*found);
}

/// Whether the cells of a table name files that are there.
bool names_files(const std::string& table) try {
  const auto looks = look_at_columns(*data::open_rows(table));
  return std::ranges::any_of(looks, [](const ColumnLook& look) {
    return look.is_path() && look.files_absent < look.files_tried;
  });
} catch (const Error&) {
  return false;  // such as a file of settings beside pictures
}

/// The files of a folder.
std::vector<fs::path> inside(const std::string& folder, const std::vector<std::string>& names) {
  std::vector<fs::path> files;
  for (const std::string& name : names) files.push_back(fs::path(folder) / name);
  return files;
}

/// Whether tables are a time series each: with one header, which tables of the same samples row by
/// row do not have.
bool are_series(const std::string& folder, const std::vector<std::string>& tables) {
  return std::ssize(tables) >= least_samples && std::ranges::all_of(tables, is_series_name) &&
         look_at_series(inside(folder, tables)).has_value();
}

void check_no_label(const DraftOptions& options) {
  check(options.label.empty(),
        "--label {}: a folder of pictures has its folders as labels, and no columns",
        options.label);
}

}  // namespace

Draft draft_pictures(const std::string& folder) {
  const data::Splits splits = data::open({.root = folder, .held_out = 0});
  const bool own_test = splits.test->size() > 0;
  const std::int64_t samples = splits.train->size();
  check_samples(folder, samples);
  const bool packed = splits.train->sources()[0].shape.height > 0;
  const PictureLook look =
      look_at_pictures(samples, [&](std::int64_t i) { return splits.train->value(i, 0); });

  Draft draft{.data = folder};
  draft.found = fmt::format("{} pictures to train {}, {}", with_commas(samples), look.text(),
                            data::class_list(splits.train->classes()));
  for (const std::string& note : splits.notes) draft.notes.push_back(note);
  if (look.unreadable > 0)
    draft.notes.push_back(
        fmt::format("Of {} pictures that were tried {} can't be read, such as {}.",
                    look.seen + look.unreadable, look.unreadable, look.unreadable_example));
  if (splits.train->classes().empty())
    draft.notes.push_back(
        "There are no folders of classes, so no labels: training needs none, and cmc evaluate "
        "judges retrieval alone.");

  DraftSection data{"[data]", ""};
  data.add("root", toml_text(folder));
  if (!packed && !look.colored) data.add("channels", "1", "the pictures that were tried are grey");
  std::int64_t training = samples;
  if (!own_test) {
    constexpr std::int64_t few = 5000;
    const bool small = samples < few;
    data.add("held_out", small ? "0.2" : "0.1",
             small ? "a fifth: of few pictures a smaller part would judge too roughly" : "a tenth");
    training -= samples / (small ? 5 : 10);
  }
  draft.sections.push_back(data);

  ViewKinds kinds{.picture_side = look.side()};
  DraftSection views{"[views]", ""}, augmentation{"[views.augmentation]", ""};
  if (look.colored) {
    views.add("kind", "\"color\"", "two views: lightness and colour");
    views.add("space", "\"lab\"");
    augmentation.add("shared", "false", "each view has a window of its own: accuracy is higher");
    augmentation.add("crop", "\"random_resized\"");
    augmentation.add("scale_low", "0.3");
    augmentation.add("flip_probability", "0.5");
  } else if (look.size() == 0) {
    views.add("kind", "\"halves\"", "small grey pictures: the left and the right half");
    augmentation.add("crop", "\"pad_and_shift\"");
    augmentation.add("padding", "3");
  } else {
    views.add("kind", "\"augmented\"", "grey pictures, two views: each changed twice at random");
    kinds.alike = true;
  }
  if (!packed || look.size() > 0)
    views.add("size", fmt::format("{}", look.side()),
              fmt::format("pixels a side, of pictures {}", look.text()));
  draft.sections.push_back(views);
  if (!augmentation.keys.empty()) draft.sections.push_back(augmentation);
  add_training(draft, kinds, training);
  return draft;
}

Draft draft_folder(const std::string& folder, const DraftOptions& options) {
  if (is_packed(folder)) {
    check_no_label(options);
    return draft_pictures(folder);
  }
  const Contents contents = contents_of(folder);
  const std::size_t kinds = (contents.pictures.empty() ? 0u : 1u) +
                            (contents.sounds.empty() ? 0u : 1u) +
                            (contents.arrays.empty() ? 0u : 1u);
  const auto path_of = [&](const std::string& name) { return (fs::path(folder) / name).string(); };
  if (contents.tables.size() == 1 && (kinds == 0 || names_files(path_of(contents.tables.front()))))
    return draft_table(path_of(contents.tables.front()), options);
  if (kinds == 0 && are_series(folder, contents.tables))
    return draft_named_files(folder, contents.tables, options, contents);
  if (kinds == 0 && contents.tables.size() > 1)
    return draft_tables(folder, contents.tables, options);
  check(kinds <= 1,
        "{}: holds {}, and nothing says which belong together: write a table with a row a sample "
        "and a column for each kind's paths, and cmc init it; or name one kind by a pattern, such "
        "as \"{}/{{name}}.wav\"",
        folder, contents.text(), folder);
  if (kinds == 0) {
    if (opens(folder)) return draft_pictures(folder);
    const std::string step = data::step_before_reading(folder);
    check(step.empty(), "{}", step);
    fail(
        "{}: holds {}; a folder of pictures (.jpg, .png, …), of sounds (.wav, .flac, …), of "
        "tables (.csv, .jsonl) or arrays (.npy) was expected, or IDX, CIFAR or STL-10",
        folder, contents.others.empty() ? "no file" : "nothing but " + contents.others.front());
  }
  if (!contents.pictures.empty() && look_at_bands(inside(folder, contents.pictures)))
    return draft_named_files(folder, contents.pictures, options, contents);
  if (!contents.pictures.empty()) {
    check_no_label(options);
    return draft_pictures(folder);
  }
  if (contents.arrays.size() == 1) return draft_array(path_of(contents.arrays.front()), options);
  return draft_named_files(folder, contents.sounds.empty() ? contents.arrays : contents.sounds,
                           options, contents);
}

}  // namespace cmc::draft
