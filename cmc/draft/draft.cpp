#include "cmc/draft/draft.h"

#include <algorithm>
#include <filesystem>

#include "cmc/data/formats/downloads.h"
#include "cmc/data/tables/array_manifest.h"
#include "cmc/draft/column_look.h"
#include "cmc/draft/drafts.h"
#include "cmc/draft/words.h"
#include "cmc/error.h"
#include "cmc/files/folder_walk.h"

namespace cmc::draft {
namespace {

namespace fs = std::filesystem;

Draft draft_file(const std::string& file, const DraftOptions& options) {
  const char* const one = files::is_image_name(file) ? "picture"
                          : is_sound_name(file)      ? "sound"
                                                     : nullptr;
  check(one == nullptr,
        "{}: is one {}, and a sample can't be contrasted with itself: name the folder that holds "
        "all of them",
        file, one == nullptr ? "" : one);
  const std::string step = data::step_before_reading(file);
  check(step.empty(), "{}", step);
  return data::is_array_manifest(file) ? draft_array(file, options) : draft_table(file, options);
}

/// From the root of the file system; the braces of a pattern stay.
std::string absolute(const std::string& data) {
  const std::size_t brace = data.find('{');
  const std::size_t slash = brace == std::string::npos ? data.size() : data.rfind('/', brace);
  if (slash == std::string::npos) return (fs::current_path() / data).string();
  return fs::absolute(data.substr(0, slash)).lexically_normal().string() + data.substr(slash);
}

/// A text as one line of a comment: a file's name may hold a line's end.
std::string comment(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return "# " + text + "\n";
}

/// The column of a line that its reason begins in, where there is room before it.
constexpr std::size_t reason_at = 40;

std::string line_of(const DraftKey& key) {
  std::string line = key.name + " = " + key.value;
  if (key.reason.empty()) return line + "\n";
  line.append(line.size() < reason_at ? reason_at - line.size() : 2, ' ');
  return line + comment(key.reason);
}

std::string view_of(const DraftSection& section) {
  for (const DraftKey& key : section.keys)
    if (key.name == "name") return key.value;
  return "";
}

}  // namespace

void check_samples(const std::string& what, std::int64_t samples) {
  check(samples >= least_samples,
        "{}: holds {} sample{}: each is learned from by contrast with others, so that {} are the "
        "fewest, and some hundred the fewest that teach anything",
        what, samples, samples == 1 ? "" : "s", least_samples);
}

Draft draft(const std::string& data, const DraftOptions& options) {
  const std::string named = options.absolute ? absolute(data) : data;
  if (data.find('{') != std::string::npos) return draft_table(named, options);
  std::error_code ignored;
  if (fs::is_directory(named, ignored)) return draft_folder(named, options);
  check(fs::exists(named, ignored),
        "{}: there is no such file or folder (it would be {}); a folder of pictures or sounds, a "
        "CSV, TSV or JSON-lines file, a .npy or .npz array, or a pattern of file names such as "
        "\"sounds/{{word}}_{{speaker}}.wav\" was expected",
        data, fs::absolute(data).string());
  return draft_file(named, options);
}

std::string to_toml(const Draft& draft) {
  std::string text = comment("Drafted by cmc init from " + draft.data + ": " + draft.found + ".");
  text += comment("What was guessed has its reason beside it; cmc recipes --keys lists every key.");
  for (const std::string& note : draft.notes) text += comment(note);
  for (const DraftSection& section : draft.sections) {
    text +=
        "\n" + section.header + (section.reason.empty() ? "\n" : "  " + comment(section.reason));
    for (const DraftKey& key : section.keys) text += line_of(key);
  }
  return text;
}

std::vector<std::string> guesses(const Draft& draft) {
  std::vector<std::string> lines = {draft.data + ": " + draft.found};
  for (const std::string& note : draft.notes) lines.push_back(note);
  for (const DraftSection& section : draft.sections) {
    const bool is_view = section.header == "[[view]]";
    const std::string table =
        is_view ? "view " + view_of(section) : section.header.substr(1, section.header.size() - 2);
    if (!section.reason.empty()) lines.push_back(table + ": " + section.reason);
    for (const DraftKey& key : section.keys)
      if (!key.reason.empty())
        lines.push_back(table + (is_view ? ": " : ".") + key.name + " = " + key.value + ": " +
                        key.reason);
  }
  return lines;
}

}  // namespace cmc::draft
