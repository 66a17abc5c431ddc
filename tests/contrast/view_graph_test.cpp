#include "cmc/contrast/view_graph.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace cmc::contrast {
namespace {

TEST(ViewGraph, HasAPairWhereTwoThatAreNoDuplicatesHaveBothViews) {
  const ViewGraph graph = ViewGraph::full(2);
  const at::Tensor none, three = at::arange(3, at::kLong);
  EXPECT_TRUE(has_a_pair(graph, none, three));
  EXPECT_FALSE(has_a_pair(graph, none, three.slice(0, 0, 1)));
  EXPECT_FALSE(has_a_pair(graph, none, at::full({3}, 7, at::kLong)));
  const at::Tensor present = at::tensor({1, 1, 1, 0, 1, 1}, at::kInt).reshape({3, 2}).to(at::kBool);
  EXPECT_TRUE(has_a_pair(graph, present, three));  // samples 0 and 2
  EXPECT_FALSE(has_a_pair(graph, present, at::tensor({7, 8, 7}, at::kLong)));
  EXPECT_FALSE(has_a_pair(graph, present.slice(0, 0, 2), three.slice(0, 0, 2)));
}

TEST(ViewGraph, CountsPairsForManyViews) {
  EXPECT_EQ(ViewGraph::full(12).pairs.size(), 132u);
  EXPECT_EQ(ViewGraph::core(4, 12).pairs.size(), 22u);
}

}  // namespace
}  // namespace cmc::contrast
