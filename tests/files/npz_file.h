#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cmc {

/// A zip archive of records by name, as numpy.savez writes it, or numpy.savez_compressed.
inline std::string npz(const std::vector<std::pair<std::string, std::string>>& records,
                       bool deflated = false) {
  const auto number = [](std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
  };
  std::string file, directory;
  for (const auto& [name, plain] : records) {
    std::string stored = plain;
    if (deflated) {
      stored.resize(plain.size() + 100);
      z_stream stream{};
      deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
      stream.avail_in = static_cast<uInt>(plain.size());
      stream.next_out = reinterpret_cast<Bytef*>(stored.data());
      stream.avail_out = static_cast<uInt>(stored.size());
      deflate(&stream, Z_FINISH);
      stored.resize(stream.total_out);
      deflateEnd(&stream);
    }
    const auto crc =
        ::crc32(0, reinterpret_cast<const Bytef*>(plain.data()), static_cast<uInt>(plain.size()));
    const std::string about = number(20, 2) + number(0, 2) + number(deflated ? 8 : 0, 2) +
                              number(0, 4) + number(crc, 4) + number(stored.size(), 4) +
                              number(plain.size(), 4) + number(name.size(), 2) + number(0, 2);
    directory += "PK\1\2" + number(20, 2) + about + number(0, 2) + number(0, 4) + number(0, 4) +
                 number(file.size(), 4) + name;
    file += "PK\3\4" + about + name + stored;
  }
  return file + directory + "PK\5\6" + number(0, 4) + number(records.size(), 2) +
         number(records.size(), 2) + number(directory.size(), 4) + number(file.size(), 4) +
         number(0, 2);
}

}  // namespace cmc
