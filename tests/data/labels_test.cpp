#include "cmc/data/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cmc/data/tables/csv.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Labels of a column of these cells.
Labels read(const std::vector<std::string>& cells, LabelKind kind = LabelKind::automatic,
            const Missing& missing = Missing(), const Decimal& decimal = Decimal()) {
  const TemporaryFolder folder;
  std::string text = "i;label\n";
  for (const std::string& cell : cells) text += "0;" + cell + "\n";
  return read_labels(*open_csv(folder.write("a.csv", text)), 1, kind, missing, decimal);
}

TEST(Labels, MinusOneIsNoneBesideNumbersFromZeroOnAndTexts) {
  const struct {
    std::vector<std::string> cells;
    std::vector<std::string> classes;
    std::vector<int> rows;
    const char* note;
  } cases[] = {
      {{"-1", "0", "1", "-1"}, {"0", "1"}, {-1, 0, 1, -1}, "hold \"-1\" 2 times: no label"},
      {{"2.0", "-1.0", "10.0"}, {"2.0", "10.0"}, {0, -1, 1}, "hold \"-1.0\" 1 times"},
      {{"dog", "-1", "cat"}, {"cat", "dog"}, {1, -1, 0}, "hold \"-1\" 1 times"},
      {{"-1", "1", "1"}, {"-1", "1"}, {0, 1, 1}, "are -1 and 1, both classes"},
      {{"-1", "-2", "0"}, {"-2", "-1", "0"}, {1, 0, 2}, ""},
      {{"-1", "-1"}, {"-1"}, {0, 0}, ""},
      {{"dog", "nan", "NaN", "cat", ""},
       {"cat", "dog"},
       {1, -1, -1, 0, -1},
       "holds \"NaN\" 1 times, \"nan\" 1 times: no value"},
      {{"NA", "DE", "None"}, {"DE", "NA", "None"}, {1, 0, 2}, "holds \"NA\", \"None\""},
      {{"NA", "1", "0"}, {"0", "1"}, {-1, 1, 0}, "hold \"NA\" 1 times: no label"},
      {{"10", "9", "-0"}, {"-0", "9", "10"}, {2, 1, 0}, ""},
  };
  for (const auto& each : cases) {
    const Labels labels = read(each.cells);
    EXPECT_EQ(labels.classes, each.classes) << each.cells[0];
    EXPECT_THAT(labels.classes_of_rows, testing::ElementsAreArray(each.rows)) << each.cells[0];
    if (*each.note == '\0') {
      EXPECT_THAT(labels.notes, IsEmpty()) << each.cells[0];
    } else {
      EXPECT_THAT(labels.notes, ElementsAre(HasSubstr(each.note)));
    }
  }
  EXPECT_THAT(read({"-1", "0", "1"}, LabelKind::automatic, Missing({"NaN"})).classes,
              ElementsAre("-1", "0", "1"));
  EXPECT_THAT(read({"x", "y", "z"}, LabelKind::automatic, Missing({"y"})).classes,
              ElementsAre("x", "z"));
}

TEST(Labels, AreTargetsWhereTheyAreNumbersAndNotAllWhole) {
  const Labels targets = read({"0.25", "-1", "NA", "3"});
  EXPECT_THAT(targets.classes, IsEmpty());
  EXPECT_THAT(targets.classes_of_rows, IsEmpty());
  ASSERT_EQ(targets.targets.size(), 4u);
  EXPECT_EQ(targets.targets[0], 0.25);
  EXPECT_EQ(targets.targets[1], -1);
  EXPECT_TRUE(std::isnan(targets.targets[2]));
  EXPECT_THAT(targets.notes, ElementsAre(HasSubstr("are numbers, 3 different ones"),
                                         HasSubstr("holds \"NA\" 1 times: no value")));

  EXPECT_THAT(read({"1,5", "2,25"}).targets, ElementsAre(1.5, 2.25));
  const Decimal commas{.mark = ',', .told = true, .notes = {}};
  EXPECT_THAT(read({"1,5", "2"}, LabelKind::automatic, Missing(), commas).targets,
              ElementsAre(1.5, 2));
  EXPECT_THAT(
      read({"0.5", "1.5"}, LabelKind::automatic, Missing(), commas).notes,
      ElementsAre(HasSubstr("have another decimal mark than the file's other numbers, such as "
                            "\"0.5\": each is a class")));
  EXPECT_THAT(read({"1", "2"}, LabelKind::number).targets, ElementsAre(1, 2));
  EXPECT_THAT(read({"0.5", "1.5"}, LabelKind::classes).classes, ElementsAre("0.5", "1.5"));
  EXPECT_THAT(read({"0.5", "high"}).classes, ElementsAre("0.5", "high"));
  EXPECT_THAT(read({"1.0", "2.0"}).classes, ElementsAre("1.0", "2.0"));
  for (const char* const cell : {"tall", "inf"})
    EXPECT_THAT(message_of<Error>([&] {
                  read({"1", cell}, LabelKind::number);
                }),
                HasSubstr("a.csv, line 3: the label (column \"label\"): \""));

  std::vector<std::string> ages;
  for (int i = 0; i < 60; ++i) ages.push_back(std::to_string(20 + i % 30));
  EXPECT_THAT(read(ages).notes,
              ElementsAre(HasSubstr("are 30 different whole numbers, each a class")));
  EXPECT_THAT(read(ages, LabelKind::classes).notes, IsEmpty());
}

}  // namespace
}  // namespace cmc::data
