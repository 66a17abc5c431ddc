#include "cmc/data/tables/table_join.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

TEST(TableJoin, FindsTheRowOfEachKey) {
  const TemporaryFolder folder;
  const auto manifest = open_rows(folder.write("m.csv", "id,x\nb,1\nc,1\n a ,1\nb,1\n").string());
  const auto table = open_rows(folder.write("t.csv", "n,key\n1,a\n2,b\n3,z\n").string());
  const TableJoin join = join_by_key(*manifest, 0, table, 1, Missing());
  EXPECT_EQ(join.row(0), 1);
  EXPECT_EQ(join.row(1), std::nullopt);
  EXPECT_EQ(join.row(2), 0);
  EXPECT_EQ(join.row(3), 1);
  EXPECT_EQ(join.hint(), "");
  EXPECT_EQ(TableJoin().row(5), 5);
}

TEST(TableJoin, HintsAtAKeyThatIsWrittenOtherwise) {
  const TemporaryFolder folder;
  const auto manifest = open_rows(folder.write("m.csv", "id,x\nA7,1\n").string());
  const auto table = open_rows(folder.write("t.csv", "key,n\na7,1\n").string());
  EXPECT_THAT(join_by_key(*manifest, 0, table, 0, Missing()).hint(),
              ::testing::HasSubstr("\"A7\" is not a key of"));
}

TEST(TableJoin, RefusesATableWithOneKeyTwice) {
  const TemporaryFolder folder;
  const auto manifest = open_rows(folder.write("m.csv", "id,x\na,1\n").string());
  const auto table = open_rows(folder.write("t.csv", "key,n\na,1\na,2\n").string());
  EXPECT_THAT(message_of<Error>([&] { join_by_key(*manifest, 0, table, 0, Missing()); }),
              ::testing::HasSubstr("t.csv, line 3: the key \"a\""));
}

}  // namespace
}  // namespace cmc::data
