#pragma once

#include <string>

namespace cmc::recipe {

/// One line of a recipe's reference.
struct FieldReference {
  std::string key;
  std::string value;
  std::string range;
  std::string help;
};

}  // namespace cmc::recipe
