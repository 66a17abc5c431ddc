#include "cmc/data/tables/manifest.h"

#include "fuzz/dataset.h"
#include "fuzz/folder.h"
#include "fuzz/input.h"
#include "fuzz/readers.h"

/// Two bytes of options, the file of a joined table, and the manifest: columns are named by their
/// places. What the files of its arrays are called stands in the manifest, and none is there but
/// "a.npy".
void cmc::fuzz::manifest(Bytes input) {
  static const Folder folder;
  Input parts(input);
  const std::uint8_t choice = parts.byte(), other = parts.byte();
  const auto chosen = [&](int bit) { return (choice >> bit & 1) != 0; };
  const char* const name = chosen(0) ? "manifest.jsonl" : "manifest.csv";
  const bool joins = chosen(1);
  folder.write("table.csv", parts.piece());
  data::ManifestOptions options{.manifest = folder.write(name, parts.rest()).string()};
  if (chosen(2) || joins) options.key = "#1";
  if (chosen(3)) options.label = "#2";
  if (chosen(4)) options.split_by = "#3";
  if (chosen(5)) options.part = "#3";
  if (chosen(6)) options.duplicates = "#2";
  if (chosen(7)) options.unreadable = data::UnreadableFile::missing;
  options.test_samples = other % 4;
  data::SourceOptions numbers{.name = "numbers", .kind = data::SourceKind::table};
  numbers.columns = {"#2..#3"};
  if (other & 4) numbers.categorical = {"#4"};
  if (joins) numbers.table = "table.csv";
  if (joins && (other & 8)) numbers.table_key = "#1";
  options.sources = {numbers};
  if (other & 16)
    options.sources.push_back({.name = "array", .kind = data::SourceKind::array, .column = "#4"});
  if (other & 32)
    options.sources.push_back(
        {.name = "file", .kind = data::SourceKind::array, .file = "{#1}.npy"});
  static const auto array = folder.write(
      "a.npy", std::string_view("\x93NUMPY\1\0\x36\0{'descr': '|u1', 'fortran_order': False, "
                                "'shape': (2,), }\n\1\2",
                                10 + 54 + 2));
  look_at(data::open_manifest(options));
}
