#include "cmc/report/training_events.h"

#include <cmath>

#include "cmc/report/figures.h"

namespace cmc::report {

void TrainingEvents::on_start(std::int64_t step) {
  writer_.emplace(folder_, step > 0 ? step + 1 : 0);
}

void TrainingEvents::on_step(const training::StepFigures& f) {
  writer_->add_scalar("loss/train", f.loss, f.step);
  writer_->add_scalar("information/training estimate (bits)", bits(f.training_estimate), f.step);
  writer_->add_scalar("information/training ceiling (bits)", bits(f.ceiling), f.step);
  writer_->add_scalar("contrast/positive ranks first", f.positive_first, f.step);
  writer_->add_scalar("contrast/positive similarity", f.positive_similarity, f.step);
  writer_->add_scalar("contrast/negative similarity", f.negative_similarity, f.step);
  writer_->add_scalar("contrast/temperature", f.temperature, f.step);
  if (!std::isnan(f.log_z)) writer_->add_scalar("contrast/log Z", f.log_z, f.step);
  if (!std::isnan(f.logit_bias)) writer_->add_scalar("contrast/bias", f.logit_bias, f.step);
  if (!std::isnan(f.label_loss)) writer_->add_scalar("views/label_loss", f.label_loss, f.step);
  writer_->add_scalar("optimizer/learning rate", f.learning_rate, f.step);
  writer_->add_scalar("optimizer/gradient norm", f.gradient_norm, f.step);
  writer_->add_scalar("speed/samples per second", f.images_per_second, f.step);
  if (f.step % 50 == 0 || f.step == f.steps) writer_->flush();
}

void TrainingEvents::on_held_out(const training::HeldOutFigures& f) {
  writer_->add_scalar("loss/held out", f.loss, f.step);
  writer_->add_scalar("information/bound (bits)", bits(f.bound), f.step);
  writer_->add_scalar("information/tight bound (bits)", bits(f.tight_bound), f.step);
  writer_->add_scalar("information/bound's ceiling (bits)", bits(f.ceiling), f.step);
  writer_->add_scalar("contrast/held-out positive ranks first", f.positive_first, f.step);
  if (!std::isnan(f.effective_rank))
    writer_->add_scalar("contrast/held-out effective rank", f.effective_rank, f.step);
  writer_->flush();
}

void TrainingEvents::on_probe(const training::ProbeFigures& f) {
  writer_->add_scalar(f.numbers ? "probe/R²" : "probe/linear accuracy", f.linear, f.step);
  if (!f.numbers) writer_->add_scalar("probe/nearest neighbours", f.neighbours, f.step);
  writer_->flush();
}

}  // namespace cmc::report
