#include "cmc/evaluation/map.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "cmc/error.h"

namespace cmc::evaluation {
namespace {

/// Share of points whose nearest point on the map has their label.
double agreement(const at::Tensor& map, const at::Tensor& labels) {
  at::Tensor distances = at::cdist(map, map);
  distances.fill_diagonal_(1e30);
  return labels.index_select(0, distances.argmin(1))
      .eq(labels)
      .to(at::kDouble)
      .mean()
      .item<double>();
}

TEST(Map, PrincipalAxesAreThoseOfAnEllipse) {
  at::manual_seed(4);
  const at::Tensor planar = at::randn({200, 2}) * at::tensor({5.f, 1.f});
  const at::Tensor rotation = std::get<0>(at::linalg_qr(at::randn({6, 6}))).slice(0, 0, 2);
  const at::Tensor map = principal_map(at::mm(planar, rotation) + 3);
  const at::Tensor centred = planar - planar.mean(0);
  // The sample's own axes differ a little from the population's: the lengths are what rotation
  // keeps.
  EXPECT_NEAR(map.square().sum().item<double>(), centred.square().sum().item<double>(), 0.5);
  EXPECT_GT(map.select(1, 0).std().item<double>(), 4);
  EXPECT_NEAR(at::dot(map.select(1, 0), map.select(1, 1)).item<double>(), 0, 0.05);
  const at::Tensor wide = at::mm(planar.slice(0, 0, 5), rotation);  // fewer points than features
  EXPECT_TRUE(at::allclose(at::pdist(principal_map(wide)), at::pdist(wide), 1e-3, 1e-3));
}

TEST(Map, TsneSeparatesThreeBlobs) {
  at::manual_seed(5);
  const at::Tensor labels = at::arange(240).remainder(3);
  const at::Tensor centres = 6 * at::randn({3, 20});
  const at::Tensor x = centres.index_select(0, labels) + at::randn({240, 20});
  const at::Tensor map = tsne(x, {.iterations = 300});
  EXPECT_EQ(map.sizes(), at::IntArrayRef({240, 2}));
  EXPECT_EQ(agreement(map, labels), 1.0);
  // The blobs lie apart: the least distance between two exceeds the mean distance within.
  const at::Tensor distances = at::cdist(map, map);
  const at::Tensor same = labels.unsqueeze(1).eq(labels.unsqueeze(0));
  EXPECT_GT(distances.masked_select(~same).min().item<double>(),
            distances.masked_select(same).mean().item<double>());
  EXPECT_TRUE(at::equal(map, tsne(x, {.iterations = 300})));
  EXPECT_THROW(tsne(x.slice(0, 0, 3)), Error);
}

TEST(Map, TsneKeepsDuplicatesFinite) {
  const at::Tensor x = at::cat({at::ones({20, 3}), at::zeros({20, 3})});
  EXPECT_TRUE(tsne(x, {.iterations = 50}).isfinite().all().item<bool>());
}

}  // namespace
}  // namespace cmc::evaluation
