#include "cmc/runs/kept_pictures.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "cmc/data/open.h"
#include "cmc/error.h"
#include "cmc/runs/recipe_views.h"
#include "cmc/runs/run_folder.h"
#include "tests/temporary_folder.h"

namespace cmc::runs {
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
        folder / fmt::format("pictures/{}/{}.png", i < 2 ? "test" : "train", i);
    std::filesystem::create_directories(path.parent_path());
    cv::imwrite(path.string(), picture);
  }
}

TEST(KeptPictures, AreThoseOfTheRowsThatNeighboursName) {
  const TemporaryFolder folder;
  draw(folder);
  const data::Splits data = data::open({.root = (folder / "pictures").string()});
  recipe::Recipe recipe;
  recipe.views.split = views::HalvesOptions{};
  const auto transform = make_transform(
      recipe, {.sources = {{.shape = {3, 6, 8}}}, .standardizations = {}}, views::Mode::evaluate);
  evaluation::Evaluation evaluation;
  evaluation.neighbours = {{1, "left", "right", {0, 1}}};
  const NeighbourPictures kept = draw_neighbours(evaluation, data, *transform);
  EXPECT_EQ(kept.size(), 3u);  // nobody asked for 0 on the left
  const cv::Mat left = picture_of(kept.at({1, "left"}));
  ASSERT_EQ(left.cols, 4);
  EXPECT_EQ(left.at<cv::Vec3b>(2, 2)[0], 10);
  EXPECT_EQ(picture_of(kept.at({0, "right"})).at<cv::Vec3b>(2, 2)[0], 200);
  EXPECT_GT(picture_of(draw_views(data, *transform)).cols, 100);

  // A damaged file is no picture.
  const RunFolder run = RunFolder::create(folder / "run", recipe);
  run.save(kept);
  const auto file = run.path() / "report-neighbours.safetensors";
  std::string bytes = bytes_of(file);
  bytes.back() ^= 1;
  std::ofstream(file, std::ios::binary) << bytes;
  EXPECT_THROW(run.neighbour_pictures(), Error);
}

}  // namespace
}  // namespace cmc::runs
