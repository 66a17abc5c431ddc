#include "cmc/runs/training_statistics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/base64.h"
#include "cmc/files/json_text.h"

namespace cmc::views {

void to_json(nlohmann::json& json, const Standardization& known) {
  json = {{"mean", known.mean}, {"deviation", known.deviation}, {"missing", known.missing}};
  if (!known.tokenizer.empty()) json["tokenizer"] = files::base64(known.tokenizer);
}

void from_json(const nlohmann::json& json, Standardization& known) {
  json.at("mean").get_to(known.mean);
  json.at("deviation").get_to(known.deviation);
  json.at("missing").get_to(known.missing);
  if (json.contains("tokenizer"))
    known.tokenizer = files::from_base64(json["tokenizer"].get<std::string>());
}

}  // namespace cmc::views

namespace cmc::data {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TableColumn, name, categories)

void to_json(nlohmann::json& json, const Source& source) {
  json = {{"name", source.name},
          {"kind", name(source.kind)},
          {"channels", source.shape.channels},
          {"height", source.shape.height},
          {"width", source.shape.width},
          {"rate", source.rate},
          {"columns", source.columns}};
  if (source.kind == SourceKind::series)
    json["layout"] = {{"time_first", source.layout.time_first},
                      {"channels", source.layout.channels}};
}

void from_json(const nlohmann::json& json, Source& source) {
  json.at("name").get_to(source.name);
  source.kind = source_kind(json.at("kind").get<std::string>());
  json.at("channels").get_to(source.shape.channels);
  json.at("height").get_to(source.shape.height);
  json.at("width").get_to(source.shape.width);
  json.at("rate").get_to(source.rate);
  json.at("columns").get_to(source.columns);
  if (source.kind != SourceKind::series) return;
  json.at("layout").at("time_first").get_to(source.layout.time_first);
  json.at("layout").at("channels").get_to(source.layout.channels);
}

}  // namespace cmc::data

namespace cmc::runs {
namespace {

/// Shapes, rates and columns that a data set could have.
void check_source(const data::Source& source) {
  constexpr std::int64_t longest = std::int64_t{1} << 31;
  const data::SourceShape& shape = source.shape;
  std::int64_t numbers = 1;
  for (const std::int64_t size : {shape.channels, shape.height, shape.width}) {
    // By division: a product of three may be beyond 64 bits.
    check(size >= 0 && size <= longest / numbers,
          "\"{}\" is of {} × {} × {} (channels, height, width)", source.name, shape.channels,
          shape.height, shape.width);
    numbers *= std::max<std::int64_t>(1, size);
  }
  try {
    data::descriptor(source.kind).check(source);
  } catch (const Error& error) {
    fail("\"{}\" is of the kind {}: {}", source.name, data::name(source.kind), error.what());
  }
}

TrainingStatistics statistics_of(const nlohmann::json& json, const std::string& where) {
  TrainingStatistics statistics;
  try {
    json.at("sources").get_to(statistics.sources);
    json.at("standardization").get_to(statistics.standardizations);
  } catch (const nlohmann::json::exception& error) {
    fail("{}: not what a run keeps of its training part: {}", where, error.what());
  }
  check(!statistics.sources.empty(), "{}: names no source", where);
  try {
    for (const data::Source& source : statistics.sources) check_source(source);
    for (const auto& [view, known] : statistics.standardizations)
      views::check_statistics(known, known.mean.size(), view);
  } catch (const Error& error) {
    fail("{}: {}", where, error.what());
  }
  return statistics;
}

}  // namespace

void save_statistics(const std::filesystem::path& path, const TrainingStatistics& statistics) {
  files::write_atomically(path, statistics_text(statistics));
}

std::string statistics_text(const TrainingStatistics& statistics) {
  const nlohmann::json json = {{"sources", statistics.sources},
                               {"standardization", statistics.standardizations}};
  return json.dump(1) + "\n";
}

TrainingStatistics statistics_of_text(const std::string& text, const std::string& where) {
  return statistics_of(nlohmann::json::parse(text), where);
}

TrainingStatistics load_statistics(const std::filesystem::path& path) {
  check(std::filesystem::exists(path),
        "{}: can't be opened; a run keeps there what it knows of its training part", path.string());
  return statistics_of(files::read_json(path), path.string());
}

void check_fits(const data::Source& known, const data::Source& found, const std::string& where) {
  check(known.kind == found.kind, "{}: \"{}\" is of the kind {}; the run learned from the kind {}",
        where, found.name, data::name(found.kind), data::name(known.kind));
  check(known.columns.size() == found.columns.size(),
        "{}: \"{}\" has {} columns; the run learned from {}", where, found.name,
        found.columns.size(), known.columns.size());
  if (known.kind == data::SourceKind::series)
    for (std::size_t c = 0; c < known.columns.size(); ++c)
      check(known.columns[c].name == found.columns[c].name,
            "{}: channel {} of \"{}\" is \"{}\"; the run learned from \"{}\"", where, c + 1,
            found.name, found.columns[c].name, known.columns[c].name);
  for (std::size_t c = 0; c < known.columns.size(); ++c)
    check(known.columns[c].categories == found.columns[c].categories,
          "{}: column \"{}\" of \"{}\" holds other categories than the run learned from", where,
          found.columns[c].name, found.name);
  if (data::descriptor(known.kind).shape_of == nullptr) return;
  const data::SourceShape &due = known.shape, &own = found.shape;
  if (known.kind == data::SourceKind::bands)
    check(own == due, "{}: \"{}\" has {} bands; the run learned from {}", where, found.name,
          own.channels, due.channels);
  check(own == due,
        "{}: \"{}\" holds arrays of {} × {} × {} (channels, height, width); the run learned from "
        "{} × {} × {}",
        where, found.name, own.channels, own.height, own.width, due.channels, due.height,
        due.width);
}

}  // namespace cmc::runs
