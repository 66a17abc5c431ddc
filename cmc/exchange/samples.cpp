#include "cmc/exchange/samples.h"

#include <algorithm>
#include <opencv2/core.hpp>

#include "cmc/data/joined.h"
#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/data/open.h"
#include "cmc/data/subset.h"
#include "cmc/data/tables/array_manifest.h"
#include "cmc/data/tables/rows.h"
#include "cmc/error.h"
#include "cmc/files/checksum.h"
#include "cmc/runs/run_folder.h"

namespace cmc::exchange {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t known_by = 32;

/// The recipe's manifest options for another file.
data::ManifestOptions manifest_of(const LoadedRun& run, const std::string& input,
                                  std::vector<data::SourceOptions> sources) {
  data::ManifestOptions options = run.recipe.data.manifest;
  options.manifest = input;
  const std::shared_ptr<const data::Rows> rows =
      data::open_rows(input, {options.separator, options.decimal});
  for (std::string* const column :
       {&options.key, &options.label, &options.part, &options.duplicates})
    if (!data::has_column(*rows, *column)) column->clear();
  options.split_by.clear();
  options.test_groups.clear();
  options.test_samples = 0;
  const bool pattern = input.find('{') != std::string::npos;
  for (data::SourceOptions& source : sources) {
    const data::KindDescriptor& kind = data::descriptor(source.kind);
    if (pattern && kind.reader != nullptr) {
      source.column = kind.parse == nullptr ? "file" : "";
      source.file = kind.parse == nullptr ? "" : "{file}";
    }
    if (kind.files_hold_rows && data::is_array_manifest(input)) {
      source.column.clear();
      source.file = fs::path(input).filename().string();
    }
    if (!source.table.empty() && !fs::exists(rows->folder() / source.table)) {
      source.table.clear();
      source.table_key.clear();
    }
  }
  options.sources = std::move(sources);
  return options;
}

data::DataOptions data_options(const LoadedRun& run, std::span<const std::size_t> views,
                               const std::string& input) {
  std::vector<data::SourceOptions> sources;
  for (const std::size_t view : views) {
    const data::SourceOptions& source = run.sources.at(run.source(view));
    if (std::ranges::count(sources, source) == 0) sources.push_back(source);
  }
  data::DataOptions options = run.recipe.data;
  if (input.empty()) {
    const data::DataOptions own = runs::RunFolder::open(run.path).with_data(run.data).data;
    options.root = own.root;
    options.manifest.manifest = own.manifest.manifest;
  }
  const bool manifest = !options.manifest.manifest.empty();
  if (manifest && (input.empty() || !fs::is_directory(input))) {
    if (input.empty()) {
      options.manifest.sources = std::move(sources);
    } else {
      options.manifest = manifest_of(run, input, std::move(sources));
      options.held_out = 0;
      options.classes.clear();
    }
    return options;
  }
  if (input.empty()) return options;
  check(sources.size() == 1 && sources[0].kind == data::SourceKind::image,
        "{}: a folder holds pictures; the view \"{}\" is of the kind {}, which a manifest or a "
        "pattern such as \"{}/{{name}}.wav\" gives",
        input, run.transform->views()[views[0]].name, data::name(sources[0].kind), input);
  return {.root = input,
          .coarse_labels = run.recipe.data.coarse_labels,
          .channels = sources[0].channels,
          .held_out = 0};
}

/// Whether classes are called "0", "1", …: the files give numbers, and no names.
bool are_numbers(const std::vector<std::string>& classes) {
  for (std::size_t c = 0; c < classes.size(); ++c)
    if (classes[c] != std::to_string(c)) return false;
  return !classes.empty();
}

/// Opens a folder under the run's own names of its classes, where its files give numbers alone.
data::Splits open_named(const LoadedRun& run, data::DataOptions options) {
  data::Splits splits = data::open(options);
  const std::vector<std::string>& names = run.recipe.data.classes;
  const std::size_t classes = splits.train->classes().size();
  if (names.size() < classes || !are_numbers(splits.train->classes())) return splits;
  options.classes.assign(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(classes));
  return data::open(options);
}

/// Pictures of a run that learned from pictures of one size, whole, must have that size.
void check_pictures(const LoadedRun& run, const data::Source& known, const data::Source& found,
                    const std::string& where) {
  const data::SourceShape &due = known.shape, &own = found.shape;
  const bool whole = run.recipe.view.empty() && run.recipe.views.size == 0;
  const bool fits =
      !whole || own.height == 0 || (own.height == due.height && own.width == due.width);
  check(fits && (own.channels <= 1 || due.channels != 1),
        "{}: pictures of {} × {} pixels and {} channels; the run learned from {} × {} and {}",
        where, own.width, own.height, own.channels, due.width, due.height, due.channels);
}

}  // namespace

Part part(std::string_view name) {
  if (name == "all") return Part::all;
  if (name == "train") return Part::train;
  if (name == "test") return Part::test;
  throw UsageError(fmt::format("part \"{}\" is unknown; it must be all, train or test", name));
}

std::size_t source_among(const LoadedRun& run, std::size_t view, const data::Dataset& samples) {
  const std::vector<data::Source>& sources = samples.sources();
  const std::string& name = run.sources.at(run.source(view)).name;
  const auto found = std::ranges::find(sources, name, &data::Source::name);
  if (found == sources.end() && sources.size() == 1) return 0;
  check(found != sources.end(), "the samples have no source \"{}\", which view \"{}\" is made from",
        name, run.transform->views()[view].name);
  return static_cast<std::size_t>(found - sources.begin());
}

std::shared_ptr<const data::Dataset> samples_for(const LoadedRun& run,
                                                 std::span<const std::size_t> views,
                                                 const std::string& input, Part part) {
  const data::DataOptions options = data_options(run, views, input);
  const std::string& where =
      options.manifest.manifest.empty() ? options.root : options.manifest.manifest;
  const bool foreign_folder = !input.empty() && options.manifest.manifest.empty();
  const data::Splits splits = foreign_folder ? open_named(run, options) : data::open(options);
  const auto samples = of_part(data::joined(splits.train, splits.test), part);
  check(samples->size() > 0, "{}: its {} part is empty; use part all", where,
        part == Part::train ? "training" : "test");
  for (const std::size_t view : views) {
    const data::Source& known = run.statistics.sources.at(run.source(view));
    const data::Source& found = samples->sources()[source_among(run, view, *samples)];
    runs::check_fits(known, found, where);
    if (known.kind == data::SourceKind::image) check_pictures(run, known, found, where);
  }
  return samples;
}

std::shared_ptr<const data::Dataset> of_part(std::shared_ptr<const data::Dataset> samples,
                                             Part part) {
  if (part == Part::all) return samples;
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < samples->size(); ++i)
    if ((samples->part(i) == "test") == (part == Part::test)) chosen.push_back(i);
  return std::make_shared<data::Subset>(std::move(samples), std::move(chosen));
}

std::vector<std::string> unknown_classes(const LoadedRun& run, const data::Dataset& samples) {
  if (run.classes.empty()) return {};
  std::vector<std::string> unknown;
  for (const std::string& name : samples.classes())
    if (!std::ranges::count(run.classes, name)) unknown.push_back(name);
  return unknown;
}

std::string checksum(const data::Dataset& samples, std::size_t source) {
  std::uint32_t crc = 0;
  const std::int64_t n = std::min(known_by, samples.size());
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t index =
        n > 1 ? static_cast<std::int64_t>(static_cast<double>(i) / static_cast<double>(n - 1) *
                                          static_cast<double>(samples.size() - 1))
              : 0;
    const std::string name = samples.name(index);
    crc = files::crc32(crc, name.data(), name.size());
    try {
      const cv::Mat value = samples.value(index, source);
      const cv::Mat packed = value.isContinuous() ? value : value.clone();
      if (!packed.empty()) crc = files::crc32(crc, packed.data, packed.total() * packed.elemSize());
    } catch (const UnreadableError&) {
      continue;  // its name counts
    }
  }
  return files::checksum_text(crc);
}

}  // namespace cmc::exchange
