#include "cmc/exchange/embed.h"

#include <ATen/ATen.h>

#include <chrono>

#include "cmc/data/joined.h"
#include "cmc/data/loader.h"
#include "cmc/data/open.h"
#include "cmc/error.h"
#include "cmc/exchange/description.h"
#include "cmc/exchange/sha256.h"
#include "cmc/exchange/vector_writer.h"
#include "cmc/training/libtorch.h"

namespace cmc::exchange {
namespace {

/// The size that pictures must have; empty where they are cut and resized to one.
cv::Size required_size(const LoadedRun& run) {
  if (run.recipe.views.size > 0) return {};
  return {static_cast<int>(run.pictures.width), static_cast<int>(run.pictures.height)};
}

/// One view of a split; the others are made and dropped.
class OneView : public data::Transform {
 public:
  OneView(const LoadedRun& run, std::size_t view)
      : split_(run.split),
        size_(required_size(run)),
        view_(view),
        shapes_{split_->views().at(view)} {}

  const std::vector<data::ViewShape>& views() const override { return shapes_; }

  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    check(size_.empty() || sample.values[0].size() == size_,
          "sample {}: a picture of {} × {} pixels; the run learned from {} × {}", sample.index,
          sample.values[0].cols, sample.values[0].rows, size_.width, size_.height);
    thread_local std::vector<std::vector<float>> others;
    const std::vector<data::ViewShape>& all = split_->views();
    others.resize(all.size());
    std::vector<float*> targets(all.size());
    for (std::size_t v = 0; v < all.size(); ++v) {
      if (v != view_) others[v].resize(static_cast<std::size_t>(all[v].numel()));
      targets[v] = v == view_ ? rows[0] : others[v].data();
    }
    split_->apply(sample, key, targets);
  }

 private:
  std::shared_ptr<const views::Split> split_;
  cv::Size size_;
  std::size_t view_;
  std::vector<data::ViewShape> shapes_;
};

void check_shape(const LoadedRun& run, const data::SourceShape& shape, const std::string& input) {
  const data::SourceShape& known = run.pictures;
  const cv::Size size = required_size(run);
  const bool fits = size.empty() || shape.height == 0 ||
                    (shape.height == size.height && shape.width == size.width);
  check(fits && shape.channels <= run.split->picture_channels(),
        "{}: pictures of {} × {} pixels and {} channels; the run learned from {} × {} and {}",
        input, shape.width, shape.height, shape.channels, known.width, known.height,
        known.channels);
}

}  // namespace

Part part(std::string_view name) {
  if (name == "all") return Part::all;
  if (name == "train") return Part::train;
  if (name == "test") return Part::test;
  throw UsageError(fmt::format("part \"{}\" is unknown; it must be all, train or test", name));
}

std::shared_ptr<const data::Dataset> samples_for(const LoadedRun& run, const std::string& input,
                                                 Part part) {
  data::DataOptions options = run.recipe.data;
  if (!input.empty()) {
    options = {.root = input, .channels = run.pictures.channels == 1 ? 1 : 3, .held_out = 0};
  }
  const data::Splits splits = data::open(options);
  const auto samples = part == Part::train  ? splits.train
                       : part == Part::test ? splits.test
                                            : data::joined(splits.train, splits.test);
  check(samples->size() > 0, "{}: its test part is empty; use part all", options.root);
  check_shape(run, samples->sources()[0].shape, options.root);
  return samples;
}

EncodeSummary encode_all(const LoadedRun& run, std::size_t view,
                         const std::shared_ptr<const data::Dataset>& samples,
                         const EncodeOptions& options,
                         const std::function<void(const at::Tensor&, const at::Tensor&)>& use,
                         std::int64_t first) {
  const at::NoGradGuard no_grad;
  encoders::Encoder encoder = run.encoders.at(view);
  const at::Device device = encoder->parameters().front().device();
  data::Loader loader(samples, std::make_shared<OneView>(run, view),
                      {.batch_size = options.batch_size,
                       .shuffle = false,
                       .drop_last = false,
                       .workers = options.workers});
  EncodeSummary summary;
  const auto from = std::chrono::steady_clock::now();
  loader.start(0, first);
  std::int64_t done = std::min(first * options.batch_size, samples->size());
  while (const std::optional<data::Batch> batch = loader.next()) {
    at::Tensor rows = at::empty({0, run.dimension(view, options.output)});
    if (batch->size() > 0) {
      const training::Autocast autocast(device.type(), options.bfloat16);
      const at::Tensor x = batch->views[0].to(device);
      rows =
          (options.output == Output::representation ? encoder->represent(x)
                                                    : chosen(encoder->forward(x), options.output))
              .cpu();
    }
    use(rows, batch->indices);
    summary.rows += rows.size(0);
    done = std::min(done + options.batch_size, samples->size());
    if (options.progress) options.progress(done, samples->size());
    if (options.stop != nullptr && *options.stop && done < samples->size()) {
      summary.finished = false;
      break;
    }
  }
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
  summary.seconds_waited = loader.seconds_waited();
  summary.unreadable = loader.unreadable();
  return summary;
}

EncodeSummary embed(const LoadedRun& run, std::size_t view,
                    const std::shared_ptr<const data::Dataset>& samples,
                    const std::filesystem::path& target, const EncodeOptions& options, bool force) {
  std::map<std::string, std::string> metadata = describe(run, view, options.output);
  metadata["samples"] = fmt::format("{}", samples->size());
  std::string identity =
      fmt::format("{} {} {} {} {}", weights_checksum(run, view), options.bfloat16,
                  options.batch_size, samples->name(0), samples->name(samples->size() - 1));
  for (const auto& [key, value] : metadata) identity += key + value;
  VectorWriter writer(target, {.columns = run.dimension(view, options.output),
                               .name = std::string(name(options.output)),
                               .metadata = metadata,
                               .fingerprint = sha256(identity),
                               .force = force});
  const std::int64_t taken_up = writer.rows();
  EncodeSummary summary = encode_all(
      run, view, samples, options,
      [&](const at::Tensor& rows, const at::Tensor& indices) {
        std::vector<RowName> names;
        for (std::int64_t i = 0; i < indices.size(0); ++i) {
          const std::int64_t index = indices.data_ptr<std::int64_t>()[i];
          names.push_back({samples->name(index), samples->label(index)});
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
