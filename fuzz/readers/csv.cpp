#include "cmc/data/csv.h"

#include "fuzz/folder.h"
#include "fuzz/input.h"
#include "fuzz/readers.h"
#include "fuzz/rows.h"

/// Whether the file is called .tsv, and the file.
void cmc::fuzz::csv(Bytes input) {
  static const Folder folder;
  Input parts(input);
  const bool tabs = parts.byte() % 2 != 0;
  look_at(*data::open_csv(folder.write(tabs ? "rows.tsv" : "rows.csv", parts.rest())));
}
