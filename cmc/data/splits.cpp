#include "cmc/data/splits.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "cmc/data/subset.h"
#include "cmc/error.h"

namespace cmc::data {

std::string class_list(const std::vector<std::string>& classes) {
  constexpr std::size_t most_names = 6;
  if (classes.empty()) return "no labels";
  std::string list = fmt::format("{} class{}: ", classes.size(), classes.size() == 1 ? "" : "es");
  for (std::size_t i = 0; i < std::min(classes.size(), most_names); ++i)
    list += (i > 0 ? ", " : "") + classes[i];
  return classes.size() > most_names ? list + ", …" : list;
}

/// FNV-1a with 64 bits, then the finaliser of MurmurHash3, since FNV leaves its top bits poorly
/// mixed on names that differ in their last letters.
std::uint64_t name_hash(std::string_view name) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
  return h ^ (h >> 33);
}

bool is_held_out(std::string_view name, double fraction) {
  return static_cast<double>(name_hash(name) >> 11) * 0x1p-53 < fraction;
}

Splits hold_out(const std::shared_ptr<const Dataset>& dataset, double fraction) {
  check(fraction >= 0 && fraction < 1,
        "held_out = {}: a fraction of at least 0 and below 1 was expected", fraction);
  std::vector<std::int64_t> kept, held;
  for (std::int64_t i = 0; i < dataset->size(); ++i) {
    (is_held_out(dataset->name(i), fraction) ? held : kept).push_back(i);
  }
  return {.train = std::make_shared<Subset>(dataset, std::move(kept)),
          .test = std::make_shared<Subset>(dataset, std::move(held))};
}

}  // namespace cmc::data
