#pragma once

#include <string>
#include <vector>

namespace cmc {

/// A .npy file of version 1; `entries` of its header are 'shape': (2, 3) and the like.
inline std::string npy(const std::string& type, const std::string& entries,
                       const std::string& bytes, const char* fortran_order = "False") {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': " + fortran_order + ", " + entries + ", }";
  header.resize(118 - 1, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + bytes;
}

template <class Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

}  // namespace cmc
