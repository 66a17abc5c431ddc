#include "fuzz/rows.h"

#include "fuzz/demand.h"

void cmc::fuzz::look_at(const data::Rows& rows) {
  std::int64_t count = 0;
  data::Record other;
  rows.each([&](std::int64_t index, const data::Record& record) {
    demand(index == count++, "rows come in their order");
    demand(record.cells.size() == rows.columns().size(), "a row has a cell a column");
    rows.read(index, other);
    demand(record.cells == other.cells, "a row is the same by its number");
  });
  demand(count == rows.size(), "a pass sees every row");
  if (count > 0) rows.where(count - 1);
}
