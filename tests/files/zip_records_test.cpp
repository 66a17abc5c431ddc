#include "cmc/files/zip_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "cmc/error.h"
#include "cmc/files/checksum.h"
#include "tests/temporary_folder.h"

namespace cmc::files {
namespace {

using ::testing::HasSubstr;

template <class T>
void put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

using Records = std::vector<std::pair<std::string, std::string>>;

/// An archive of stored records, and where the entries of its directory begin.
struct Archive {
  std::string bytes;
  std::vector<std::size_t> entries;

  explicit Archive(const Records& records) {
    std::string directory;
    std::vector<std::size_t> places;
    for (const auto& [name, content] : records) {
      const auto local = static_cast<std::uint32_t>(bytes.size());
      const auto size = static_cast<std::uint32_t>(content.size());
      const std::uint32_t crc = files::crc32(0, content.data(), content.size());
      const auto length = static_cast<std::uint16_t>(name.size());
      const auto shared = [&](std::string& to) {
        for (const int field : {20, 0, 0, 0, 0}) put<std::uint16_t>(to, field);
        put(to, crc);
        put(to, size);
        put(to, size);
        put(to, length);
        put<std::uint16_t>(to, 0);
      };
      put(bytes, 0x04034b50u);
      shared(bytes);
      bytes += name + content;
      places.push_back(directory.size());
      put(directory, 0x02014b50u);
      put<std::uint16_t>(directory, 20);
      shared(directory);
      for (const int field : {0, 0, 0, 0, 0}) put<std::uint16_t>(directory, field);
      put(directory, local);
      directory += name;
    }
    const auto start = static_cast<std::uint32_t>(bytes.size());
    for (const std::size_t place : places) entries.push_back(start + place);
    bytes += directory;
    put(bytes, 0x06054b50u);
    put<std::uint32_t>(bytes, 0);
    for (int i = 0; i < 2; ++i) put(bytes, static_cast<std::uint16_t>(records.size()));
    put(bytes, static_cast<std::uint32_t>(directory.size()));
    put(bytes, start);
    put<std::uint16_t>(bytes, 0);
  }

  template <class T>
  Archive with(std::size_t place, T value) const {
    Archive changed = *this;
    std::memcpy(changed.bytes.data() + place, &value, sizeof value);
    return changed;
  }
  std::vector<ZipRecord> read() const {
    return zip_records({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "x.pt");
  }
  std::string message() const {
    return message_of<Error>([&] { read(); });
  }
};

TEST(ZipRecords, AreReadWhole) {
  const auto records = Archive({{"a", "one"}, {"b/c", ""}}).read();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(std::string(records[0].bytes.begin(), records[0].bytes.end()), "one");
  EXPECT_EQ(records[1].name, "b/c");
  EXPECT_TRUE(Archive(Records{}).read().empty());
}

TEST(ZipRecords, RefuseAnArchiveThatIsNoneOrLies) {
  const Archive two({{"a", "one"}, {"b", "two"}});
  const std::size_t end = two.bytes.size() - 22;
  EXPECT_THAT(Archive({{"a", "one"}, {"a", "two"}}).message(),
              HasSubstr("the record a occurs twice"));
  EXPECT_THAT(two.with<std::uint32_t>(two.entries[1] + 42, 0).message(),
              HasSubstr("the record b was expected"));
  // A record whose content reaches into the next one, into the directory, beyond the file.
  const auto of_size = [&](std::size_t entry, std::uint32_t size) {
    return two.with(two.entries[entry] + 20, size).with(two.entries[entry] + 24, size).message();
  };
  EXPECT_THAT(of_size(0, 6), HasSubstr("the record b overlaps another"));
  EXPECT_THAT(of_size(1, 6), HasSubstr("overlaps another, or the archive's directory"));
  EXPECT_THAT(of_size(0, 60), HasSubstr("overlaps another, or the archive's directory"));
  EXPECT_THAT(of_size(1, 600), HasSubstr("the archive is cut short"));
  // A record that lies inside another, whole in itself.
  const std::string inner = Archive(Records{{"b", "two"}}).bytes.substr(0, 34);
  const Archive outer({{"a", inner}, {"b", "two"}});
  EXPECT_THAT(outer.with<std::uint32_t>(outer.entries[1] + 42, 31).message(),
              HasSubstr("the record b overlaps another"));
  EXPECT_THAT(two.with<std::uint16_t>(two.entries[0] + 8, 1).message(), HasSubstr("is encrypted"));
  EXPECT_THAT(two.with<std::uint16_t>(two.entries[0] + 10, 14).message(),
              HasSubstr("compressed in way 14"));
  EXPECT_THAT(two.with<std::uint32_t>(two.entries[0] + 24, 4).message(),
              HasSubstr("compressed in way 0"));
  EXPECT_THAT(two.with<std::uint16_t>(end + 10, 1).message(),
              HasSubstr("the directory of 1 records does not end where its end is marked"));
  EXPECT_THAT(two.with<std::uint16_t>(end + 10, 3).message(), HasSubstr("an entry of a zip"));
  EXPECT_THAT(two.with<std::uint32_t>(end + 16, 0xfffffff0u).message(), HasSubstr("cut short"));
  EXPECT_THAT(two.with<char>(32, '!').message(), HasSubstr("does not match its CRC-32"));
  Archive cut = two;
  cut.bytes.resize(21);
  EXPECT_THAT(cut.message(), HasSubstr("byte 0: a zip archive was expected"));
}

}  // namespace
}  // namespace cmc::files
