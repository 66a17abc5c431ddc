#include "cmc/runs/learned_views.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>

#include "cmc/encoders/view_generator.h"
#include "cmc/error.h"
#include "cmc/random.h"

namespace cmc::runs {
namespace {

constexpr std::int64_t channels = encoders::ViewGeneratorImpl::channels,
                       alone = encoders::ViewGeneratorImpl::alone;

/// Rows [n, 3] of pixels that the generator makes of a picture's values, height × width × 3.
at::Tensor generated(encoders::ViewGeneratorImpl& generator, const float* row,
                     const data::ViewShape& shape) {
  const at::NoGradGuard no_grad;
  const at::Tensor picture =
      at::from_blob(const_cast<float*>(row), {1, shape.height, shape.width, channels}, at::kFloat)
          .permute({0, 3, 1, 2});
  const at::Device device = generator.parameters().front().device();
  return generator.forward(picture.to(device))
      .to(at::kCPU)
      .permute({0, 2, 3, 1})
      .reshape({-1, channels})
      .contiguous();
}

/// Values lie about 0, most within ±2.
std::uint8_t shade(float value, float middle, float scale) {
  return cv::saturate_cast<std::uint8_t>(middle + scale * value);
}

class AsGenerated : public views::VisibleTransform {
 public:
  AsGenerated(std::shared_ptr<const views::VisibleTransform> pictures,
              std::shared_ptr<encoders::ViewGeneratorImpl> generator)
      : pictures_(std::move(pictures)), generator_(std::move(generator)) {}

  const std::vector<data::ViewShape>& views() const override { return pictures_->views(); }
  data::Stretch stretch(std::size_t source, std::int64_t length,
                        const RandomKey& key) const override {
    return pictures_->stretch(source, length, key);
  }
  data::Cutout cutout(std::size_t source, cv::Size size, const RandomKey& key) const override {
    return pictures_->cutout(source, size, key);
  }
  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    pictures_->apply(sample, key, rows);
  }

  cv::Mat show(std::size_t view, const float* row) const override {
    const data::ViewShape& shape = views().at(view);
    const at::Tensor made = generated(*generator_, row, shape);
    const float* values = made.data_ptr<float>();
    cv::Mat shown(static_cast<int>(shape.height), static_cast<int>(shape.width), CV_8UC3);
    for (auto pixel = shown.begin<cv::Vec3b>(); pixel != shown.end<cv::Vec3b>();
         ++pixel, values += channels)
      *pixel = view == 0 ? cv::Vec3b::all(shade(values[0], 127.5F, 63.75F))
                         // OpenCV's 8-bit Lab: lightness 60 of 100, then a and b around 128.
                         : cv::Vec3b(153, shade(values[1], 128, 40), shade(values[2], 128, 40));
    if (view > 0) cv::cvtColor(shown, shown, cv::COLOR_Lab2RGB);
    return shown;
  }

 private:
  std::shared_ptr<const views::VisibleTransform> pictures_;
  std::shared_ptr<encoders::ViewGeneratorImpl> generator_;
};

/// The labels of the share of the samples that the seed draws; −1 of the others.
at::Tensor seen_labels(const data::Dataset& samples, double share, std::uint64_t seed) {
  check(!samples.has_targets() && samples.classes().size() > 1,
        "views.labelled = {}: the training samples have no classes that the generator could see",
        share);
  const std::int64_t n = samples.size();
  at::Tensor labels = at::full({n}, data::no_label, at::kLong);
  auto* label = labels.data_ptr<std::int64_t>();
  const std::vector<std::int64_t> order =
      permutation(n, RandomStream(RandomPurpose::view_labels, seed));
  const auto count = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(n)));
  for (std::int64_t i = 0; i < count; ++i) label[order[i]] = samples.label(order[i]);
  return labels;
}

}  // namespace

const views::LearnedOptions* learned_views(const recipe::Recipe& recipe) {
  return recipe.view.empty() ? std::get_if<views::LearnedOptions>(&recipe.views.split) : nullptr;
}

void check_learnable(const recipe::Recipe& recipe) {
  const recipe::ContrastRecipe& contrast = recipe.contrast;
  const auto require = [](bool met, const char* what) {
    if (!met) throw UsageError(fmt::format("views.kind = \"learned\" needs {}", what));
  };
  require(contrast.loss == recipe::LossKind::k_pair && contrast.pair.empty(),
          "contrast.loss = \"k_pair\", whose value bounds the information of the views");
  require(contrast.negatives == recipe::NegativesKind::batch,
          "contrast.negatives = \"batch\": embeddings of before tell nothing of today's views");
  require(recipe.train.passes == 1, "train.passes = 1");
  require(!recipe.encoder.shared, "encoder.shared = false: its views differ in channels");
}

training::GeneratorOptions generator_options(const Setup& setup, std::uint64_t seed) {
  if (!setup.learned) return {};
  return {.learning_rate = setup.learned->learning_rate,
          .after = setup.learned->after,
          .until = setup.learned->until,
          .every = setup.learned->every,
          .label_weight = setup.learned->label_weight,
          .labels = setup.learned->labelled > 0
                        ? seen_labels(*setup.data.train, setup.learned->labelled, seed)
                        : at::Tensor()};
}

std::shared_ptr<const views::VisibleTransform> as_generated(
    std::shared_ptr<const views::VisibleTransform> transform,
    const std::vector<encoders::Encoder>& encoders) {
  const auto& generator = encoders.front()->generator();
  if (generator == nullptr) return transform;
  return std::make_shared<AsGenerated>(std::move(transform), generator);
}

std::vector<LearnedAxis> learned_axes(const data::Dataset& samples, const Setup& setup,
                                      const std::vector<encoders::Encoder>& encoders) {
  const auto& generator = encoders.front()->generator();
  if (generator == nullptr || samples.size() == 0) return {};
  const views::VisibleTransform& transform = *setup.evaluate_transform;
  const data::ViewShape& shape = transform.views()[0];
  std::vector<at::Tensor> colours, made;
  std::vector<float> first(shape.numel()), second(shape.numel());
  const std::int64_t count = std::min<std::int64_t>(64, samples.size());
  for (std::int64_t i = 0; i < count; ++i) {
    float* const rows[] = {first.data(), second.data()};
    transform.apply(samples.get(i * samples.size() / count), {}, rows);
    const cv::Mat shown = transform.show(0, first.data());
    colours.push_back(at::from_blob(shown.data, {shape.height * shape.width, channels}, at::kByte)
                          .to(at::kDouble)
                          .div(255));
    made.push_back(generated(*generator, first.data(), shape).to(at::kDouble));
  }
  const auto centred = [](const std::vector<at::Tensor>& parts) {
    const at::Tensor all = at::cat(parts);
    return all - all.mean(0, true);
  };
  const at::Tensor x = centred(colours), y = centred(made);
  const at::Tensor slopes = at::matmul(at::pinverse(x), y);  // [3, 3]: a column a channel
  const at::Tensor left = (y - at::matmul(x, slopes)).square().sum(0), all = y.square().sum(0);
  std::vector<LearnedAxis> axes;
  for (std::int64_t c = 0; c < channels; ++c) {
    LearnedAxis& axis = axes.emplace_back();
    axis.view = transform.views()[c < alone ? 0 : 1].name;
    for (std::int64_t from = 0; from < channels; ++from)
      axis.rgb[from] = slopes[from][c].item<double>();
    axis.explained = 1 - (left[c] / all[c]).item<double>();
  }
  return axes;
}

nlohmann::json to_json(const std::vector<LearnedAxis>& axes) {
  nlohmann::json list = nlohmann::json::array();
  for (const LearnedAxis& axis : axes)
    list.push_back({{"view", axis.view}, {"rgb", axis.rgb}, {"explained", axis.explained}});
  return list;
}

std::vector<LearnedAxis> learned_axes_from_json(const nlohmann::json& content) {
  std::vector<LearnedAxis> axes;
  for (const nlohmann::json& entry : content)
    axes.push_back(
        {.view = entry.at("view"), .rgb = entry.at("rgb"), .explained = entry.at("explained")});
  return axes;
}

}  // namespace cmc::runs
