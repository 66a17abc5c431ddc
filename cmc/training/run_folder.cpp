#include "cmc/training/run_folder.h"

#include <ctime>
#include <fstream>

#include "cmc/data/atomic_file.h"
#include "cmc/error.h"
#include "cmc/training/environment.h"
#include "cmc/training/recipe_paths.h"

namespace cmc::training {
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

/// Whether discard() removes a file of this name beside run.json.
bool is_of_a_run(const std::string& name) {
  return name == "recipe.toml" || name == "fitted.json" || name == "metrics.jsonl" ||
         name == "report-views.png" || name.starts_with("events.out.tfevents.");
}

}  // namespace

RunFolder RunFolder::create(const std::filesystem::path& path, const Recipe& recipe,
                            const std::vector<std::string>& command) {
  check(!std::filesystem::exists(path / "run.json"),
        "{} holds a run already; resume it with `cmc train --resume {}` or name another folder by "
        "--output",
        path.string(), path.string());
  std::error_code error;
  std::filesystem::create_directories(path, error);
  check(!error, "{}: can't be made: {}", path.string(), error.message());
  // Without run.json they are someone's own: writing and discard() would take them away.
  for (const auto& entry : std::filesystem::directory_iterator(path))
    check(!is_of_a_run(entry.path().filename().string()),
          "{}: is there already, and a run writes its own; move it away or name another folder by "
          "--output",
          entry.path().string());
  RunFolder run(path);
  run.recipe_ = recipe;
  data::write_atomically(path / "recipe.toml", to_toml(recipe));
  run.record({{"format", run_format},
              {"name", recipe.name},
              {"command", command},
              {"seed", recipe.seed},
              {"paths", places_of(recipe, path)},
              {"started", now()},
              {"environment", environment()},
              {"finished", false}});
  return run;
}

RunFolder RunFolder::open(const std::filesystem::path& path) {
  check(std::filesystem::is_directory(path), "{}: no such folder; expected the folder of a run",
        path.string());
  std::ifstream in(path / "run.json");
  check(in.good(), "{}: no run.json in it; expected the folder of a run", path.string());
  RunFolder run(path);
  run.info_ = json::parse(in, nullptr, false);
  check(run.info_.is_object(), "{}: not JSON", (path / "run.json").string());
  const int format = run.info_.value("format", run_format);
  const std::string writer =
      run.info_.value("environment", json::object()).value("cmc", std::string("another version"));
  check(format == run_format, "{}: a run of format {}, written by cmc {}; cmc {} reads format {}",
        path.string(), format, writer, version(), run_format);
  try {
    run.recipe_ = read_recipe(path / "recipe.toml");
  } catch (const UsageError& error) {
    if (writer == version()) throw;
    fail("{} (the run was written by cmc {}; this is cmc {})", error.what(), writer, version());
  }
  return run;
}

void RunFolder::record(const json& changes) {
  info_.merge_patch(changes);
  // The name of a class's folder, or of a file that was left out, may be no UTF-8.
  data::write_atomically(path_ / "run.json",
                         info_.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

Recipe RunFolder::with_encoder_files() const {
  Recipe recipe = recipe_;
  find_encoder_files(recipe, info_.value("paths", json::object()), path_);
  return recipe;
}

Recipe RunFolder::with_data(const std::string& data) const {
  Recipe recipe = with_encoder_files();
  if (data.empty())
    find_data(recipe, info_.value("paths", json::object()), path_);
  else
    take_data(recipe, data);
  return recipe;
}

void RunFolder::move_data(const std::string& data) {
  Recipe recipe = recipe_;
  take_data(recipe, data);
  json places = places_of(recipe, path_);
  for (const char* const key : {"data.root", "data.manifest"})
    if (places.contains(key)) record({{"paths", {{key, places[key]}}}});
}

void RunFolder::discard() const {
  for (const auto& entry : std::filesystem::directory_iterator(path_))
    if (entry.path().filename().string().starts_with("checkpoint-")) return;
  std::vector<std::filesystem::path> own;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    const std::string name = entry.path().filename().string();
    if (name == "run.json" || is_of_a_run(name)) own.push_back(entry.path());
  }
  std::error_code ignored;
  for (const auto& file : own) std::filesystem::remove(file, ignored);
  std::filesystem::remove(path_, ignored);  // where nothing else is in it
}

std::filesystem::path RunFolder::checkpoint(const std::string& name) const {
  const std::filesystem::path file = path_ / ("checkpoint-" + name + ".safetensors");
  check(std::filesystem::exists(file), "{}: the run has no such checkpoint", file.string());
  return file;
}

std::int64_t RunFolder::load(Model& model, const std::string& checkpoint) const {
  const Checkpoint loaded = load_checkpoint(this->checkpoint(checkpoint));
  model->load_state(loaded.model);
  return loaded.step;
}

}  // namespace cmc::training
