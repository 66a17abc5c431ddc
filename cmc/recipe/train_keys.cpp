#include "cmc/recipe/train_keys.h"

#include <fmt/format.h>

namespace cmc::recipe {

template <class Visitor>
void describe(Visitor& v, training::TrainOptions& o) {
  v.field("epochs", o.epochs,
          "the budget in epochs; 0: 10, and with little data as many as make 1,000 steps",
          at_least(0));
  v.field("steps", o.steps, "the budget in steps, if above 0", at_least(0));
  v.field("batch_size", o.batch_size, "samples of a batch", at_least(2));
  v.field("accumulate", o.accumulate, "batches accumulated for an optimiser step", at_least(1));
  v.field("passes", o.passes,
          "passes that encode a batch, to save memory; negatives are the whole batch's",
          at_least(1));
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    if (o.passes > 1 && o.accumulate > 1)
      v.refuse("passes",
               fmt::format("= {} can't be combined with accumulate = {}", o.passes, o.accumulate));
  }
  choice(v, "batch_norm", o.batch_norm,
         {{training::BatchNormScope::synchronised, "synchronised"},
          {training::BatchNormScope::local, "local"}},
         "several processes: whether a batch norm's batch is that of all, or each its own");
  using training::OptimizerKind;
  choice(
      v, "optimizer", o.optimizer.kind,
      {{OptimizerKind::adamw, "adamw"}, {OptimizerKind::sgd, "sgd"}, {OptimizerKind::lars, "lars"}},
      "the optimiser");
  v.field("learning_rate", o.optimizer.learning_rate, "peak learning rate", above(0));
  v.field("weight_decay", o.optimizer.weight_decay, "weight decay, not on biases and norms",
          at_least(0));
  v.field("momentum", o.optimizer.momentum, "sgd, lars", between(0, 0.9999));
  v.field("beta2", o.optimizer.beta2, "adamw: decay of the second moment", between(0, 0.999999));
  v.field("trust", o.optimizer.trust, "lars: the trust coefficient", above(0));
  using training::ScheduleKind;
  choice(v, "schedule", o.schedule.kind,
         {{ScheduleKind::cosine, "cosine"},
          {ScheduleKind::step, "step"},
          {ScheduleKind::constant, "constant"}},
         "schedule of the learning rate");
  v.field("warmup_steps", o.schedule.warmup_steps, "steps of linear warm-up", at_least(0));
  v.field("milestones", o.schedule.milestones, "step: fractions of the run at which the rate drops",
          between(0, 1));
  v.field("gamma", o.schedule.gamma, "step: factor of the rate at each milestone", between(0, 1));
  v.field("encoder_momentum", o.encoder_momentum,
          "queue: momentum of the momentum encoder, at most; less in the first steps",
          between(0, 1));
  v.field("clip_gradient", o.clip_gradient, "limit of the gradient's norm; 0: none", at_least(0));
  choice(v, "precision", o.precision, precisions, "precision of the encoders");
  v.field("device", o.device, "\"auto\", \"cpu\", \"cuda\" or \"cuda:N\"");
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    if (o.device != "auto" && o.device != "cpu" && o.device != "cuda" &&
        !o.device.starts_with("cuda:"))
      v.refuse("device", fmt::format("is \"{}\": it must be \"auto\", \"cpu\", \"cuda\" or "
                                     "\"cuda:N\"",
                                     o.device));
  }
  v.field("threads", o.threads, "threads of libtorch; 0: one a core", between(0, 1024));
  v.field("workers", o.workers, "threads of the loader; 0: one a core", between(0, 1024));
  v.field("prefetch", o.prefetch, "batches prepared ahead", between(1, 4096));
  v.field("checkpoint_steps", o.checkpoint_steps, "steps between checkpoints", at_least(1));
  v.field("held_out_samples", o.held_out_samples, "held-out samples measured after epochs",
          at_least(0));
  v.field("probe_every", o.probe_every,
          "steps between small probes on the way, for which labels are needed; 0: none",
          at_least(0));
  v.field("impute", o.impute,
          "manifest: impute missing numbers of tables from the sample's others, in training");
}

template void describe(FieldReader&, training::TrainOptions&);
template void describe(FieldWriter&, training::TrainOptions&);
template void describe(FieldLister&, training::TrainOptions&);

}  // namespace cmc::recipe
