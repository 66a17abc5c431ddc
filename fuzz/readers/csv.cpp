#include "cmc/data/tables/csv.h"

#include <optional>

#include "fuzz/folder.h"
#include "fuzz/input.h"
#include "fuzz/readers.h"
#include "fuzz/rows.h"

/// What the file is called, and what is said of its separator and its decimal mark; the file.
void cmc::fuzz::csv(Bytes input) {
  static const Folder folder;
  constexpr const char* names[] = {"rows.csv", "rows.tsv", "rows.csv.gz", "rows.txt"};
  constexpr const char* separators[] = {"", ",", ";", "tab"};
  constexpr std::optional<char> decimals[] = {{}, '.', ',', {}};
  Input parts(input);
  const std::uint8_t choice = parts.byte();
  look_at(*data::open_csv(
      folder.write(names[choice % 4], parts.rest()),
      {.separator = separators[choice / 4 % 4], .decimal = decimals[choice / 16 % 4]}));
}
