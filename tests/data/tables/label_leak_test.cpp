#include "cmc/data/tables/label_leak.h"

#include <gtest/gtest.h>

#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

TEST(LabelLeak, FindsColumnsThatRepeatTheLabels) {
  struct Case {
    const char* what;
    const char* rows;
    std::vector<std::size_t> due;
  };
  const Case cases[] = {
      {"a copy", "label,x,y\ncat,cat,1\ndog, dog ,2\ncat,cat,3\n", {1}},
      {"almost", "label,x,y\ncat,cat,1\ndog,dog,2\ncat,dog,3\n", {}},
      {"where there is a label", "label,x,y\ncat,cat,cat\n,1,dog\ndog,dog,dog\n", {1, 2}},
      {"one label alone", "label,x,y\ncat,cat,1\ncat,cat,2\n", {}},
  };
  for (const Case& each : cases) {
    const TemporaryFolder folder;
    const auto rows = open_rows(folder.write("a.csv", each.rows).string());
    const Labels labels = read_labels(*rows, 0, LabelKind::classes, Missing(), {});
    EXPECT_EQ(leaking_columns(*rows, 0, labels, *rows, TableJoin(), {1, 2}), each.due) << each.what;
  }
}

}  // namespace
}  // namespace cmc::data
