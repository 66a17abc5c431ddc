#include "cmc/files/base64.h"

#include <openssl/evp.h>

#include "cmc/error.h"

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

std::string from_base64(std::string_view text) {
  constexpr std::size_t at_once = 1 << 24;
  check(text.size() % 4 == 0, "{} characters of base 64: a multiple of 4 was expected",
        text.size());
  std::string bytes(text.size() / 4 * 3, '\0');
  auto* to = reinterpret_cast<unsigned char*>(bytes.data());
  for (std::size_t i = 0; i < text.size(); i += at_once) {
    const std::string_view part = text.substr(i, at_once);
    const int count = EVP_DecodeBlock(to, reinterpret_cast<const unsigned char*>(part.data()),
                                      static_cast<int>(part.size()));
    check(count >= 0, "not base 64 within [{}, {})", i, i + part.size());
    to += count;
  }
  for (std::size_t i = text.size(); i > 0 && text[i - 1] == '='; --i) bytes.pop_back();
  return bytes;
}

}  // namespace cmc::files
