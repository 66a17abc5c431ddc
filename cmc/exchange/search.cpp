#include "cmc/exchange/search.h"

#include <ATen/ATen.h>

#include <charconv>

#include "cmc/error.h"
#include "cmc/exchange/description.h"

namespace cmc::exchange {
namespace {

/// What an index is made of.
std::string fingerprint(const LoadedRun& run, const data::Dataset& samples, std::size_t view,
                        IndexMethod method) {
  return fmt::format("{} {} {} {} {}", weights_checksum(run, view), samples.size(),
                     checksum(samples, source_among(run, view, samples)),
                     run.transform->views()[view].name, name(method));
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
      run.path / fmt::format("search-{}-{}.faiss", run.transform->views()[to].name, name(method_));
  if (!options.rebuild) index_ = VectorIndex::load(path, print);
  reused_ = index_ != nullptr;
  if (reused_) return;
  index_ = indexed(run, samples_, to, method_, options.encode);
  index_->save(path, print);
}

Query Search::query(const std::string& thing, std::size_t from) const {
  const std::string_view kind = data::name(run_.sources[run_.source(from)].kind);
  if (std::filesystem::is_regular_file(thing)) return {thing, run_.read(from, thing)};
  std::int64_t index = samples_->size() - 1;
  while (index >= 0 && samples_->name(index) != thing) --index;
  if (index < 0) {
    const char* const last = thing.data() + thing.size();
    const auto [end, error] = std::from_chars(thing.data(), last, index);
    if (error != std::errc() || end != last) index = -1;
  }
  if (index < 0 || index >= samples_->size())
    throw UsageError(
        fmt::format("query \"{}\": there is no such file, nor such a sample; expected a file of "
                    "the kind {}, or "
                    "a sample of the index by its name or its number, 0 to {}",
                    thing, kind, samples_->size() - 1));
  const cv::Mat value = samples_->value(index, source_among(run_, from, *samples_));
  if (value.empty())
    throw UsageError(fmt::format("query \"{}\": sample {} lacks the view \"{}\"", thing,
                                 samples_->name(index), run_.transform->views()[from].name));
  return {samples_->name(index), value.clone()};
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
      hits[q].push_back({index, samples_->name(index), samples_->label(index),
                         found.similarity.data_ptr<float>()[at]});
    }
  }
  return hits;
}

}  // namespace cmc::exchange
