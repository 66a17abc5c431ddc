#include "cmc/evaluation/probe_notes.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cmc::evaluation {
namespace {

using ::testing::ElementsAre;

TEST(UnknownLabels, AreThoseOfJudgedSamplesThatNoProbeSaw) {
  EXPECT_THAT(unknown_labels(at::tensor({3, 1}, at::kLong), at::tensor({1, 2, 3, 2, 0}, at::kLong)),
              ElementsAre(2, 2, 0));
}

TEST(UnknownClassesNote, NamesEachClassOnceAndCountsTheRest) {
  const std::vector<std::string> classes = {"a", "b", "c", "d", "e", "f", "g"};
  EXPECT_EQ(unknown_classes_note(10, {}, classes), "");
  EXPECT_EQ(
      unknown_classes_note(10, {1, 1, 0}, classes),
      "3 of 10 samples are of classes without a training label (b, a): they count as errors.");
  EXPECT_THAT(unknown_classes_note(10, {0, 1, 2, 3, 4, 5, 6}, classes),
              ::testing::HasSubstr("(a, b, c, d, e and 2 more)"));
}

}  // namespace
}  // namespace cmc::evaluation
