#include "cmc/contrast/losses/loss.h"

#include <concepts>

namespace cmc::contrast {

void check_loss(const Loss& loss) {
  check_temperature(temperature_of(loss));
  std::visit([](const auto& options) { check_options(options); }, loss);
}

Temperature temperature_of(const Loss& loss) {
  return std::visit([](const auto& options) -> Temperature { return options.temperature; }, loss);
}

bool of_batch_alone(const Loss& loss) {
  return std::visit(
      [](const auto& options) {
        return requires {
          options.of_batch_alone;
        };
      },
      loss);
}

bool takes_hard_negatives(const Loss& loss) {
  return std::visit(
      []<class Options>(const Options& /*options*/) {
        return !std::same_as<Options, MultilinearOptions> && !requires {
          Options::contrasts_nothing;
        };
      },
      loss);
}

bool takes_positives(const Loss& loss) {
  return std::visit(
      [](const auto& options) {
        return requires {
          options.takes_positives;
        };
      },
      loss);
}

}  // namespace cmc::contrast
