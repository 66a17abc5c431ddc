#include "cmc/exchange/vector_index.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "cmc/files/checksum.h"
#include "fuzz/demand.h"
#include "fuzz/folder.h"
#include "fuzz/input.h"
#include "fuzz/readers.h"

/// The note beside an index, and the index. An empty note stands for the right one, with the
/// checksum of the index.
void cmc::fuzz::vector_index(Bytes input) {
  static const Folder folder;
  Input parts(input);
  const Bytes note = parts.piece(), index = parts.rest();
  const std::filesystem::path path = folder.write("index", index);
  const std::string sum = files::checksum_text(files::crc32(0, index.data(), index.size()));
  if (note.empty())
    folder.write("index.json",
                 fmt::format(R"({{"fingerprint": "f", "rows": 4, "checksum": "{}"}})", sum));
  else
    folder.write("index.json", note);
  const auto loaded = exchange::VectorIndex::load(path, "f");
  if (!loaded) return;
  const at::Tensor query = at::ones({1, 4}).div(2);
  const evaluation::Neighbours found = loaded->search(query, 3);
  const at::Tensor rows = found.indices.contiguous();
  for (std::int64_t i = 0; i < rows.numel(); ++i)
    demand(rows.data_ptr<std::int64_t>()[i] < loaded->rows(), "what is found is a row");
}
