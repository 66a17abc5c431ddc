#include "cmc/files/checksum.h"

#include <gtest/gtest.h>

#include <string>

namespace cmc::files {
namespace {

TEST(Crc32, IsThatOfZipAndGoesOnWhereItStopped) {
  EXPECT_EQ(crc32(0, "123456789", 9), 0xcbf43926u);
  EXPECT_EQ(crc32(crc32(0, "1234", 4), "56789", 5), 0xcbf43926u);
  EXPECT_EQ(crc32(7, nullptr, 0), 7u);
  EXPECT_EQ(checksum_text(0xbf43926), "crc32:0bf43926");
}

TEST(TakeChecksum, PutsZerosInThePlaceOfTheFirst) {
  struct Case {
    const char *bytes, *found, *left;
  };
  const Case cases[] = {
      {"a crc32:0bf43926 b", "crc32:0bf43926", "a crc32:00000000 b"},
      {"crc32:xyz crc32:01234567", "crc32:01234567", "crc32:xyz crc32:00000000"},
      {"crc32:0123456", "", "crc32:0123456"},
      {"crc32:0123456G", "", "crc32:0123456G"},
      {"crc32:11111111 crc32:22222222", "crc32:11111111", "crc32:00000000 crc32:22222222"},
      {"", "", ""},
  };
  for (const Case& each : cases) {
    std::string bytes = each.bytes;
    EXPECT_EQ(take_checksum(bytes), each.found);
    EXPECT_EQ(bytes, each.left);
  }
}

}  // namespace
}  // namespace cmc::files
