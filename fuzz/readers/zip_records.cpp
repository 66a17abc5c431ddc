#include "cmc/files/zip_records.h"

#include "fuzz/demand.h"
#include "fuzz/readers.h"

void cmc::fuzz::zip_records(Bytes input) {
  std::size_t bytes = 0;
  for (const files::ZipRecord& record : files::zip_records(input, "archive"))
    bytes += record.bytes.size();
  demand(bytes <= 2000 * input.size() * input.size(), "records come from the file");
}
