#include "cmc/evaluation/judged_by_names.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "cmc/data/decode/decode_text.h"
#include "cmc/error.h"
#include "cmc/evaluation/subsets.h"

namespace cmc::evaluation {
namespace {

/// Samples of which nothing is known but a text.
class Texts : public data::Dataset {
 public:
  Texts(const std::vector<ClassTexts>& classes, std::vector<data::Source> sources,
        std::size_t place)
      : sources_(std::move(sources)), place_(place) {
    for (const ClassTexts& one : classes) {
      for (const std::string& text : one.texts) {
        try {
          values_.push_back(data::decode_text(text));
        } catch (const UnreadableError& error) {
          throw UsageError(
              fmt::format("text \"{}\" of class \"{}\": {}", text, one.name, error.what()));
        }
        texts_.push_back(text);
      }
    }
  }

  std::int64_t size() const override { return static_cast<std::int64_t>(texts_.size()); }
  data::Sample get(std::int64_t index) const override {
    data::Sample sample{.index = index, .label = data::no_label, .values = {}};
    sample.values.resize(sources_.size());
    sample.values[place_] = values_[static_cast<std::size_t>(index)];
    return sample;
  }
  std::int64_t label(std::int64_t /*index*/) const override { return data::no_label; }
  const std::vector<std::string>& classes() const override { return no_classes_; }
  const std::vector<data::Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override {
    return texts_[static_cast<std::size_t>(index)];
  }

 private:
  std::vector<data::Source> sources_;
  std::size_t place_;
  std::vector<std::string> texts_, no_classes_;
  std::vector<cv::Mat> values_;
};

/// The embeddings of all texts in their order, [T, D].
at::Tensor embedded_texts(const ZeroShotTask& task, const EvaluateInput& input,
                          const EvaluateOptions& options) {
  const data::ViewShape& view = input.evaluation_transform->views().at(task.text_view);
  data::Loader loader(
      std::make_shared<Texts>(task.classes, input.train->sources(), view.source),
      input.evaluation_transform,
      {.batch_size = input.batch_size, .shuffle = false, .drop_last = false, .workers = 1});
  std::vector<encoders::Encoder> encoders = input.encoders;
  return extract_features(encoders, loader,
                          {.device = options.device, .bfloat16 = options.bfloat16})
      .embeddings.at(task.text_view);
}

}  // namespace

ZeroShotTask zero_shot_task(const EvaluateInput& input, const EvaluateOptions& options) {
  if (std::ranges::count(options.features, "learned") == 0)
    throw UsageError(
        "zero-shot classification judges learned features: \"learned\" must be among "
        "the features");
  return zero_shot_task(*options.zero_shot, input.train->classes(), input.train->sources(),
                        input.evaluation_transform->views());
}

ZeroShot judged_by_names(const ZeroShotTask& task, const Features& judged,
                         const EvaluateInput& input, const EvaluateOptions& options) {
  const std::vector<std::string> names = data::view_names(*input.evaluation_transform);
  ZeroShot result{.text_view = names[task.text_view],
                  .templates = options.zero_shot->templates,
                  .classes = task.classes,
                  .rows = {}};
  const at::Tensor classes = class_embeddings(embedded_texts(task, input, options), task.classes);
  const Features some = select(judged, labelled(judged.labels));
  for (const std::size_t view : task.views) {
    const Features having = select(some, rows_having(some, {view}));
    if (having.labels.size(0) == 0) continue;
    result.rows.push_back(zero_shot_row(having.embeddings[view], having.labels, classes));
    result.rows.back().view = names[view];
  }
  return result;
}

}  // namespace cmc::evaluation
