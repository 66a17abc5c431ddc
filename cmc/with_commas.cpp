#include "cmc/with_commas.h"

namespace cmc {

std::string with_commas(std::int64_t n) {
  // Without a sign: the lowest number has no opposite among signed ones.
  const std::uint64_t magnitude =
      n < 0 ? -static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);
  const std::string digits = std::to_string(magnitude);
  std::string text = n < 0 ? "−" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

}  // namespace cmc
