#include "cmc/runs/repeated_samples.h"

#include <gtest/gtest.h>

#include "cmc/data/open.h"
#include "tests/temporary_folder.h"

namespace cmc::runs {
namespace {

/// Repeated samples of a CSV with a table of its columns x and y.
std::optional<std::int64_t> repeated_in(const std::string& csv,
                                        const std::string& duplicates = "") {
  const TemporaryFolder folder;
  data::DataOptions options;
  options.held_out = options.manifest.held_out = 0;
  options.manifest.manifest = folder.write("rows.csv", csv).string();
  options.manifest.duplicates = duplicates;
  options.manifest.sources = {{.name = "x", .kind = data::SourceKind::table, .columns = {"x"}},
                              {.name = "y", .kind = data::SourceKind::table, .columns = {"y"}}};
  return repeated_samples(*data::open(options).train);
}

TEST(RepeatedSamples, HaveTheSameValuesInEverySource) {
  EXPECT_EQ(repeated_in("id,x,y\n1,0,0\n2,0,1\n3,1,0\n4,0,0\n5,0,0\n6,2,2\n7,2,2\n"), 5);
  EXPECT_EQ(repeated_in("id,x,y\n1,0,0\n2,0,1\n3,1,0\n"), 0);
}

TEST(RepeatedSamples, AreNotThoseThatAreMarkedAsDuplicates) {
  const std::string csv = "id,same,x,y\n1,a,0,0\n2,a,0,0\n3,b,1,1\n4,c,1,1\n";
  EXPECT_EQ(repeated_in(csv), 4);
  EXPECT_EQ(repeated_in(csv, "same"), 2);
}

}  // namespace
}  // namespace cmc::runs
