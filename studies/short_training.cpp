#include "studies/short_training.h"

#include <torch/torch.h>

#include <algorithm>
#include <atomic>

#include "cmc/data/subset.h"
#include "cmc/evaluation/features.h"
#include "cmc/evaluation/information_curve.h"
#include "cmc/evaluation/linear_probe.h"
#include "cmc/information/geometry.h"
#include "cmc/training/run_folder.h"

namespace cmc::studies {
namespace {

evaluation::Features features(std::vector<encoders::Encoder>& encoders,
                              const std::shared_ptr<const data::Dataset>& part,
                              const std::shared_ptr<const data::Transform>& transform) {
  data::Loader loader(part, transform,
                      {.batch_size = std::min<std::int64_t>(500, part->size()),
                       .shuffle = false,
                       .drop_last = false});
  return evaluation::extract_features(encoders, loader);
}

/// Mean cosine of two samples of one class.
double tolerance(const at::Tensor& z, const at::Tensor& labels, std::int64_t classes) {
  const at::Tensor unit = z / z.norm(2, 1, true);
  double sum = 0, pairs = 0;
  for (std::int64_t c = 0; c < classes; ++c) {
    const at::Tensor own = unit.index_select(0, at::nonzero(labels == c).view(-1)).to(at::kDouble);
    const auto n = static_cast<double>(own.size(0));
    sum += own.sum(0).square().sum().item<double>() - n;
    pairs += n * (n - 1);
  }
  return sum / pairs;
}

nlohmann::json probe(const std::vector<encoders::Encoder>& encoders,
                     const evaluation::Features& train, const evaluation::Features& held_out) {
  const std::int64_t classes = train.labels.max().item<std::int64_t>() + 1;
  nlohmann::json row;
  const auto add = [&](const std::string& name, const at::Tensor& fitted, const at::Tensor& asked) {
    row["probe_" + name] =
        evaluation::fit_linear_probe(fitted, train.labels, classes, {.penalties = {300, 30, 3}})
            .accuracy(asked, held_out.labels);
  };
  for (std::size_t v = 0; v < encoders.size(); ++v)
    add(encoders[v]->shape().name, train.representations[v], held_out.representations[v]);
  add("all", train.all(), held_out.all());
  return row;
}

}  // namespace

std::int64_t training_samples(const StudyOptions& options) {
  return options.quick ? 2000 : 10000;
}

std::int64_t held_out_samples(const StudyOptions& options) {
  return options.quick ? 1000 : 5000;
}

training::Recipe short_recipe(const StudyOptions& options) {
  training::Recipe recipe;
  recipe.data = {.format = "idx", .root = options.images.string()};
  recipe.views = {.split = views::HalvesOptions{},
                  .normalization = {.mean = {0.286}, .deviation = {0.353}}};
  recipe.encoder = {.channels = {16, 32, 64},
                    .convolutions = 1,
                    .strides = {2, 2, 1},
                    .downsample = "stride",
                    .pooled_grid = 2,
                    .hidden_dim = 256,
                    .embedding_dim = 64};
  recipe.contrast.temperature = 0.1;
  recipe.train.epochs = options.quick ? 2 : 8;
  recipe.train.batch_size = 256;
  recipe.train.optimizer.learning_rate = 2e-3;
  recipe.train.schedule.warmup_steps = options.quick ? 2 : 20;
  recipe.train.checkpoint_steps = 1000000;
  return recipe;
}

training::TrainingData short_data(const training::Recipe& recipe, std::int64_t train,
                                  std::int64_t held_out) {
  const training::Setup setup = training::set_up(recipe);
  return {.train = data::spread(setup.data.train, train),
          .held_out = data::spread(setup.data.test, held_out),
          .train_transform = setup.train_transform,
          .evaluate_transform = setup.evaluate_transform};
}

Trained train_short(const training::Recipe& recipe, const training::TrainingData& data,
                    std::int64_t seed, const std::filesystem::path& folder) {
  const auto key = static_cast<std::uint64_t>(seed);
  torch::manual_seed(key);
  std::vector<encoders::Encoder> encoders =
      encoders::make_encoders(recipe.encoder, data.train_transform->views());
  std::vector<std::string> names;
  for (const data::ViewShape& view : data.train_transform->views()) names.push_back(view.name);
  training::Model model(encoders, contrast::Objective(training::objective_options(
                                      recipe.contrast, names, recipe.encoder.embedding_dim,
                                      data.train->size(), key)));
  training::TrainingData without_held_out = data;
  without_held_out.held_out = nullptr;
  const std::filesystem::path scratch = folder / "training";
  std::filesystem::create_directories(scratch);
  training::Trainer trainer(model, without_held_out, recipe.train, key, scratch);
  const std::atomic<bool> never = false;
  trainer.run(never);
  std::filesystem::remove_all(scratch);
  return {std::move(encoders), trainer.seconds()};
}

nlohmann::json probe(std::vector<encoders::Encoder>& encoders, const training::TrainingData& data) {
  return probe(encoders, features(encoders, data.train, data.evaluate_transform),
               features(encoders, data.held_out, data.evaluate_transform));
}

nlohmann::json judge(std::vector<encoders::Encoder>& encoders, const training::TrainingData& data) {
  const evaluation::Features train = features(encoders, data.train, data.evaluate_transform);
  const evaluation::Features held_out = features(encoders, data.held_out, data.evaluate_transform);
  const auto classes = static_cast<std::int64_t>(data.train->classes().size());
  nlohmann::json row = probe(encoders, train, held_out);
  const at::Tensor &a = held_out.embeddings[0], &b = held_out.embeddings[1];
  const double tau = evaluation::fit_critic_temperature(train.embeddings[0], train.embeddings[1]);
  const std::int64_t k = a.size(0) - 1;
  const evaluation::InformationCurves curves =
      evaluation::information_curves(a, b, {.temperature = tau, .smallest_k = k});
  row["bound_nats"] = (curves.forward.back().tight_bound + curves.backward.back().tight_bound) / 2;
  row["critic_temperature"] = tau;
  row["bound_k"] = k;
  row["alignment"] = information::alignment(a, b);
  row["uniformity"] = information::uniformity(a);
  row["effective_rank"] = information::effective_rank(a / a.norm(2, 1, true));
  row["tolerance"] = tolerance(a, held_out.labels, classes);
  return row;
}

}  // namespace cmc::studies
