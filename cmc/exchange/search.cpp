#include "cmc/exchange/search.h"

#include <ATen/ATen.h>

#include <charconv>

#include "cmc/data/decode/decode_text.h"
#include "cmc/data/label_text.h"
#include "cmc/error.h"
#include "cmc/exchange/description.h"
#include "cmc/runs/run_folder.h"

namespace cmc::exchange {
namespace {

/// What an index is made of.
std::string fingerprint(const LoadedRun& run, const data::Dataset& samples, std::size_t view,
                        IndexMethod method) {
  return fmt::format("{} {} {} {} {}", weights_checksum(run, view), samples.size(),
                     checksum(samples, source_among(run, view, samples)),
                     run.transform->views()[view].name, name(method));
}

/// The place of a sample of this name, or else of this row; −1 where there is none.
std::int64_t place_of(const data::Dataset& samples, const std::string& thing) {
  std::int64_t found = -1;
  for (std::int64_t i = 0; i < samples.size(); ++i) {
    if (samples.name(i) != thing) continue;
    if (found >= 0)
      throw UsageError(
          fmt::format("query \"{}\": samples {} and {} have this name: name one by its "
                      "number",
                      thing, samples.row(found), samples.row(i)));
    found = i;
  }
  if (found >= 0) return found;
  std::int64_t row = -1;
  const char* const last = thing.data() + thing.size();
  const auto [end, error] = std::from_chars(thing.data(), last, row);
  if (error != std::errc() || end != last) return -1;
  for (std::int64_t i = 0; i < samples.size(); ++i)
    if (samples.row(i) == row) return i;
  return -1;
}

std::unique_ptr<VectorIndex> indexed(const LoadedRun& run,
                                     const std::shared_ptr<const data::Dataset>& samples,
                                     std::size_t view, IndexMethod method, EncodeOptions options) {
  options.output = Output::embedding;
  const std::int64_t n = samples->size();
  at::Tensor rows = at::empty({n, run.dimension(view, Output::embedding)});
  at::Tensor ids = at::empty({n}, at::kLong);
  std::int64_t found = 0;
  encode_all(run, view, samples, options, [&](const at::Tensor& batch, const at::Tensor& indices) {
    rows.narrow(0, found, batch.size(0)).copy_(batch);
    ids.narrow(0, found, batch.size(0)).copy_(indices);
    found += batch.size(0);
  });
  check(found > 0, "no sample has the view \"{}\": there is nothing to search",
        run.transform->views()[view].name);
  if (found == n) return std::make_unique<VectorIndex>(rows, method);
  return std::make_unique<VectorIndex>(rows.narrow(0, 0, found), method, ids.narrow(0, 0, found));
}

}  // namespace

Search::Search(const LoadedRun& run, std::shared_ptr<const data::Dataset> samples, std::size_t to,
               const SearchOptions& options)
    : run_(run),
      samples_(std::move(samples)),
      method_(index_method(options.method, samples_->size())) {
  const std::string print = fingerprint(run, *samples_, to, method_);
  const std::filesystem::path path =
      runs::RunFolder::search_index_file(run.path, run.transform->views()[to].name, name(method_));
  if (!options.rebuild) index_ = VectorIndex::load(path, print);
  reused_ = index_ != nullptr;
  if (reused_) return;
  const files::LockFile lock = runs::RunFolder::lock(run.path);
  const auto note = [&](const std::string& why) {
    if (options.note)
      options.note(
          fmt::format("{}: can't be written ({}): the index is not kept", run.path.string(), why));
  };
  if (!lock.unwritable().empty()) note(lock.unwritable());
  index_ = indexed(run, samples_, to, method_, options.encode);
  if (!lock.unwritable().empty()) return;
  try {
    index_->save(path, print);
  } catch (const Error& error) {  // what is searched for is found all the same
    note(error.what());
  }
}

Query find_query(const LoadedRun& run, const data::Dataset& samples, const std::string& thing,
                 std::size_t from) {
  const std::string_view kind = data::name(run.sources[run.source(from)].kind);
  if (std::filesystem::is_regular_file(thing)) return {thing, run.read(from, thing)};
  const std::int64_t index = place_of(samples, thing);
  if (index < 0)
    throw UsageError(
        fmt::format("query \"{}\": there is no such file, nor such a sample; expected a file of "
                    "the kind {}, or a sample by its name or its row, 0 to {}",
                    thing, kind, samples.row(samples.size() - 1)));
  const cv::Mat value = samples.value(index, source_among(run, from, samples));
  if (value.empty())
    throw UsageError(fmt::format("query \"{}\": sample {} lacks the view \"{}\"", thing,
                                 samples.name(index), run.transform->views()[from].name));
  return {samples.name(index), value.clone(), samples.row(index)};
}

Query text_query(const LoadedRun& run, const std::string& text, std::size_t from) {
  const data::Source& source = run.statistics.sources.at(run.source(from));
  if (source.kind != data::SourceKind::text)
    throw UsageError(fmt::format(
        "text \"{}\": the view \"{}\" is of the kind {}; one of the kind text was expected", text,
        run.transform->views()[from].name, data::name(source.kind)));
  try {
    return {text, data::decode_text(text)};
  } catch (const UnreadableError& error) {
    throw UsageError(fmt::format("text \"{}\": {}", text, error.what()));
  }
}

std::vector<std::vector<Hit>> Search::operator()(const std::vector<Query>& queries,
                                                 std::size_t from, std::int64_t k) const {
  std::vector<cv::Mat> values;
  for (const Query& query : queries) values.push_back(query.value);
  const evaluation::Neighbours found =
      index_->search(run_.encode(from, values, Output::embedding), k);
  std::vector<std::vector<Hit>> hits(queries.size());
  const std::int64_t n = found.indices.size(1);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    for (std::int64_t j = 0; j < n; ++j) {
      const std::int64_t at = static_cast<std::int64_t>(q) * n + j;
      const std::int64_t index = found.indices.data_ptr<std::int64_t>()[at];
      if (index < 0) continue;
      check(index < samples_->size(),
            "the index has a row of sample {}, there are {}; --rebuild makes it anew", index,
            samples_->size());
      hits[q].push_back({index, samples_->row(index), samples_->name(index),
                         data::label_text(*samples_, index),
                         found.similarity.data_ptr<float>()[at]});
    }
  }
  return hits;
}

}  // namespace cmc::exchange
