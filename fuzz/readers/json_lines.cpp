#include "cmc/data/tables/json_lines.h"

#include "fuzz/folder.h"
#include "fuzz/readers.h"
#include "fuzz/rows.h"

void cmc::fuzz::json_lines(Bytes input) {
  static const Folder folder;
  look_at(*data::open_json_lines(folder.write("rows.jsonl", input)));
}
