#include "cmc/training/trainer.h"

#include <ATen/ATen.h>
#include <torch/cuda.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cmc/contrast/gradient_cache.h"
#include "cmc/contrast/negatives/momentum_encoder.h"
#include "cmc/contrast/objective.h"
#include "cmc/error.h"
#include "cmc/libtorch.h"
#include "cmc/parallel.h"
#include "cmc/training/held_out.h"

namespace cmc::training {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

data::LoaderOptions loader_options(const TrainOptions& options, std::uint64_t seed,
                                   std::int64_t samples) {
  return {.batch_size = std::min(options.batch_size, samples),
          .shuffle = true,
          .drop_last = true,
          .workers = static_cast<int>(options.workers),
          .prefetch = static_cast<int>(options.prefetch),
          .seed = seed};
}

/// What one batch brought to the objective, kept until the optimiser has stepped.
struct Contrasted {
  at::Tensor indices;
  std::vector<at::Tensor> embeddings;
  contrast::BatchExtras extras;
};

std::vector<at::Tensor> concatenated(const std::vector<const std::vector<at::Tensor>*>& parts) {
  std::vector<at::Tensor> views;
  for (std::size_t v = 0; v < parts.front()->size(); ++v) {
    std::vector<at::Tensor> rows;
    for (const std::vector<at::Tensor>* part : parts) rows.push_back(part->at(v));
    views.push_back(at::cat(rows));
  }
  return views;
}

/// The accumulated batches of a step as one: the objective moves once a step.
Contrasted joined(std::vector<Contrasted> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  std::vector<at::Tensor> indices, present;
  std::vector<const std::vector<at::Tensor>*> embeddings, keys;
  bool complete = true;
  for (const Contrasted& part : parts) {
    indices.push_back(part.indices);
    embeddings.push_back(&part.embeddings);
    keys.push_back(&part.extras.keys);
    const at::Tensor& own = part.extras.present;
    complete = complete && !own.defined();
    present.push_back(own.defined() ? own
                                    : at::ones({part.indices.size(0),
                                                static_cast<std::int64_t>(part.embeddings.size())},
                                               at::kBool));
  }
  Contrasted whole{.indices = at::cat(indices),
                   .embeddings = concatenated(embeddings),
                   .extras = {.present = {}, .keys = concatenated(keys)}};
  if (!complete) whole.extras.present = at::cat(present);
  return whole;
}

/// The rows of one of several passes over a batch.
struct Part {
  std::int64_t first, rows;

  Part(std::int64_t batch, std::int64_t pass, std::int64_t passes)
      : first(pass * batch / passes), rows((pass + 1) * batch / passes - first) {}
  at::Tensor of(const at::Tensor& x) const { return x.defined() ? x.narrow(0, first, rows) : x; }
};

/// A view that a single sample of a pass has can't be trained on: batch norms need two rows.
at::Tensor trainable(const at::Tensor& present, std::int64_t passes) {
  if (!present.defined()) return present;
  std::vector<at::Tensor> parts;
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    const at::Tensor part = Part(present.size(0), pass, passes).of(present);
    parts.push_back(part.logical_and(part.sum(0, true) > 1));
  }
  return at::cat(parts);
}

NamedParameters named_parameters(ModelImpl& model) {
  NamedParameters result;
  for (const auto& entry : model.named_parameters())
    if (entry.value().requires_grad()) result.emplace_back(entry.key(), entry.value());
  return result;
}

std::vector<at::Tensor> encoder_buffers(ModelImpl& model) {
  std::vector<at::Tensor> result;
  for (const auto* encoders : {&model.encoders, &model.momentum_encoders})
    for (const auto& encoder : *encoders)
      for (const at::Tensor& buffer : encoder->buffers()) result.push_back(buffer);
  return result;
}

}  // namespace

at::Device training_device(const std::string& device) {
  if (device == "auto") return torch::cuda::is_available() ? at::Device("cuda") : at::Device("cpu");
  if (device == "cpu") return at::Device("cpu");
  check(device == "cuda" || device.starts_with("cuda:"),
        "the device \"{}\" is not known; it is \"auto\", \"cpu\", \"cuda\" or \"cuda:N\"", device);
  check(torch::cuda::is_available(),
        "the device \"{}\" was asked for, but this libtorch has no CUDA or finds no device",
        device);
  return at::Device(device);
}

bool uses_bfloat16(const std::string& precision, at::Device device) {
  if (precision == "auto") return device.is_cuda() || cpu_has_bfloat16();
  return precision == "bf16";
}

Trainer::Trainer(Model model, TrainingData data, const TrainOptions& options, std::uint64_t seed,
                 std::filesystem::path folder)
    : model_(std::move(model)),
      data_(std::move(data)),
      options_(options),
      folder_(std::move(folder)),
      device_(training_device(options.device)),
      bfloat16_(uses_bfloat16(options.precision, device_)),
      loader_(data_.train, data_.train_transform,
              loader_options(options, seed, data_.train->size())),
      optimizer_((model_->to(device_), named_parameters(*model_)), options.optimizer,
                 [this](const std::string& name) { return model_->rate_factor(name); }) {
  check(data_.train->size() >= 2, "{} training samples; contrasting needs at least 2",
        data_.train->size());
  check(options.passes >= 1 && (options.passes == 1 || options.accumulate == 1),
        "{} passes with {} accumulated batches: passes are at least 1, and with more of them "
        "accumulate is 1",
        options.passes, options.accumulate);
  set_threads(static_cast<int>(options.threads));
  if (data_.held_out != nullptr && data_.held_out->size() >= 2)
    held_out_loader_ =
        std::make_unique<data::Loader>(data_.held_out, data_.evaluate_transform,
                                       loader_options(options, seed, data_.held_out->size()));
  options_.accumulate = std::min(options_.accumulate, loader_.batches_per_epoch());
  steps_per_epoch_ = std::max<std::int64_t>(1, loader_.batches_per_epoch() / options.accumulate);
  steps_ = options.steps;
  check(steps_ > 0 || (options.epochs >= 0 &&
                       !__builtin_mul_overflow(options.epochs, steps_per_epoch_, &steps_)),
        "{} epochs of {} steps each: not a number of steps that can be counted", options.epochs,
        steps_per_epoch_);
}

void Trainer::resume() {
  const std::filesystem::path file = folder_ / "checkpoint-last.safetensors";
  position_ = load_checkpoint(file);
  check(
      position_.step <= steps_ && position_.batch <= loader_.batches_per_epoch(),
      "{}: after step {}, {} batches into an epoch; the run has {} steps and epochs of {} batches",
      file.string(), position_.step, position_.batch, steps_, loader_.batches_per_epoch());
  model_->load_state(position_.model);
  optimizer_.load_state(position_.optimizer);
  at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
  generator.set_state(position_.generator);
  position_.model.clear();
  position_.optimizer.clear();
}

std::vector<data::UnreadableSample> Trainer::unreadable() const {
  std::vector<data::UnreadableSample> list = loader_.unreadable();
  if (held_out_loader_) {
    const auto held_out = held_out_loader_->unreadable();
    list.insert(list.end(), held_out.begin(), held_out.end());
  }
  return list;
}

bool Trainer::run(const std::atomic<bool>& stop) {
  const Clock::time_point start = Clock::now();
  const double waited_before = loader_.seconds_waited();
  while (position_.step < steps_) {
    model_->train();
    loader_.start(position_.epoch, position_.batch);
    const std::int64_t step_before = position_.step;
    const bool whole = position_.batch == 0;
    while (position_.step < steps_ &&
           position_.batch + options_.accumulate <= loader_.batches_per_epoch()) {
      const double before_step = seconds_since(start);
      std::optional<StepFigures> figures = train_step();
      seconds_ = seconds_since(start);
      if (figures) {
        figures->seconds = seconds_;
        figures->seconds_waited = loader_.seconds_waited() - waited_before;
        figures->images_per_second =
            static_cast<double>((position_.batch - batch_before_) *
                                std::min(options_.batch_size, data_.train->size())) /
            (seconds_since(start) - before_step);
        for (const auto& observer : observers_) observer->on_step(*figures);
      }
      if (stop && position_.step < steps_) {  // the last step is followed by the end of its epoch
        save("checkpoint-last.safetensors");
        return false;
      }
      if (figures && position_.step % options_.checkpoint_steps == 0 && position_.step < steps_)
        save("checkpoint-last.safetensors");
    }
    if (whole && position_.step == step_before) {
      const std::vector<data::UnreadableSample> lost = loader_.unreadable();
      if (!lost.empty())
        fail("epoch {} had no batch to learn from: {} of {} samples can't be read; the first: {}",
             position_.epoch, lost.size(), data_.train->size(), lost.front().reason);
      fail("epoch {} had no batch to learn from: none has two samples with both views of a pair",
           position_.epoch);
    }
    if (position_.step < steps_) {
      ++position_.epoch;
      position_.batch = 0;
    }
    end_epoch();
  }
  return true;
}

std::optional<StepFigures> Trainer::train_step() {
  take_state();
  optimizer_.zero_grad();
  StepFigures figures;
  std::vector<Contrasted> contrasted;
  for (std::int64_t part = 0; part < options_.accumulate; ++part) {
    std::optional<data::Batch> batch = loader_.next();
    ++position_.batch;
    if (batch && !batch->left_out.empty())
      model_->objective->leave_out(at::tensor(batch->left_out, at::kLong));
    // A batch that unreadable samples left without a negative teaches nothing.
    if (!batch || batch->size() < 2) continue;
    const std::vector<at::Tensor> views = on_device(std::move(batch->views), device_);
    Contrasted seen;
    seen.indices = batch->indices.to(device_);
    const std::int64_t passes = std::min(options_.passes, batch->size() / 2);
    seen.extras.present = trainable(batch->present, passes);
    if (!contrast::has_a_pair(model_->objective->options().graph, seen.extras.present,
                              model_->objective->groups_of(batch->indices)))
      continue;
    {
      const Autocast autocast(device_.type(), bfloat16_);
      seen.extras.keys = model_->embed_by_momentum(views, seen.extras.present);
    }
    const auto embed = [&](std::int64_t pass) {
      const Part part(batch->size(), pass, passes);
      std::vector<at::Tensor> own;
      for (const at::Tensor& view : views) own.push_back(part.of(view));
      const Autocast autocast(device_.type(), bfloat16_);
      std::vector<at::Tensor> embeddings = model_->embed(own, part.of(seen.extras.present));
      for (const at::Tensor& embedding : embeddings)
        if (!embedding.isfinite().all().item<bool>())
          stop_before_step("an embedding is not finite");
      return embeddings;
    };
    contrast::ContrastResult result;
    if (passes > 1) {
      contrast::CachedContrast whole = contrast::contrast_with_gradient_cache(
          model_->objective, passes, embed, seen.indices, seen.extras);
      result = std::move(whole.contrast);
      seen.embeddings = std::move(whole.embeddings);
    } else {
      seen.embeddings = embed(0);
      result = model_->objective->forward(seen.embeddings, seen.indices, seen.extras);
    }
    const double loss = result.loss.item<double>();
    if (!std::isfinite(loss)) stop_before_step(fmt::format("the loss is {}", loss));
    if (passes == 1) result.loss.backward();

    figures.loss += loss;
    figures.k += result.k;
    figures.training_estimate += result.training_estimate();
    figures.ceiling += result.ceiling();
    figures.positive_first += result.positive_first;
    figures.positive_similarity += result.positive_similarity;
    figures.negative_similarity += result.negative_similarity;
    figures.temperature = result.temperature;
    figures.log_z = result.log_z;
    for (at::Tensor& embedding : seen.embeddings) embedding = embedding.detach();
    contrasted.push_back(std::move(seen));
  }
  if (contrasted.empty()) return std::nullopt;
  // The means over the parts that taught something: which ones is known only now.
  const double share = 1.0 / static_cast<double>(contrasted.size());
  for (double* const sum :
       {&figures.loss, &figures.k, &figures.training_estimate, &figures.ceiling,
        &figures.positive_first, &figures.positive_similarity, &figures.negative_similarity})
    *sum *= share;
  if (contrasted.size() > 1) optimizer_.scale_gradients(share);
  figures.gradient_norm = optimizer_.clip_gradients(options_.clip_gradient);
  if (!std::isfinite(figures.gradient_norm))
    stop_before_step(fmt::format("the gradient's norm is {}", figures.gradient_norm));
  const double factor = schedule_factor(options_.schedule, position_.step, steps_);
  optimizer_.step(factor);
  const Contrasted whole = joined(std::move(contrasted));
  model_->objective->update(whole.indices, whole.embeddings, whole.extras);
  model_->follow(contrast::momentum_at(options_.encoder_momentum, position_.step));

  figures.step = ++position_.step;
  figures.steps = steps_;
  figures.epoch =
      static_cast<double>(position_.epoch) +
      static_cast<double>(position_.batch) / static_cast<double>(loader_.batches_per_epoch());
  figures.epochs = static_cast<double>(steps_) / static_cast<double>(steps_per_epoch_);
  figures.learning_rate = factor * optimizer_.learning_rate();
  return figures;
}

/// Remembers the position and what a forward pass changes (the running statistics of batch norms),
/// so that a step that fails leaves no trace.
void Trainer::take_state() {
  const at::NoGradGuard no_grad;
  batch_before_ = position_.batch;
  buffers_.clear();
  for (const at::Tensor& buffer : encoder_buffers(*model_)) buffers_.push_back(buffer.clone());
}

void Trainer::stop_before_step(const std::string& what) {
  const at::NoGradGuard no_grad;
  const std::vector<at::Tensor> current = encoder_buffers(*model_);
  for (std::size_t i = 0; i < current.size(); ++i) current[i].copy_(buffers_[i]);
  position_.batch = batch_before_;
  save("checkpoint-last.safetensors");
  fail(
      "step {}: {}. The state before this step is in {}. Try a lower train.learning_rate, "
      "train.clip_gradient = 1, a longer train.warmup_steps, a higher contrast.temperature or "
      "train.precision = \"fp32\"",
      position_.step + 1, what, (folder_ / "checkpoint-last.safetensors").string());
}

void Trainer::save(const char* name) {
  Checkpoint checkpoint = position_;
  checkpoint.model = model_->state();
  checkpoint.optimizer = optimizer_.state();
  checkpoint.generator = at::globalContext().defaultGenerator(at::kCPU).get_state();
  save_checkpoint(folder_ / name, checkpoint);
}

void Trainer::end_epoch() {
  if (held_out_loader_) {
    if (std::optional<HeldOutFigures> figures =
            measure_held_out(*model_, *held_out_loader_, device_, bfloat16_)) {
      figures->step = position_.step;
      figures->epoch = static_cast<double>(position_.step) / static_cast<double>(steps_per_epoch_);
      figures->best = figures->loss < position_.best_held_out;
      if (figures->best) {
        position_.best_held_out = figures->loss;
        save("checkpoint-best.safetensors");
      }
      for (const auto& observer : observers_) observer->on_held_out(*figures);
    }
  }
  save("checkpoint-last.safetensors");
}

}  // namespace cmc::training
