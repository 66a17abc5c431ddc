#include "cmc/exchange/search.h"

#include <ATen/ATen.h>

#include <charconv>

#include "cmc/data/decode_image.h"
#include "cmc/data/file_bytes.h"
#include "cmc/error.h"
#include "cmc/exchange/description.h"

namespace cmc::exchange {
namespace {

/// What an index is made of.
std::string fingerprint(const LoadedRun& run, const data::Dataset& samples, std::size_t view,
                        IndexMethod method) {
  return fmt::format("{} {} {} {} {} {}", weights_checksum(run, view), samples.size(),
                     samples.name(0), samples.name(samples.size() - 1),
                     run.split->views()[view].name, name(method));
}

/// Unit embeddings [N, D], in the data set's order; a sample that can't be read is a row of zeros,
/// whose cosine with anything is 0.
at::Tensor embedded(const LoadedRun& run, const std::shared_ptr<const data::Dataset>& samples,
                    std::size_t view, EncodeOptions options) {
  options.output = Output::embedding;
  at::Tensor rows = at::zeros({samples->size(), run.dimension(view, Output::embedding)});
  encode_all(run, view, samples, options, [&](const at::Tensor& batch, const at::Tensor& indices) {
    rows.index_copy_(0, indices, batch);
  });
  return rows;
}

}  // namespace

Search::Search(const LoadedRun& run, std::shared_ptr<const data::Dataset> samples, std::size_t to,
               const SearchOptions& options)
    : run_(run),
      samples_(std::move(samples)),
      method_(index_method(options.method, samples_->size())) {
  const std::string print = fingerprint(run, *samples_, to, method_);
  const std::filesystem::path path =
      run.path / fmt::format("search-{}-{}.faiss", run.split->views()[to].name, name(method_));
  if (!options.rebuild) index_ = VectorIndex::load(path, print);
  reused_ = index_ != nullptr;
  if (reused_) return;
  index_ = std::make_unique<VectorIndex>(embedded(run, samples_, to, options.encode), method_);
  index_->save(path, print);
}

Query Search::query(const std::string& thing) const {
  if (std::filesystem::is_regular_file(thing)) {
    std::vector<std::uint8_t> bytes;
    data::read_file(thing, bytes);
    return {thing,
            data::decode_image(bytes, thing, static_cast<int>(run_.split->picture_channels()))};
  }
  std::int64_t index = -1;
  const auto [end, error] = std::from_chars(thing.data(), thing.data() + thing.size(), index);
  const bool number = error == std::errc() && end == thing.data() + thing.size();
  if (!number) {
    for (index = samples_->size() - 1; index >= 0 && samples_->name(index) != thing;) --index;
  }
  if (index < 0 || index >= samples_->size())
    throw UsageError(fmt::format(
        "query \"{}\": there is no such file, nor such a sample; expected a picture's file, or a "
        "sample of the index by its name or its number, 0 to {}",
        thing, samples_->size() - 1));
  return {samples_->name(index), samples_->value(index, 0).clone()};
}

std::vector<std::vector<Hit>> Search::operator()(const std::vector<Query>& queries,
                                                 std::size_t from, std::int64_t k) const {
  std::vector<cv::Mat> pictures;
  for (const Query& query : queries) pictures.push_back(query.picture);
  const at::NoGradGuard no_grad;
  const evaluation::Neighbours found =
      index_->search(run_.encode(from, pictures, Output::embedding), k);
  std::vector<std::vector<Hit>> hits(queries.size());
  const std::int64_t n = found.indices.size(1);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    for (std::int64_t j = 0; j < n; ++j) {
      const std::int64_t at = static_cast<std::int64_t>(q) * n + j;
      const std::int64_t index = found.indices.data_ptr<std::int64_t>()[at];
      if (index < 0) continue;
      hits[q].push_back({index, samples_->name(index), samples_->label(index),
                         found.similarity.data_ptr<float>()[at]});
    }
  }
  return hits;
}

}  // namespace cmc::exchange
