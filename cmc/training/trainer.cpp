#include "cmc/training/trainer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cmc/contrast/share_out.h"
#include "cmc/device.h"
#include "cmc/encoders/encode_views.h"
#include "cmc/error.h"
#include "cmc/parallel.h"
#include "cmc/training/held_out.h"
#include "cmc/training/shared_state.h"
#include "cmc/training/step.h"

namespace cmc::training {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// No pass has fewer than two samples.
std::int64_t passes_of(const TrainOptions& options, std::int64_t batch_size) {
  return std::min(options.passes, std::max<std::int64_t>(1, batch_size / 2));
}

data::LoaderOptions loader_options(const TrainOptions& options, std::uint64_t seed,
                                   std::int64_t samples, const at::Tensor& companions = {}) {
  return {.batch_size = std::min(options.batch_size, samples),
          .shuffle = true,
          .drop_last = true,
          .workers = static_cast<int>(options.workers),
          .prefetch = static_cast<int>(options.prefetch),
          .companions = companions,
          .seed = seed};
}

/// This process's rows of each batch.
data::LoaderOptions shared_loader_options(const TrainOptions& options, std::uint64_t seed,
                                          std::int64_t samples, const at::Tensor& companions,
                                          const distributed::ProcessGroup* group) {
  data::LoaderOptions own = loader_options(options, seed, samples, companions);
  if (group == nullptr) return own;
  own.share = group->rank();
  own.shares = group->size();
  own.passes = passes_of(options, own.batch_size);
  return own;
}

/// The threads that encode, as many as the recipe gives libtorch's operators.
std::unique_ptr<Team> team_of(const TrainOptions& options, at::Device device) {
  set_threads(static_cast<int>(options.threads));
  return encoders::encoding_team(device);
}

Model placed(Model model, at::Device device) {
  model->to(device);
  return model;
}

/// What a Step moves.
NamedParameters named_parameters(ModelImpl& model) {
  NamedParameters result;
  for (const auto& entry : model.named_parameters())
    if (entry.value().requires_grad() && !GeneratorTurn::moves(entry.key()))
      result.emplace_back(entry.key(), entry.value());
  return result;
}

/// The objective's come last in the backward pass's order, since it has its gradient whole in each
/// process.
std::vector<SharedParameter> shared_parameters(ModelImpl& model, int processes) {
  std::vector<SharedParameter> of_objective, of_encoders;
  for (const auto& [name, parameter] : named_parameters(model))
    if (name.starts_with("objective."))
      of_objective.push_back({parameter, 1.0 / processes});
    else
      of_encoders.push_back({parameter});
  of_objective.insert(of_objective.end(), of_encoders.begin(), of_encoders.end());
  return of_objective;
}

std::vector<at::Tensor> encoder_buffers(ModelImpl& model) {
  std::vector<at::Tensor> result;
  for (const auto* encoders : {&model.encoders, &model.momentum_encoders})
    for (const auto& encoder : *encoders)
      for (const at::Tensor& buffer : encoder->buffers()) result.push_back(buffer);
  return result;
}

/// What a forward pass changes (the running statistics of batch norms) as it was, so that a step
/// that fails leaves no trace.
class BuffersBefore {
 public:
  explicit BuffersBefore(ModelImpl& model) : buffers_(encoder_buffers(model)) {
    const at::NoGradGuard no_grad;
    for (const at::Tensor& buffer : buffers_) before_.push_back(buffer.clone());
  }
  void restore() {
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < buffers_.size(); ++i) buffers_[i].copy_(before_[i]);
  }

 private:
  std::vector<at::Tensor> buffers_, before_;
};

}  // namespace

Trainer::Trainer(Model model, TrainingData data, const TrainOptions& options, std::uint64_t seed,
                 CheckpointFiles files, distributed::ProcessGroup* group)
    : options_(options),
      files_(std::move(files)),
      device_(find_device(options.device)),
      bfloat16_(uses_bfloat16(options.precision, device_)),
      team_(team_of(options, device_)),
      model_(placed(std::move(model), device_)),
      data_(std::move(data)),
      loader_(
          data_.train, data_.train_transform,
          shared_loader_options(options, seed, data_.train->size(), data_.hard_negatives, group)),
      group_(group),
      optimizer_(named_parameters(*model_), options.optimizer,
                 [this](const std::string& name) { return model_->rate_factor(name); }) {
  check(data_.train->size() >= 2, "{} training samples; contrasting needs at least 2",
        data_.train->size());
  check(options.passes >= 1 && (options.passes == 1 || options.accumulate == 1),
        "{} passes with {} accumulated batches: passes are at least 1, and with more of them "
        "accumulate is 1",
        options.passes, options.accumulate);
  if (is_first() && data_.held_out != nullptr && data_.held_out->size() >= 2)
    held_out_loader_ =
        std::make_unique<data::Loader>(data_.held_out, data_.evaluate_transform,
                                       loader_options(options, seed, data_.held_out->size()));
  budget_ = budget_of(options, data_.train->size());
  options_.accumulate = budget_.accumulate;
  if (model_->encoders.front()->generator() != nullptr) {
    check(group_ == nullptr && options.passes == 1,
          "learned views are trained by one process alone and in one pass");
    generator_ = std::make_unique<GeneratorTurn>(model_, data_.generator);
  }
  if (group_ == nullptr) return;
  broadcast(*group_, *model_);
  buckets_ = std::make_unique<GradientBuckets>(*group_, shared_parameters(*model_, group_->size()));
  if (options_.batch_norm == BatchNormScope::synchronised)
    for (auto* const encoders : {&model_->encoders, &model_->momentum_encoders})
      for (encoders::Encoder& encoder : *encoders) encoder->synchronise(group_);
}

Trainer::~Trainer() {
  if (group_ == nullptr) return;
  for (auto* const encoders : {&model_->encoders, &model_->momentum_encoders})
    for (encoders::Encoder& encoder : *encoders) encoder->synchronise(nullptr);
}

/// Whether this process reads and writes.
bool Trainer::is_first() const {
  return distributed::is_first(group_);
}

/// Whether some process wishes it.
bool Trainer::agreed(bool wish) const {
  if (group_ == nullptr) return wish;
  const at::Tensor wishes = at::full({}, wish ? 1 : 0, at::kInt);
  group_->all_reduce(wishes);
  return wishes.item<int>() > 0;
}

/// Running moments of each process's own batches become the processes' mean.
void Trainer::average_batch_norms() {
  if (group_ == nullptr || options_.batch_norm == BatchNormScope::synchronised) return;
  const at::NoGradGuard no_grad;
  for (const at::Tensor& buffer : encoder_buffers(*model_)) {
    const at::Tensor values = buffer.detach().to(at::kCPU, /*non_blocking=*/false, /*copy=*/true);
    if (!buffer.is_floating_point()) {  // a count of batches: rank 0's
      group_->broadcast(values);
      buffer.copy_(values);
      continue;
    }
    group_->all_reduce(values);
    buffer.copy_(values / group_->size());
  }
}

std::map<std::string, at::Tensor> Trainer::optimizer_state() const {
  std::map<std::string, at::Tensor> state = optimizer_.state();
  if (generator_) state.merge(generator_->state());
  return state;
}

void Trainer::load_optimizers(std::map<std::string, at::Tensor> state) {
  if (generator_) {
    std::map<std::string, at::Tensor> own;
    for (auto entry = state.begin(); entry != state.end();) {
      const auto next = std::next(entry);
      if (GeneratorTurn::moves(entry->first)) own.insert(state.extract(entry));
      entry = next;
    }
    generator_->load_state(own);
  }
  optimizer_.load_state(state);
}

void Trainer::resume() {
  Checkpoint checkpoint;
  if (is_first()) checkpoint = load_checkpoint(files_.last);
  if (group_ != nullptr) checkpoint = broadcast(*group_, std::move(checkpoint));
  const Position& position = checkpoint.position;
  check(
      position.step <= budget_.steps && position.batch <= loader_.batches_per_epoch(),
      "{}: after step {}, {} batches into an epoch; the run has {} steps and epochs of {} batches",
      files_.last.string(), position.step, position.batch, budget_.steps,
      loader_.batches_per_epoch());
  model_->load_state(checkpoint.model);
  load_optimizers(checkpoint.optimizer);
  at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
  generator.set_state(checkpoint.generator);
  position_ = position;
  kept_step_ = position.step;
}

std::vector<data::UnreadableSample> Trainer::unreadable() const {
  std::vector<data::UnreadableSample> list = loader_.unreadable();
  if (held_out_loader_) {
    const auto held_out = held_out_loader_->unreadable();
    list.insert(list.end(), held_out.begin(), held_out.end());
  }
  return list;
}

bool Trainer::run(const std::atomic<bool>& stop) try {
  if (group_ == nullptr) return run_alone(stop);
  contrast::share_out(*model_->objective, group_);
  const bool finished = run_alone(stop);
  contrast::share_out(*model_->objective, nullptr);
  return finished;
} catch (const distributed::Lost& lost) {
  fail("{}; the last step that is safe is {}", lost.what(), kept_step_);
}

bool Trainer::run_alone(const std::atomic<bool>& stop) {
  start_ = Clock::now();
  waited_before_ = loader_.seconds_waited();
  for (const auto& observer : observers_) observer->on_start(position_.step);
  if (position_.step == 0) probe();
  while (position_.step < budget_.steps) {
    if (!train_epoch(stop)) return false;
    end_epoch();
  }
  return true;
}

/// The rest of the epoch, or of the budget (true), unless `stop` is set before.
bool Trainer::train_epoch(const std::atomic<bool>& stop) {
  model_->train();
  loader_.start(position_.epoch, position_.batch);
  const Position before = position_;
  while (position_.step < budget_.steps &&
         position_.batch + options_.accumulate <= loader_.batches_per_epoch()) {
    const std::optional<StepFigures> figures = timed_step();
    if (figures) {
      for (const auto& observer : observers_) observer->on_step(*figures);
      if (options_.probe_every > 0 && position_.step % options_.probe_every == 0) probe();
    }
    // The last step is followed by the end of its epoch.
    const bool more = position_.step < budget_.steps;
    const bool stopped = agreed(stop) && more;
    if (stopped || (figures && more && position_.step % options_.checkpoint_steps == 0)) keep();
    if (stopped) return false;
  }
  if (before.batch == 0 && position_.step == before.step) refuse_epoch();
  if (position_.step < budget_.steps) {
    ++position_.epoch;
    position_.batch = 0;
  }
  return true;
}

void Trainer::refuse_epoch() const {
  const std::vector<data::UnreadableSample> lost = loader_.unreadable();
  if (!lost.empty())
    fail("epoch {} had no batch to learn from: {} of {} samples can't be read; the first: {}",
         position_.epoch, lost.size(), data_.train->size(), lost.front().reason);
  fail("epoch {} had no batch to learn from: none has two samples with both views of a pair",
       position_.epoch);
}

std::optional<StepFigures> Trainer::timed_step() {
  const double before_step = seconds_since(start_);
  const std::int64_t batches_before = position_.batch;
  std::optional<StepFigures> figures = take_step();
  if (figures && batch_) move_generator(*figures);
  batch_.reset();
  seconds_ = seconds_since(start_);
  if (!figures) return figures;
  const std::int64_t samples =
      (position_.batch - batches_before) * std::min(options_.batch_size, data_.train->size());
  figures->seconds = seconds_;
  figures->seconds_waited = loader_.seconds_waited() - waited_before_;
  figures->images_per_second = static_cast<double>(samples) / (seconds_ - before_step);
  return figures;
}

/// One step of the optimiser; nothing where its batches had nothing to learn from.
std::optional<StepFigures> Trainer::take_step() {
  const std::int64_t batches_before = position_.batch;
  BuffersBefore buffers(*model_);
  try {
    std::optional<Together> together;
    const std::int64_t size = std::min(options_.batch_size, data_.train->size());
    if (group_ != nullptr) together.emplace(*group_, *buckets_, size, passes_of(options_, size));
    Step step(model_, optimizer_, options_, device_, bfloat16_, team_.get(),
              together ? &*together : nullptr);
    const bool turn_follows = generator_ && generator_->is_due(position_.step + 1, budget_.steps);
    for (std::int64_t i = 0; i < options_.accumulate; ++i) {
      std::optional<data::Batch> batch = loader_.next();
      ++position_.batch;
      if (turn_follows && batch && batch->size() > 1) batch_ = *batch;
      if (batch) step.learn_from(std::move(*batch));
    }
    if (step.empty()) return std::nullopt;
    StepFigures figures = step.move(position_.step, budget_.steps);
    average_batch_norms();
    figures.step = ++position_.step;
    figures.steps = budget_.steps;
    figures.epoch =
        static_cast<double>(position_.epoch) +
        static_cast<double>(position_.batch) / static_cast<double>(loader_.batches_per_epoch());
    figures.epochs = budget_.epochs();
    return figures;
  } catch (const NotFinite& error) {
    buffers.restore();
    position_.batch = batches_before;
    stop_before_step(error.what());
  }
}

/// After a step of the encoders: what is not finite here is told as the next step's.
void Trainer::move_generator(StepFigures& figures) {
  BuffersBefore buffers(*model_);
  try {
    figures.label_loss = generator_->take(*batch_, device_, bfloat16_, team_.get());
  } catch (const NotFinite& error) {
    buffers.restore();
    stop_before_step(error.what());
  }
}

void Trainer::stop_before_step(const std::string& what) {
  keep();
  const std::string kept =
      files_.last.empty()
          ? ""
          : fmt::format("The state before this step is in {}. ", files_.last.string());
  fail(
      "step {}: {}. {}Try a lower train.learning_rate, train.clip_gradient = 1, a longer "
      "train.warmup_steps, a higher contrast.temperature or train.precision = \"fp32\"",
      position_.step + 1, what, kept);
}

/// What a resumed run goes on from.
void Trainer::keep() {
  write(files_.last);
  if (is_first()) kept_step_ = position_.step;  // who wrote it knows before the others
  if (group_ != nullptr) group_->barrier();
  kept_step_ = position_.step;
}

void Trainer::write(const std::filesystem::path& file) {
  // Rank 0 writes the whole of what each holds a part of.
  if (group_ != nullptr) contrast::share_out(*model_->objective, nullptr);
  if (is_first() && !file.empty())
    save_checkpoint(file, {.position = position_,
                           .model = model_->state(),
                           .optimizer = optimizer_state(),
                           .generator = generator_state()});
  if (group_ != nullptr) contrast::share_out(*model_->objective, group_);
}

/// At the end of an epoch: of all that a run has, at most most_milestones are some, and which ones
/// follows from the step, so that a resumed run has the same.
bool Trainer::is_milestone() const {
  const auto part = [this](std::int64_t step) {
    return std::floor(static_cast<double>(step) * static_cast<double>(most_milestones) /
                      static_cast<double>(budget_.steps));
  };
  return position_.step >= budget_.steps ||
         part(position_.step) > part(position_.step - budget_.steps_per_epoch);
}

void Trainer::probe() {
  if (!is_first() || !probe_ || options_.probe_every == 0) return;
  const Clock::time_point start = Clock::now();
  ProbeFigures figures = probe_();
  figures.step = position_.step;
  figures.epoch = epochs_done();
  figures.seconds = seconds_since(start);
  for (const auto& observer : observers_) observer->on_probe(figures);
}

double Trainer::epochs_done() const {
  return static_cast<double>(position_.step) / static_cast<double>(budget_.steps_per_epoch);
}

void Trainer::end_epoch() {
  if (!is_milestone()) return;
  if (position_.step == budget_.steps && options_.probe_every > 0 &&
      position_.step % options_.probe_every != 0)
    probe();
  std::optional<HeldOutFigures> figures;
  if (held_out_loader_)
    figures = measure_held_out(*model_, *held_out_loader_, device_, bfloat16_, team_.get());
  if (figures) {
    figures->step = position_.step;
    figures->epoch = epochs_done();
    figures->best = figures->loss < position_.best_held_out;
    if (figures->best) position_.best_held_out = figures->loss;
  }
  if (agreed(figures && figures->best)) write(files_.best);
  if (figures)
    for (const auto& observer : observers_) observer->on_held_out(*figures);
  keep();
}

}  // namespace cmc::training
