#include "cmc/runs/metrics_log.h"

#include <cmath>
#include <fstream>
#include <string>

#include "cmc/files/atomic_file.h"
#include "cmc/files/json_text.h"

namespace cmc::runs {

using nlohmann::json;

MetricsLog::MetricsLog(const std::filesystem::path& path, std::int64_t resumed_step) {
  std::string kept;
  if (resumed_step > 0) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
      // A run that was killed may have left its last line unfinished.
      const json row = files::object_of_line(line);
      if (!row.is_object()) continue;
      files::reading_json(path.string(), [&] {
        if (row.value("step", std::int64_t{0}) > resumed_step) return;
        kept += line + '\n';
        seconds_before_ = row.value("seconds", seconds_before_);
      });
    }
  }
  seconds_ = seconds_before_;
  files::write_atomically(path, kept);
  out_.emplace(path);
}

void MetricsLog::on_step(const training::StepFigures& f) {
  seconds_ = seconds_before_ + f.seconds;
  json row = {{"kind", "train"},
              {"step", f.step},
              {"epoch", f.epoch},
              {"loss", f.loss},
              {"k", f.k},
              {"training_estimate_nats", f.training_estimate},
              {"ceiling_nats", f.ceiling},
              {"positive_first", f.positive_first},
              {"positive_similarity", f.positive_similarity},
              {"negative_similarity", f.negative_similarity},
              {"learning_rate", f.learning_rate},
              {"temperature", f.temperature},
              {"gradient_norm", f.gradient_norm},
              {"images_per_second", f.images_per_second},
              {"seconds", seconds_},
              {"waited_seconds", f.seconds_waited}};
  if (!std::isnan(f.log_z)) row["log_z"] = f.log_z;
  out_->write(row.dump() + '\n');
}

void MetricsLog::on_held_out(const training::HeldOutFigures& f) {
  const json row = {{"kind", "held_out"},
                    {"step", f.step},
                    {"epoch", f.epoch},
                    {"loss", f.loss},
                    {"k", f.k},
                    {"bound_nats", f.bound},
                    {"tight_bound_nats", f.tight_bound},
                    {"ceiling_nats", f.ceiling},
                    {"positive_first", f.positive_first}};
  out_->write(row.dump() + '\n');
}

}  // namespace cmc::runs
