#include "cmc/runs/run_folder.h"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>

#include "cmc/error.h"
#include "cmc/evaluation/unreadable.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/json_text.h"
#include "cmc/runs/environment.h"
#include "cmc/runs/file_names.h"
#include "cmc/runs/recipe_paths.h"

namespace cmc::runs {
namespace {

using nlohmann::json;

/// Of what a run folder holds. It rises when a recipe or a checkpoint changes its meaning.
constexpr int run_format = 1;

std::string now() {
  const std::time_t time = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
  return text;
}

/// Whether discard() removes a file of this name, beside that which says that this is a run.
bool is_of_a_run(const std::string& name) {
  return name == file_names::recipe || name == file_names::statistics ||
         name == file_names::metrics || name == file_names::views_sheet ||
         name.starts_with(RunFolder::events_prefix);
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::error_code error;  // a folder that has gone holds nothing
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry(folder, error), end; entry != end;
       entry.increment(error))
    files.push_back(entry->path());
  return files;
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool has_a_checkpoint(const std::filesystem::path& folder) {
  return std::ranges::any_of(files_in(folder), [](const std::filesystem::path& file) {
    return file.filename().string().starts_with(file_names::checkpoint_prefix);
  });
}

void remove_own_files(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const std::filesystem::path& file : files_in(folder)) {
    const std::string name = file.filename().string();
    if (name == file_names::info || is_of_a_run(name)) std::filesystem::remove(file, ignored);
  }
}

/// Whether a run began here and ended, killed perhaps, before its first checkpoint: nothing can go
/// on from there. Its lock is held, so that it isn't just about to write one.
bool never_began(const std::filesystem::path& folder) {
  if (has_a_checkpoint(folder)) return false;
  const json info = files::object_of_line(text_of(folder / file_names::info));
  return info.is_object() && info.contains("format") && info.contains("environment") &&
         info.value("finished", json()) == json(false);
}

/// Throws Error where a new run would take someone's own away.
void make_way(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder / file_names::info)) {
    check(never_began(folder),
          "{} holds a run already; resume it with `cmc train --resume {}` or name another folder "
          "by --output",
          folder.string(), folder.string());
    remove_own_files(folder);
  }
  // Where nothing says that this is a run, they are someone's own: writing and discard() would take
  // them away.
  for (const std::filesystem::path& file : files_in(folder))
    check(!is_of_a_run(file.filename().string()),
          "{}: is there already, and a run writes its own; move it away or name another folder by "
          "--output",
          file.string());
}

}  // namespace

RunFolder RunFolder::create(const std::filesystem::path& path, const recipe::Recipe& recipe,
                            const std::vector<std::string>& command) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  check(!error, "{}: can't be created: {}", path.string(), error.message());
  RunFolder run(path);
  run.recipe_ = recipe;
  run.lock_ = std::make_shared<files::LockFile>(path / file_names::lock);
  run.check_writable();
  try {
    make_way(path);
  } catch (...) {
    run.lock_->remove();
    std::filesystem::remove(path, error);  // where it was made for the run
    throw;
  }
  run.new_ = true;
  // What is recorded comes first: it tells what a killed process left from a file of someone's own.
  run.record({{"format", run_format},
              {"name", recipe.name},
              {"command", command},
              {"seed", recipe.seed},
              {"paths", places_of(recipe, path)},
              {"started", now()},
              {"environment", environment()},
              {"finished", false}});
  files::write_atomically(path / file_names::recipe, recipe::to_toml(recipe));
  return run;
}

RunFolder RunFolder::open(const std::filesystem::path& path) {
  check(std::filesystem::is_directory(path), "{}: no such folder; expected the folder of a run",
        path.string());
  check(std::filesystem::exists(path / file_names::info),
        "{}: no {} in it; expected the folder of a run", path.string(), file_names::info);
  RunFolder run(path);
  const std::string file = (path / file_names::info).string();
  run.info_ = files::read_json(file);
  std::string writer;
  files::reading_json(file, [&] {
    const int format = run.info_.value("format", run_format);
    writer = run.info_.value("environment", json::object()).value("cmc", "another version");
    check(format == run_format, "{}: a run of format {}, written by cmc {}; cmc {} reads format {}",
          path.string(), format, writer, version(), run_format);
    run.info_.value("finished", false);
    run.info_.value("steps", std::int64_t{0});
    run.info_.value("judged_checkpoint", std::string());
  });
  check(std::filesystem::exists(path / file_names::recipe),
        "{}: no {} in it: its training ended before it began; start it again by `cmc train`",
        path.string(), file_names::recipe);
  try {
    run.recipe_ = recipe::read_recipe(path / file_names::recipe);
  } catch (const UsageError& error) {
    if (writer == version()) throw;
    fail("{} (the run was written by cmc {}; this is cmc {})", error.what(), writer, version());
  }
  return run;
}

RunFolder RunFolder::open_to_write(const std::filesystem::path& path) {
  open(path);  // that no lock is left where there is no run
  auto held = std::make_shared<files::LockFile>(path / file_names::lock);
  RunFolder run = open(path);  // as the lock's last holder left it
  run.lock_ = std::move(held);
  return run;
}

files::LockFile RunFolder::lock(const std::filesystem::path& path) {
  return files::LockFile(path / file_names::lock);
}

std::filesystem::path RunFolder::search_index_file(const std::filesystem::path& path,
                                                   std::string_view view, std::string_view method) {
  return path / file_names::search_index(view, method);
}

const std::string& RunFolder::unwritable() const {
  static const std::string unlocked = "it was opened to be read";
  return lock_ ? lock_->unwritable() : unlocked;
}

void RunFolder::check_writable() const {
  check(unwritable().empty(), "{}: can't be written: {}", path_.string(), unwritable());
}

void RunFolder::record(const json& changes) {
  info_.merge_patch(changes);
  files::write_atomically(path_ / file_names::info, files::json_text(info_, 2) + "\n");
}

void RunFolder::record_unreadable(const std::vector<data::UnreadableSample>& samples) {
  if (samples.empty() || !unwritable().empty()) return;
  std::vector<data::UnreadableSample> known =
      evaluation::unreadable_from_json(info_.value("unreadable", json::array()));
  evaluation::add_unreadable(known, samples);
  record({{"unreadable", evaluation::unreadable_to_json(known)}});
}

recipe::Recipe RunFolder::with_encoder_files() const {
  recipe::Recipe recipe = recipe_;
  find_encoder_files(recipe, info_.value("paths", json::object()), path_);
  return recipe;
}

recipe::Recipe RunFolder::with_data(const std::string& data) const {
  recipe::Recipe recipe = with_encoder_files();
  if (data.empty())
    find_data(recipe, info_.value("paths", json::object()), path_);
  else
    take_data(recipe, data);
  return recipe;
}

void RunFolder::move_data(const std::string& data) {
  recipe::Recipe recipe = recipe_;
  take_data(recipe, data);
  json places = places_of(recipe, path_);
  for (const char* const key : {"data.root", "data.manifest"})
    if (places.contains(key)) record({{"paths", {{key, places[key]}}}});
}

void RunFolder::discard() const {
  std::error_code ignored;
  if (has_a_checkpoint(path_)) return;
  remove_own_files(path_);
  if (lock_) lock_->remove();
  std::filesystem::remove(path_, ignored);  // where nothing else is in it
}

}  // namespace cmc::runs
