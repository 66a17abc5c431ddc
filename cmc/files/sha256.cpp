#include "cmc/files/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "cmc/error.h"

namespace cmc::files {

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  check(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1,
        "SHA-256: libcrypto refuses it");
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace cmc::files
