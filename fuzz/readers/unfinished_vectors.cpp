#include "cmc/exchange/vector_writer.h"

#include <ATen/ATen.h>
#include <vector>

#include "cmc/files/npy.h"
#include "fuzz/demand.h"
#include "fuzz/folder.h"
#include "fuzz/input.h"
#include "fuzz/readers.h"

/// What an interrupted writer of vectors left: the rows, their ids, and the position, which is
/// taken up.
void cmc::fuzz::unfinished_vectors(Bytes input) {
  static const Folder folder;
  Input parts(input);
  folder.write("x.npy.partial", parts.piece());
  folder.write("x.ids.csv.partial", parts.piece());
  folder.write("x.npy.partial.json", parts.rest());
  const std::filesystem::path target = folder.path() / "x.npy";
  std::int64_t rows = 0;
  {
    exchange::VectorWriter writer(target, {.columns = 2, .fingerprint = "f", .force = true});
    demand(writer.batches() >= 0 && writer.rows() >= 0, "a position is not negative");
    const std::vector<exchange::RowName> names = {
        {.id = "one", .row = 1, .part = "test", .label = "a"}};
    writer.append(at::ones({1, 2}), names);
    rows = writer.rows();
    writer.commit();
  }
  demand(files::read_npy(target).rows == rows, "the file holds the rows that it says");
}
