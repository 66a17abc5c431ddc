#include "cmc/edit_distance.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace cmc {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

bool is_misspelt(std::string_view name, std::string_view known) {
  return edit_distance(name, known) <= std::max<std::size_t>(1, (known.size() + 1) / 3);
}

}  // namespace cmc
