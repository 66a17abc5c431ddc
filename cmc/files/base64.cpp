#include "cmc/files/base64.h"

#include <openssl/evp.h>

namespace cmc::files {

std::string base64(std::string_view bytes) {
  constexpr std::size_t at_once = 3 << 24;  // libcrypto counts by int; whole groups have no padding
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // libcrypto ends it with a zero
  auto* to = reinterpret_cast<unsigned char*>(text.data());
  for (std::size_t i = 0; i < bytes.size(); i += at_once) {
    const std::string_view part = bytes.substr(i, at_once);
    to += EVP_EncodeBlock(to, reinterpret_cast<const unsigned char*>(part.data()),
                          static_cast<int>(part.size()));
  }
  text.pop_back();
  return text;
}

}  // namespace cmc::files
