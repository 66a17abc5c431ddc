#include "cmc/exchange/search.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/deliver.h"
#include "app/json_output.h"
#include "app/progress.h"
#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/wav.h"
#include "cmc/report/search_page.h"
#include "cmc/runs/run_folder.h"
#include "cmc/views/png.h"

namespace cmc::app {
namespace {

using nlohmann::json;

struct Options {
  std::string run, data, index, from, to, html;
  JsonOutput json;
  std::string part = "all";
  std::vector<std::string> queries, texts;
  std::string method = "auto";
  std::string checkpoint = runs::judged_checkpoint;
  std::int64_t k = 10;
  bool rebuild = false;
};

using Found = std::vector<std::vector<exchange::Hit>>;

json as_json(const std::vector<exchange::Query>& queries, const Options& options,
             const Found& found) {
  json rows = json::array();
  for (std::size_t q = 0; q < queries.size(); ++q) {
    json hits = json::array();
    for (const exchange::Hit& hit : found[q])
      hits.push_back(
          {{"id", hit.id}, {"row", hit.row}, {"class", hit.label}, {"similarity", hit.similarity}});
    json row = nullptr;
    if (queries[q].row >= 0) row = queries[q].row;
    rows.push_back({{"query", queries[q].id},
                    {"row", row},
                    {"from", options.from},
                    {"to", options.to},
                    {"found", hits}});
  }
  return rows;
}

/// What a page shows of a value: a text as it is; a sound to be played, beside its picture.
report::Thumbnail content(const exchange::LoadedRun& run, std::size_t view, const cv::Mat& value) {
  const data::Source& source = run.statistics.sources.at(run.source(view));
  report::Thumbnail thumbnail;
  if (const auto words = data::descriptor(source.kind).words; words != nullptr)
    thumbnail.text = words(value);
  else
    thumbnail.png = views::png(run.show(view, value));
  if (source.kind == data::SourceKind::audio)
    thumbnail.wav = files::wav(std::span(value.ptr<float>(), value.total()), source.rate);
  return thumbnail;
}

std::string page(const exchange::LoadedRun& run, const data::Dataset& samples,
                 const std::vector<exchange::Query>& queries, const Options& options,
                 const Found& found) {
  const std::size_t from = run.view(options.from), to = run.view(options.to);
  const std::size_t source = exchange::source_among(run, to, samples);
  std::vector<report::SearchRow> rows;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const std::string row_mark = queries[q].row < 0 ? "" : fmt::format(" · #{}", queries[q].row);
    const bool is_text = queries[q].row < 0 && !queries[q].value.empty() &&
                         run.statistics.sources.at(run.source(from)).kind == data::SourceKind::text;
    report::SearchRow row{content(run, from, queries[q].value), {}};
    row.query.caption = is_text ? "" : queries[q].id + row_mark;
    for (const exchange::Hit& hit : found[q]) {
      report::Thumbnail thumbnail = content(run, to, samples.value(hit.index, source));
      thumbnail.caption = fmt::format("{} · #{}{}{} {:.3f}", hit.id, hit.row,
                                      hit.label.empty() ? "" : " · ", hit.label, hit.similarity);
      row.found.push_back(std::move(thumbnail));
    }
    rows.push_back(std::move(row));
  }
  return report::search_page(options.from, options.to, rows);
}

void search(const Options& options) {
  const exchange::LoadedRun run =
      exchange::load(options.run, {.checkpoint = options.checkpoint, .data = options.data});
  const std::size_t from = run.view(options.from), to = run.view(options.to);
  if (options.queries.empty() && options.texts.empty())
    throw UsageError("nothing to search for: --query names a file or a sample, --text is a text");
  // Queries that are files leave their view's column to the index open.
  std::vector<std::size_t> views = {to};
  const auto is_file = [](const std::string& thing) {
    return std::filesystem::is_regular_file(thing);
  };
  if (!std::ranges::all_of(options.queries, is_file)) views.push_back(from);
  // A query may be a sample of any part.
  const auto every = exchange::samples_for(run, views, options.index);
  const auto samples = exchange::of_part(every, exchange::part(options.part));
  options.json.check_writable();
  if (!options.html.empty()) files::check_writable(options.html);
  Progress progress;
  Rate rate;
  const exchange::Search search(
      run, samples, to,
      {.method = options.method,
       .rebuild = options.rebuild,
       .note = [](const std::string& line) { StatusLine::print(line); },
       .encode = {.progress = [&](std::int64_t done, std::int64_t all) {
         progress.show("index", static_cast<double>(done) / static_cast<double>(all),
                       rate.line(done, all));
       }}});
  progress.clear();
  StatusLine::print(fmt::format("{} of {} samples as {} in an index of kind {}{}", search.rows(),
                                samples->size(), options.to, exchange::name(search.method()),
                                search.reused() ? ", used again" : ""));
  std::vector<exchange::Query> queries;
  for (const std::string& thing : options.queries)
    queries.push_back(exchange::find_query(run, *every, thing, from));
  for (const std::string& text : options.texts)
    queries.push_back(exchange::text_query(run, text, from));
  const Found found = search(queries, from, options.k);
  const json rows = as_json(queries, options, found);
  const auto write_page = [&] {
    if (!options.html.empty())
      files::write_atomically(options.html, page(run, *samples, queries, options, found));
  };
  const auto print = [&] {
    if (options.json.is_printed()) return;
    for (const json& row : rows) {
      fmt::print("{}{} ({} → {})\n", row["query"].get<std::string>(),
                 row["row"].is_null() ? "" : fmt::format("  #{}", row["row"].get<std::int64_t>()),
                 options.from, options.to);
      for (const json& hit : row["found"])
        fmt::print("  {:6.3f}  {:>8}  {:<32} {}\n", hit["similarity"].get<double>(),
                   fmt::format("#{}", hit["row"].get<std::int64_t>()), hit["id"].get<std::string>(),
                   hit["class"].get<std::string>());
    }
  };
  deliver({print, [&] { options.json.write(rows); }, write_page});
}

}  // namespace

void add_search(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "search", "Find the samples nearest to a query, within and across views");
  command->add_option("run", options->run, "The run's folder")
      ->required()
      ->always_capture_default(false);
  CLI::Option* const data = add_data_place(*command, options->data);
  command
      ->add_option("--index", options->index,
                   "The samples that are searched, as cmc embed's --input (the run's own data "
                   "unless given)")
      ->excludes(data)
      ->always_capture_default(false);
  command->add_option("--part", options->part, "Part of the samples")
      ->check(CLI::IsMember({"all", "train", "test"}));
  command
      ->add_option("--query", options->queries,
                   "The file of a picture, a sound, …, or a sample of --index, of any part, by its "
                   "name or its row (from 0)")
      ->always_capture_default(false);
  command
      ->add_option("--text", options->texts,
                   "A text to search for, as --from, a view of texts, sees it")
      ->always_capture_default(false);
  command->add_option("--from", options->from, "The view in which queries are seen")
      ->required()
      ->always_capture_default(false);
  command->add_option("--to", options->to, "The view in which samples are found")
      ->required()
      ->always_capture_default(false);
  command->add_option("-k,--k", options->k, "Number of samples that are found")
      ->check(CLI::Range(1, 10000));
  command->add_option("--method", options->method, "auto: exact up to 200,000 samples, then hnsw")
      ->check(CLI::IsMember({"auto", "exact", "hnsw", "ivf"}));
  command
      ->add_option("--checkpoint", options->checkpoint,
                   "Which weights; judged: best where the run learned by heart, else last")
      ->check(CLI::IsMember(runs::checkpoint_choices));
  command->add_flag("--rebuild", options->rebuild, "Rebuild the index");
  options->json.add_option(*command, "what was found");
  command
      ->add_option("--html", options->html,
                   "Also write a page with the pictures, sounds and texts to this file")
      ->always_capture_default(false);
  command->callback([options] { search(*options); });
}

}  // namespace cmc::app
