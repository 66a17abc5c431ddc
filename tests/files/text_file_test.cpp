#include "cmc/files/text_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "cmc/data/tables/rows.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::files {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string gzip_of(std::string_view text) {
  std::string packed(text.size() + 100, '\0');
  z_stream stream{};
  deflateInit2(&stream, 0, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string utf16(std::u16string_view text, bool big_endian) {
  std::string bytes;
  for (const char16_t unit : text)
    for (const int shift : {big_endian ? 8 : 0, big_endian ? 0 : 8})
      bytes += static_cast<char>(unit >> shift & 0xff);
  return bytes;
}

std::string text_of(const std::filesystem::path& path) {
  const TextFile file(path);
  std::string text(file.end() - file.begin(), '\0');
  file.read_all(file.begin(), text.data(), text.size());
  return text;
}

TEST(TextFile, GivesUtf8HoweverItIsStored) {
  const TemporaryFolder folder;
  const std::string plain = "a,b\n1,K\xc3\xa4se \xf0\x9f\x98\x80\n";
  const std::u16string wide = u"a,b\n1,K\u00e4se \U0001f600\n";
  const std::string cases[] = {
      plain,
      "\xef\xbb\xbf" + plain,
      gzip_of(plain),
      gzip_of(plain.substr(0, 5)) + gzip_of(plain.substr(5)),
      gzip_of("\xef\xbb\xbf" + plain),
      "\xff\xfe" + utf16(wide, false),
      "\xfe\xff" + utf16(wide, true),
      gzip_of("\xff\xfe" + utf16(wide, false)),
  };
  for (const std::string& bytes : cases) EXPECT_EQ(text_of(folder.write("a.csv", bytes)), plain);
  EXPECT_EQ(text_of(folder.write("a.csv", utf16(u"a,b\n", false))), "a,b\n");
  EXPECT_EQ(text_of(folder.write("a.csv", utf16(u"a,b\n", true))), "a,b\n");
}

TEST(TextFile, RefusesDamage) {
  const TemporaryFolder folder;
  const std::string packed = gzip_of("a,b\n1,2\n3,4\n5,6\n");
  std::string wrong_sum = packed;
  wrong_sum[20] ^= 1;
  using namespace std::string_literals;
  const std::pair<std::string, std::string> cases[] = {
      {packed.substr(0, packed.size() - 9), ": damaged gzip data: it ends early"},
      {wrong_sum, ": damaged gzip data: incorrect data check"},
      {"\x1f\x8bnonsense", ": damaged gzip data: unknown compression method"},
      {"\xff\xfe"
       "a\0b"s,
       ": byte 5: UTF-16 of an odd number of bytes"},
      {"\xff\xfe\x00\xd8"
       "a\0"s,
       ": byte 4: an unpaired UTF-16 surrogate"},
      {"\xff\xfe\x00\xdc"s, ": byte 2: an unpaired UTF-16 surrogate"},
      {"\xff\xfe\x00\xd8"s, ": byte 4: an unpaired UTF-16 surrogate"},
      {"\xff\xfe\0\0a\0\0\0"s, ": is in UTF-32; save it in UTF-8"},
  };
  for (const auto& [bytes, reason] : cases) {
    const auto path = folder.write("a.csv", bytes);
    EXPECT_THAT(message_of<Error>([&] { const TextFile file(path); }),
                StartsWith(path.string() + reason));
  }
}

TEST(TextFile, NamesOtherKindsOfFilesAndWhatToDo) {
  const TemporaryFolder folder;
  using namespace std::string_literals;
  const std::pair<std::string, std::string> cases[] = {
      {"PAR1\x15\x04", "is a Parquet file, which is not read: pandas.read_parquet(FILE).to_csv("},
      {gzip_of("PAR1\x15\x04"), "is a Parquet file"},
      {"ARROW1\0\0"s, "is a Feather (Arrow) file, which is not read: pandas.read_feather"},
      {"\x89HDF\r\n\x1a\n", "pandas.read_hdf"},
      {"PK\x03\x04"s + std::string(26, '\0') + "[Content_Types].xml", "is an Excel workbook"},
      {"PK\x03\x04"s + std::string(26, '\0') + "docProps/app.xml", "is an Excel workbook"},
      {"PK\x03\x04"s + std::string(26, '\0') + "table.csv", "is a zip archive; unpack it first"},
      {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "pandas.read_excel"},
      {"SQLite format 3\0"s, "is an SQLite database"},
      {"BZh91AY&SY\x01", "is packed by bzip2; unpack it first"},
      {"\x93NUMPY\x01", "is a NumPy array; a view of the kind array"},
      {"<!DOCTYPE html>", "is a web page"},
      {"version https://git-lfs.github.com/spec/v1", "is a pointer of Git LFS"},
      {std::string(257, 'x') + "ustar\0"s, "is a tar archive"},
  };
  for (const char* const names : {"ORCID,a\n", "PARENT,a\n", "PAR1,a\n", "FEA1,a\n", "RDX,BZh\n"})
    EXPECT_EQ(data::open_rows(folder.write("table.csv", names).string())->columns().size(), 2u)
        << names;
  for (const auto& [bytes, reason] : cases) {
    const auto path = folder.write("table.csv", bytes);
    EXPECT_THAT(message_of<Error>([&] { data::open_rows(path.string()); }), HasSubstr(reason));
  }
}

TEST(TextFile, CountsLinesByAnyEnd) {
  const TemporaryFolder folder;
  const TextFile file(folder.write("a.csv", "a\r\nb\rc\n\nd"));
  const std::pair<std::uint64_t, std::int64_t> lines[] = {{0, 1}, {1, 1}, {3, 2}, {4, 2},
                                                          {5, 3}, {7, 4}, {8, 5}};
  for (const auto& [byte, line] : lines) EXPECT_EQ(file.line(byte), line) << byte;
}

}  // namespace
}  // namespace cmc::files
