#include "cmc/exchange/embed.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>

#include "cmc/data/label_text.h"
#include "cmc/data/loader.h"
#include "cmc/distributed/gather.h"
#include "cmc/distributed/process_group.h"
#include "cmc/evaluation/shared_features.h"
#include "cmc/evaluation/unreadable.h"
#include "cmc/exchange/description.h"
#include "cmc/exchange/lanes.h"
#include "cmc/exchange/one_view.h"
#include "cmc/exchange/vector_writer.h"
#include "cmc/files/sha256.h"
#include "cmc/libtorch.h"

namespace cmc::exchange {
namespace {

/// The size that pictures must have; empty where they are cut and resized to one, or are none.
cv::Size required_size(const LoadedRun& run) {
  if (!run.recipe.view.empty() || run.recipe.views.size > 0) return {};
  const data::SourceShape& shape = run.statistics.sources[0].shape;
  return {static_cast<int>(shape.width), static_cast<int>(shape.height)};
}

struct Encoded {
  at::Tensor rows, indices;
};

/// The outputs for those samples of a batch that have the view.
Encoded encode_batch(const LoadedRun& run, std::size_t view, const data::Batch& batch,
                     const EncodeOptions& options) {
  const at::NoGradGuard no_grad;
  encoders::Encoder encoder = run.encoders.at(view);
  const at::Device device = encoder->parameters().front().device();
  at::Tensor x = batch.views[0], indices = batch.indices;
  if (const at::Tensor present = data::present_in(batch.present, 0); present.defined()) {
    const at::Tensor having = present.nonzero().squeeze(1);
    x = x.index_select(0, having);
    indices = indices.index_select(0, having);
  }
  if (x.size(0) == 0) return {at::empty({0, run.dimension(view, options.output)}), indices};
  const Autocast autocast(device.type(), options.bfloat16);
  x = x.to(device);
  const at::Tensor rows = options.output == Output::representation
                              ? encoder->represent(x)
                              : chosen(encoder->forward(x), options.output);
  return {rows.cpu(), indices};
}

/// Batches that several processes encode before they meet: each then waits for the slowest.
constexpr std::size_t batches_together = 16;

/// The rows of all processes' parts of some batches, in the order of the samples.
Encoded joined(distributed::ProcessGroup& group, const std::vector<Encoded>& own) {
  std::vector<at::Tensor> rows, indices;
  for (const Encoded& part : own) {
    rows.push_back(part.rows);
    indices.push_back(part.indices);
  }
  const at::Tensor all = distributed::gathered_rows(group, at::cat(indices)), order = all.argsort();
  return {distributed::gathered_rows(group, at::cat(rows)).index_select(0, order),
          all.index_select(0, order)};
}

/// Σ over the processes of a group, whose own number it is without one.
std::int64_t sum_of(distributed::ProcessGroup* group, std::int64_t own) {
  const at::Tensor sum = at::full({}, own, at::kLong);
  if (group != nullptr) group->all_reduce(sum);
  return sum.item<std::int64_t>();
}

}  // namespace

EncodeSummary encode_all(const LoadedRun& run, std::size_t view,
                         const std::shared_ptr<const data::Dataset>& samples,
                         const EncodeOptions& options,
                         const std::function<void(const at::Tensor&, const at::Tensor&)>& use,
                         std::int64_t first) {
  distributed::ProcessGroup* const group = options.group;
  const bool on_cpu = run.encoders.at(view)->parameters().front().is_cpu();
  int lanes = on_cpu ? at::get_num_threads() : 1;
  if (group != nullptr) {
    lanes = std::min(lanes, evaluation::own_threads(*group));
    const at::Tensor told = at::full({}, first, at::kLong);
    group->broadcast(told);
    first = told.item<std::int64_t>();
  }
  data::Loader loader(std::make_shared<OneSource>(samples, source_among(run, view, *samples),
                                                  run.statistics.sources, run.source(view)),
                      std::make_shared<OneView>(run.transform, view, required_size(run)),
                      evaluation::shared_out({.batch_size = options.batch_size,
                                              .shuffle = false,
                                              .drop_last = false,
                                              .workers = options.workers,
                                              .prefetch = std::max(4, lanes)},
                                             group));
  EncodeSummary summary;
  const auto from = std::chrono::steady_clock::now();
  loader.start(0, first);
  std::int64_t done = std::min(first * options.batch_size, samples->size());
  std::vector<Encoded> together;
  in_lanes(loader, lanes, [&](const data::Batch& batch) {
    return [&, encoded = encode_batch(run, view, batch, options), size = batch.size()] {
      summary.missing += size - encoded.rows.size(0);
      done = std::min(done + options.batch_size, samples->size());
      together.push_back(encoded);
      if (group != nullptr && together.size() < batches_together && done < samples->size())
        return true;
      const Encoded all = group == nullptr ? encoded : joined(*group, together);
      together.clear();
      if (distributed::is_first(group)) use(all.rows, all.indices);
      summary.rows += all.rows.size(0);
      if (options.progress) options.progress(done, samples->size());
      const bool stop = sum_of(group, options.stop != nullptr && *options.stop ? 1 : 0) > 0;
      summary.finished = !stop || done == samples->size();
      return summary.finished;
    };
  });
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
  summary.seconds_waited = loader.seconds_waited();
  summary.unreadable = loader.unreadable();
  for (const data::UnreadableSample& sample : samples->unreadable())
    summary.unreadable.push_back(sample);
  summary.missing = sum_of(group, summary.missing);
  summary.unreadable = evaluation::of_all(group, summary.unreadable);
  return summary;
}

EncodeSummary embed(const LoadedRun& run, std::size_t view,
                    const std::shared_ptr<const data::Dataset>& samples,
                    const std::filesystem::path& target, const EncodeOptions& options, bool force) {
  if (!distributed::is_first(options.group))
    return encode_all(run, view, samples, options, nullptr);
  std::map<std::string, std::string> metadata = describe(run, view, options.output);
  metadata["samples"] = fmt::format("{}", samples->size());
  std::string identity =
      fmt::format("{} {} {} {}", weights_checksum(run, view), options.bfloat16, options.batch_size,
                  checksum(*samples, source_among(run, view, *samples)));
  for (const auto& [key, value] : metadata) identity += key + value;
  VectorWriter writer(target, {.columns = run.dimension(view, options.output),
                               .name = std::string(name(options.output)),
                               .metadata = metadata,
                               .fingerprint = files::sha256(identity),
                               .force = force});
  const std::int64_t taken_up = writer.rows();
  EncodeSummary summary = encode_all(
      run, view, samples, options,
      [&](const at::Tensor& rows, const at::Tensor& indices) {
        std::vector<RowName> names;
        for (std::int64_t i = 0; i < indices.size(0); ++i) {
          const std::int64_t index = indices.data_ptr<std::int64_t>()[i];
          names.push_back({.id = samples->name(index),
                           .row = samples->row(index),
                           .part = std::string(samples->part(index)),
                           .label = data::label_text(*samples, index)});
        }
        writer.append(rows, names);
      },
      writer.batches());
  summary.rows += taken_up;
  summary.taken_up = taken_up;
  if (summary.finished) writer.commit();
  return summary;
}

}  // namespace cmc::exchange
