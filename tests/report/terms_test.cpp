#include "cmc/report/terms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace cmc::report {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> ids(std::string_view text) {
  std::vector<std::string> found;
  for (const auto& term : terms_in(text)) found.push_back(term.at("id"));
  return found;
}

TEST(Terms, AreThoseThatStandInTheText) {
  EXPECT_THAT(ids("The ceiling log(k + 1)"), ElementsAre("k", "ceiling"));
  EXPECT_THAT(ids("Views, and two probes"), ElementsAre("view", "probe"));
  EXPECT_THAT(ids("bound_nats,probe_all,held_out"),
              ElementsAre("information", "bound", "held-out", "probe"));
  EXPECT_THAT(ids("recall@5"), ElementsAre("recall"));
  EXPECT_THAT(ids("τ = 0.1"), ElementsAre("temperature"));
}

TEST(Terms, AreWholeWords) {
  EXPECT_THAT(ids("like a king in the boundary of a preview"), IsEmpty());
  EXPECT_THAT(ids("nce"), Contains("nce"));
  EXPECT_THAT(ids("since"), IsEmpty());
  EXPECT_THAT(ids("InfoNCE"), Not(Contains("nce")));
}

TEST(Terms, HaveOneNameEach) {
  std::string all;
  for (const char* word :
       {"view anchor k temperature InfoNCE NT-Xent NCE triplet NWJ information bound ceiling ",
        "training estimate held out sweet spot representation embedding probe nearest neighbours ",
        "zero-shot untrained recall@1 alignment uniformity effective rank collapse modality gap ±"})
    all += word;
  const auto found = ids(all);
  EXPECT_EQ(found.size(), 28u);
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), found.size());
}

}  // namespace
}  // namespace cmc::report
