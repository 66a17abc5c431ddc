#include "cmc/files/lower_case.h"

namespace cmc::files {

std::string lower_case(std::string_view text) {
  std::string small(text);
  for (char& letter : small)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return small;
}

std::string small_ending(const std::filesystem::path& path) {
  return lower_case(path.extension().string());
}

}  // namespace cmc::files
