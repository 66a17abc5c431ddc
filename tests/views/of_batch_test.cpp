#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstring>

#include "cmc/views/color_tensors.h"
#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

/// Pictures with every kind of pixel: black, white, grey, saturated, random.
std::vector<cv::Mat> pictures(int width, int height, int type) {
  std::vector<cv::Mat> made = {test::noise(width, height, type, 1),
                               test::noise(width, height, type, 2)};
  made.emplace_back(height, width, type, cv::Scalar::all(0));
  made.emplace_back(height, width, type, cv::Scalar::all(255));
  made.emplace_back(height, width, type, cv::Scalar::all(119));
  made.emplace_back(height, width, type, cv::Scalar(255, 0, 3));
  return made;
}

at::Tensor batch_of(const std::vector<cv::Mat>& pictures) {
  std::vector<at::Tensor> rows;
  for (const cv::Mat& picture : pictures) {
    at::Tensor row = at::empty({picture.rows, picture.cols, picture.channels()}, at::kByte);
    std::memcpy(row.data_ptr(), picture.data, row.nbytes());
    rows.push_back(row.permute({2, 0, 1}));
  }
  return at::stack(rows);
}

/// The graph's views and those of the loader's path agree.
void compare(const ViewRecipe& recipe, int width, int height, int type) {
  const std::vector<cv::Mat> made = pictures(width, height, type);
  const auto split = make_split(recipe, test::shape_of(made[0]), Mode::evaluate);
  for (std::size_t v = 0; v < split->views().size(); ++v) {
    const data::ViewShape& shape = split->views()[v];
    const at::Tensor graph = split->of_batch(v, batch_of(made));
    ASSERT_EQ(graph.sizes().slice(1), at::IntArrayRef({shape.channels, shape.height, shape.width}));
    EXPECT_FALSE(split->formula(v).empty());
    for (std::size_t i = 0; i < made.size(); ++i) {
      std::vector<float> row = test::views_of(*split, made[i])[v];
      const at::Tensor loaded =
          at::from_blob(row.data(), {shape.height, shape.width, shape.channels}, at::kFloat)
              .permute({2, 0, 1});
      EXPECT_LT((graph[static_cast<std::int64_t>(i)] - loaded).abs().max().item<float>(), 2e-5)
          << kind(recipe.split) << ", view " << shape.name << ", picture " << i;
    }
  }
}

TEST(OfBatch, MakesWhatTheLoaderMakesInEveryColorSpace) {
  for (int space = 0; space < color_spaces; ++space)
    compare({.split = ColorOptions{.space = static_cast<ColorSpace>(space)}}, 9, 7, CV_8UC3);
  compare({.split = ColorOptions{.space = ColorSpace::lab, .alone = "b"}}, 9, 7, CV_8UC3);
}

TEST(OfBatch, MakesWhatTheLoaderMakesOfEverySplit) {
  for (const int type : {CV_8UC1, CV_8UC3}) {
    compare({.split = HalvesOptions{}}, 9, 7, type);
    compare({.split = HalvesOptions{.cut = Cut::top_bottom}}, 9, 7, type);
    compare({.split = QuadrantsOptions{}}, 9, 7, type);
    compare({.split = PatchesOptions{.size = 4, .distance = 2}}, 9, 7, type);
    compare({.split = AugmentedOptions{}}, 9, 7, type);
    // The blur reaches beyond the picture: its edges are mirrored more than once.
    for (const double sigma : {0.5, 1.5, 4.0})
      compare({.split = FrequencyOptions{.sigma = sigma}}, 9, 7, type);
  }
  compare({.split = HalvesOptions{},
           .normalization = {.mean = {0.485, 0.456, 0.406}, .deviation = {0.229, 0.224, 0.225}}},
          9, 7, CV_8UC3);
}

TEST(OfBatch, SaysInWordsWhatItDoes) {
  const ViewRecipe recipe{.split = HalvesOptions{},
                          .normalization = {.mean = {0.286}, .deviation = {0.353}}};
  const auto split = make_split(recipe, {1, 28, 28}, Mode::evaluate);
  EXPECT_EQ(split->formula(1),
            "rows 0 to 27 and columns 14 to 27 of the picture, (x / 255 − 0.286) / 0.353");
}

}  // namespace
}  // namespace cmc::views
