#include "cmc/files/npy_header.h"

#include <fmt/format.h>

namespace cmc::files {

std::string npy_header(std::int64_t rows, std::int64_t columns) {
  constexpr std::size_t size = 128, prefix = 10;  // mark, version, length
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(size - prefix);
  text += '\0';
  text +=
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, columns);
  text.append(size - 1 - text.size(), ' ');
  text += '\n';
  return text;
}

}  // namespace cmc::files
