#include "cmc/contrast/losses/loss.h"

namespace cmc::contrast {

void check_loss(const Loss& loss) {
  check_temperature(temperature_of(loss));
  std::visit([](const auto& options) { check_options(options); }, loss);
}

Temperature temperature_of(const Loss& loss) {
  return std::visit([](const auto& options) -> Temperature { return options.temperature; }, loss);
}

std::optional<LogitBias> bias_of(const Loss& loss) {
  const auto* options = std::get_if<SigmoidOptions>(&loss);
  return options != nullptr ? std::optional(options->bias) : std::nullopt;
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

}  // namespace cmc::contrast
