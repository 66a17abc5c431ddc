#pragma once

#include <torch/types.h>

#include <string>

#include "cmc/error.h"

namespace cmc::contrast {

inline at::Tensor range(std::int64_t n) {
  return at::arange(n, at::kLong);
}

/// What `call` throws.
template <class Call>
std::string message(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

/// Rows of unit length, float64.
inline at::Tensor unit(const at::Tensor& z) {
  const at::Tensor d = z.detach().to(at::kDouble);
  return d / d.norm(2, -1, true);
}

}  // namespace cmc::contrast
