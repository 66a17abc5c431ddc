#include "cmc/files/foreign_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace cmc::files {
namespace {

using namespace std::string_view_literals;

/// How files of a kind begin, and what is to be done with one.
struct ForeignKind {
  std::string_view mark;
  std::size_t at;
  const char* name;
  /// Python that reads it as a pandas.DataFrame; or a whole advice, where it begins with a blank.
  const char* reader;
};

constexpr std::array foreign_kinds = {
    ForeignKind{"PAR1"sv, 0, "a Parquet file", "read_parquet"},
    ForeignKind{"PARE"sv, 0, "an encrypted Parquet file", "read_parquet"},
    ForeignKind{"ARROW1"sv, 0, "a Feather (Arrow) file", "read_feather"},
    ForeignKind{"FEA1"sv, 0, "a Feather file", "read_feather"},
    ForeignKind{"\xff\xff\xff\xff"sv, 0, "an Arrow stream", "read_feather"},
    ForeignKind{"ORC"sv, 0, "an ORC file", "read_orc"},
    ForeignKind{"\x89HDF\r\n\x1a\n"sv, 0, "an HDF5 file", "read_hdf"},
    ForeignKind{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, 0, "an Excel workbook (xls)", "read_excel"},
    ForeignKind{"<stata_dta>"sv, 0, "a Stata file", "read_stata"},
    ForeignKind{"$FL2@(#)"sv, 0, "an SPSS file", "read_spss"},
    ForeignKind{"\x80\x04\x95"sv, 0, "a pickle", "read_pickle"},
    ForeignKind{"\x80\x05\x95"sv, 0, "a pickle", "read_pickle"},
    ForeignKind{"SQLite format 3\0"sv, 0, "an SQLite database",
                " write a query's rows as CSV (sqlite3 -header -csv)"},
    ForeignKind{"Obj\x01"sv, 0, "an Avro file", " write its rows as CSV or JSON lines"},
    ForeignKind{"RDX"sv, 0, "an R data file",
                " write.csv(x, row.names = FALSE) in R makes a table of it"},
    ForeignKind{"X\n\0\0\0"sv, 0, "an R data file",
                " write.csv(x, row.names = FALSE) in R makes a table of it"},
    ForeignKind{"MATLAB 5.0 MAT-file"sv, 0, "a MATLAB file",
                " writetable in MATLAB makes a table of it"},
    ForeignKind{"\x93NUMPY"sv, 0, "a NumPy array", " a view of the kind array reads it"},
    ForeignKind{"BZh"sv, 0, "packed by bzip2", " unpack it first (bunzip2)"},
    ForeignKind{"\xfd"
                "7zXZ\0"sv,
                0, "packed by xz", " unpack it first (unxz)"},
    ForeignKind{"\x28\xb5\x2f\xfd"sv, 0, "packed by zstd", " unpack it first (unzstd)"},
    ForeignKind{"7z\xbc\xaf\x27\x1c"sv, 0, "a 7-Zip archive", " unpack it first"},
    ForeignKind{"Rar!\x1a"sv, 0, "a RAR archive", " unpack it first"},
    ForeignKind{"ustar"sv, 257, "a tar archive", " unpack it first (tar -xf)"},
    ForeignKind{"%PDF-"sv, 0, "a PDF", " a table of text was expected"},
    ForeignKind{"\x89PNG"sv, 0, "a picture", " a table of text was expected"},
    ForeignKind{"\xff\xd8\xff"sv, 0, "a picture", " a table of text was expected"},
    ForeignKind{"\x7f"
                "ELF"sv,
                0, "a program", " a table of text was expected"},
    ForeignKind{
        "<!DOCTYPE"sv, 0, "a web page",
        " a table of text was expected; was a login or an error page downloaded in its place?"},
    ForeignKind{
        "<!doctype"sv, 0, "a web page",
        " a table of text was expected; was a login or an error page downloaded in its place?"},
    ForeignKind{
        "<html"sv, 0, "a web page",
        " a table of text was expected; was a login or an error page downloaded in its place?"},
    ForeignKind{"<?xml"sv, 0, "an XML file", " write it as CSV or JSON lines"},
    ForeignKind{"version https://git-lfs"sv, 0, "a pointer of Git LFS",
                " `git lfs pull` fetches the file"},
};

std::string table_by(const char* name, std::string_view reader) {
  return fmt::format(
      "is {}, which is not read: pandas.{}(FILE).to_csv(\"table.csv\", index=False) in Python "
      "makes "
      "a table of it",
      name, reader);
}

/// Whether a byte is there that no text holds. A mark of a few letters alone may as well begin the
/// name of a column, such as "ORCID" or "PARENT".
bool has_control_bytes(std::string_view head) {
  return std::ranges::any_of(head, [](unsigned char c) {
    return c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f';
  });
}

}  // namespace

std::string foreign_kind(std::string_view head) {
  if (head.starts_with("PK\x03\x04")) {
    // The first entry's name tells a workbook from other archives.
    const auto holds = [&](std::string_view name) { return head.find(name) != head.npos; };
    const bool workbook =
        holds("[Content_Types].xml") || holds("xl/") || holds("_rels/") || holds("docProps/");
    if (workbook) return table_by("an Excel workbook", "read_excel");
    if (holds("mimetypeapplication/vnd.oasis"))
      return table_by("an OpenDocument table", "read_excel");
    if (holds(".npy")) return "is an archive of NumPy arrays; a view of the kind array reads such";
    return "is a zip archive; unpack it first (unzip)";
  }
  for (const ForeignKind& kind : foreign_kinds) {
    if (head.size() < kind.at || !head.substr(kind.at).starts_with(kind.mark)) continue;
    const bool letters =
        std::ranges::all_of(kind.mark, [](unsigned char c) { return std::isalnum(c) != 0; });
    if (letters && !has_control_bytes(head)) continue;
    if (kind.reader[0] == ' ') return fmt::format("is {};{}", kind.name, kind.reader);
    return table_by(kind.name, kind.reader);
  }
  return "";
}

}  // namespace cmc::files
