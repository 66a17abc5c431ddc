#include "cmc/data/label_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmc/data/tables/manifest.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> notes_of(const std::string& rows) {
  const TemporaryFolder folder;
  return label_notes(
      open_manifest({.manifest = folder.write("walks.csv", "part,x,label\n" + rows).string(),
                     .label = "label",
                     .part = "part",
                     .sources = {{.name = "touch", .kind = SourceKind::table, .columns = {"x"}}}}));
}

TEST(LabelNotes, TellOfPartsAndClassesThatNoProbeLearns) {
  EXPECT_THAT(notes_of("train,1,\ntrain,2,nan\ntest,3,a\n"),
              ElementsAre("none of the 2 samples to train has a label, and 1 of the 1 held out "
                          "have: a probe is fitted to the former"));
  EXPECT_THAT(notes_of("train,1,0.5\ntest,2,\ntest,3,\n"),
              ElementsAre("none of the 2 held-out samples has a label, and 1 of the 1 to train "
                          "have: a probe is evaluated on the former"));
  EXPECT_THAT(notes_of("train,1,a\ntrain,1,b\ntest,2,c\ntest,2,a\ntest,3,d\ntest,3,c\n"),
              ElementsAre("2 of 4 classes occur only in the test part (\"c\", \"d\"), with 3 "
                          "samples: no probe can learn them"));
  EXPECT_THAT(notes_of("train,1,a\ntrain,2,b\ntest,3,a\n"), IsEmpty());
  EXPECT_THAT(notes_of("train,1,0.5\ntest,2,1.5\n"), IsEmpty());
  EXPECT_THAT(notes_of("train,1,\ntest,2,\n"), IsEmpty());
  EXPECT_THAT(notes_of("train,1,a\ntrain,2,b\n"), IsEmpty());
}

}  // namespace
}  // namespace cmc::data
