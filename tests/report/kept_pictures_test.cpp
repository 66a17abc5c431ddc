#include "cmc/report/kept_pictures.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "cmc/data/open.h"
#include "cmc/error.h"
#include "cmc/runs/recipe_views.h"
#include "tests/temporary_folder.h"

namespace cmc::report {
namespace {

cv::Mat picture_of(const std::string& png) {
  return cv::imdecode(std::vector<std::uint8_t>(png.begin(), png.end()), cv::IMREAD_COLOR);
}

/// Pictures of 8 × 6 pixels whose left half is as bright as their number, in a train and a test
/// part.
void draw(const TemporaryFolder& folder) {
  for (int i = 0; i < 4; ++i) {
    cv::Mat picture(6, 8, CV_8UC3, cv::Scalar::all(200));
    picture.colRange(0, 4).setTo(cv::Scalar::all(10 * i));
    const std::filesystem::path path =
        folder / fmt::format("{}/{}.png", i < 2 ? "test" : "train", i);
    std::filesystem::create_directories(path.parent_path());
    cv::imwrite(path.string(), picture);
  }
}

TEST(KeptPictures, AreThoseOfTheRowsThatNeighboursName) {
  const TemporaryFolder folder, run;
  draw(folder);
  const data::Splits data = data::open({.root = folder.path().string()});
  recipe::Recipe recipe;
  recipe.views.split = views::HalvesOptions{};
  const auto transform = runs::make_transform(
      recipe, {.sources = {{.shape = {3, 6, 8}}}, .standardizations = {}}, views::Mode::evaluate);
  evaluation::Evaluation evaluation;
  evaluation.neighbours = {{1, "left", "right", {0, 1}}};
  EXPECT_EQ(kept_neighbours(run.path())(1, "left"), "");
  keep_neighbours(run.path(), evaluation, data, *transform);
  const auto kept = kept_neighbours(run.path());
  const cv::Mat left = picture_of(kept(1, "left"));
  ASSERT_EQ(left.cols, 4);
  EXPECT_EQ(left.at<cv::Vec3b>(2, 2)[0], 10);
  EXPECT_EQ(picture_of(kept(0, "right")).at<cv::Vec3b>(2, 2)[0], 200);
  EXPECT_EQ(kept(0, "left"), "") << "nobody asked for it";
  EXPECT_EQ(kept(2, "right"), "");

  EXPECT_EQ(kept_views(run.path()), "");
  keep_views(run.path(), data, *transform);
  EXPECT_GT(picture_of(kept_views(run.path())).cols, 100);
  // A damaged file is no picture.
  std::string bytes = bytes_of(run / "report-neighbours.safetensors");
  bytes.back() ^= 1;
  run.write("report-neighbours.safetensors", bytes);
  EXPECT_THROW(kept_neighbours(run.path()), Error);
}

}  // namespace
}  // namespace cmc::report
