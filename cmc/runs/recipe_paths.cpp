#include "cmc/runs/recipe_paths.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "cmc/error.h"

namespace cmc::runs {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A path in a recipe, and the key that it stands under.
struct NamedPath {
  std::string key;
  std::string* text;
};

/// Without text where the recipe names no data.
NamedPath data_path(recipe::Recipe& recipe) {
  if (!recipe.data.manifest.manifest.empty())
    return {"data.manifest", &recipe.data.manifest.manifest};
  return {"data.root", &recipe.data.root};
}

std::vector<NamedPath> encoder_paths(recipe::Recipe& recipe) {
  std::vector<NamedPath> paths;
  const auto add = [&](const std::string& key, encoders::EncoderOptions& encoder) {
    paths.push_back({key + ".weights", &encoder.weights});
    paths.push_back({key + ".torchscript", &encoder.torchscript});
  };
  add("encoder", recipe.encoder);
  for (recipe::ViewEntry& view : recipe.view)
    add("view." + view.source.name + ".encoder", view.encoder);
  std::erase_if(paths, [](const NamedPath& path) { return path.text->empty(); });
  return paths;
}

/// A path as the folder or file that has no field in braces, and what follows, which may be
/// nothing.
struct Parted {
  std::string fixed, rest;
};

Parted parted(const std::string& path) {
  const std::size_t brace = path.find('{');
  if (brace == std::string::npos) return {path, ""};
  const std::size_t slash = path.rfind('/', brace);
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

bool is_there(const std::string& path) {
  const Parted parts = parted(path);
  std::error_code ignored;  // a name that is too long, a folder that is closed
  return fs::exists(parts.fixed.empty() ? "." : parts.fixed, ignored);
}

/// From the root of the file system, without "..", where that leads to the same place: behind a
/// symbolic link it need not.
std::string absolute(const std::string& path) {
  const Parted parts = parted(path);
  const fs::path whole = parts.fixed.empty() ? fs::current_path() / "" : fs::absolute(parts.fixed);
  const fs::path normal = whole.lexically_normal();
  std::error_code ignored;
  return (fs::equivalent(whole, normal, ignored) ? normal : whole).string() + parts.rest;
}

/// The places where a path may lie, the likeliest first.
std::vector<std::string> candidates(const NamedPath& path, const json& places,
                                    const fs::path& run) {
  std::vector<std::string> found;
  const auto add = [&](const std::string& place) {
    if (!place.empty() && !std::ranges::count(found, place)) found.push_back(place);
  };
  if (const auto known = places.find(path.key); known != places.end() && known->is_object()) {
    const std::string before = known->value("absolute", ""),
                      from_run = known->value("relative", "");
    // As it was typed where that is the same place, so that messages name what people know.
    add(absolute(*path.text) == before ? *path.text : before);
    std::error_code ignored;
    if (!from_run.empty()) {
      add((fs::weakly_canonical(run, ignored) / from_run).lexically_normal().string());
      add((fs::absolute(run) / from_run).lexically_normal().string());
    }
  }
  if (found.empty()) add(*path.text);  // a run that does not know where they lay
  return found;
}

std::optional<std::string> first_there(const std::vector<std::string>& places) {
  const auto found = std::ranges::find_if(places, is_there);
  return found == places.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

void find_beside(recipe::Recipe& recipe, const fs::path& file) {
  std::vector<NamedPath> paths = encoder_paths(recipe);
  paths.push_back(data_path(recipe));
  for (const NamedPath& path : paths) {
    if (path.text->empty() || is_there(*path.text)) continue;
    const std::string beside = (file.parent_path() / *path.text).string();
    if (is_there(beside)) *path.text = beside;
  }
}

json places_of(const recipe::Recipe& recipe, const fs::path& run) {
  recipe::Recipe copy = recipe;
  std::vector<NamedPath> paths = encoder_paths(copy);
  paths.push_back(data_path(copy));
  json places = json::object();
  const fs::path folder = fs::absolute(run).lexically_normal();
  for (const NamedPath& path : paths) {
    if (path.text->empty()) continue;
    const std::string place = absolute(*path.text);
    const fs::path relative = fs::path(place).lexically_normal().lexically_relative(folder);
    places[path.key] = {{"absolute", place}, {"relative", relative.string()}};
  }
  return places;
}

void find_encoder_files(recipe::Recipe& recipe, const json& places, const fs::path& run) {
  for (const NamedPath& path : encoder_paths(recipe)) {
    const std::vector<std::string> tried = candidates(path, places, run);
    *path.text = first_there(tried).value_or(tried.front());
  }
}

void find_data(recipe::Recipe& recipe, const json& places, const fs::path& run) {
  const NamedPath path = data_path(recipe);
  if (path.text->empty()) return;  // to open it says what is missing
  const std::vector<std::string> tried = candidates(path, places, run);
  const std::optional<std::string> found = first_there(tried);
  check(found.has_value(),
        "{}: the run's data ({} = \"{}\") is not where it was: there is no {}; --data PATH says "
        "where it is now",
        run.string(), path.key, *path.text, fmt::join(tried, ", no "));
  *path.text = *found;
}

void take_data(recipe::Recipe& recipe, const std::string& path) {
  std::string& manifest = recipe.data.manifest.manifest;
  if (!is_there(path)) throw UsageError(fmt::format("--data {}: there is no such place", path));
  if (manifest.empty()) {
    recipe.data.root = path;
    return;
  }
  if (path.find('{') != std::string::npos || !fs::is_directory(path)) {
    manifest = path;
    return;
  }
  const Parted parts = parted(manifest);
  const std::string name = parts.rest.empty() ? fs::path(manifest).filename().string() : parts.rest;
  const std::string inside = (fs::path(path) / name).string();
  if (!is_there(inside))
    throw UsageError(
        fmt::format("--data {}: there is no {} in it, which is the run's manifest; "
                    "--data may name the manifest itself",
                    path, name));
  manifest = inside;
}

}  // namespace cmc::runs
