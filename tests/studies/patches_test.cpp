#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "cmc/error.h"
#include "cmc/random.h"
#include "studies/study.h"
#include "tests/temporary_folder.h"

namespace cmc::studies {
namespace {

/// Pictures of noise in a folder for each of two classes, with one brightness a class.
std::string noisy_pictures(const std::filesystem::path& root, int side) {
  RandomStream noise(RandomPurpose::views, 3);
  for (const std::string part : {"train", "test"}) {
    for (const std::string name : {"dark", "light"}) {
      const std::filesystem::path folder = root / part / name;
      std::filesystem::create_directories(folder);
      for (int i = 0; i < 8; ++i) {
        cv::Mat picture(side, side, CV_8UC3);
        for (int k = 0; k < side * side * 3; ++k)
          picture.data[k] =
              static_cast<std::uint8_t>(noise.below(128) + (name == "light" ? 128 : 0));
        cv::imwrite((folder / (std::to_string(i) + ".png")).string(), picture);
      }
    }
  }
  return root.string();
}

recipe::Recipe pictures_in(const std::string& root, std::int64_t size) {
  recipe::Recipe recipe;
  recipe.data = {.format = "folder", .root = root};
  recipe.views = {.split = views::PatchesOptions{.size = 8, .distance = 8}, .size = size};
  recipe.encoder = {
      .channels = {4, 8}, .convolutions = 1, .pooled_grid = 2, .hidden_dim = 8, .embedding_dim = 8};
  recipe.contrast.negatives = recipe::NegativesKind::batch;
  recipe.train.batch_size = 16;
  return recipe;
}

TEST(Patches, TakeARecipeOfPatchesWithOneThatJudges) {
  const TemporaryFolder folder;
  const recipe::Recipe patches = pictures_in("nowhere", 40);
  recipe::Recipe halves = patches;
  halves.views.split = views::HalvesOptions{};
  const auto run = [&](const StudyOptions& options) {
    run_study(find_study("patches"), folder / "study", options);
  };
  EXPECT_THROW(run({.quick = true, .recipe = patches}), UsageError);
  EXPECT_THROW(run({.quick = true, .transfer = patches}), UsageError);
  EXPECT_THROW(run({.quick = true, .recipe = halves, .transfer = patches}), UsageError);
  EXPECT_THROW(run_study(find_study("augmentation"), folder / "study",
                         {.quick = true, .recipe = patches, .transfer = patches}),
               UsageError);
}

TEST(Patches, LeaveRoomForThreeDistances) {
  const TemporaryFolder folder;
  recipe::Recipe small = pictures_in(noisy_pictures(folder / "pictures", 9), 9);
  std::get<views::PatchesOptions>(small.views.split).distance = 0;
  EXPECT_THROW(run_study(find_study("patches"), folder / "study",
                         {.quick = true, .recipe = small, .transfer = small}),
               UsageError);
}

TEST(Patches, AreJudgedByOtherPicturesOfAnotherSize) {
  const TemporaryFolder folder;
  const recipe::Recipe photographs = pictures_in(noisy_pictures(folder / "photographs", 40), 40),
                       judging = pictures_in(noisy_pictures(folder / "judging", 20), 20);
  const advice::Notebook notebook =
      run_study(find_study("patches"), folder / "study",
                {.quick = true, .seeds = 1, .recipe = photographs, .transfer = judging});
  ASSERT_EQ(notebook.rows().size(), 3u);
  std::vector<std::int64_t> distances;
  for (const nlohmann::json& row : notebook.rows()) {
    distances.push_back(row.at("distance"));
    EXPECT_GT(row.at("accuracy"), 0.9) << row;  // dark and light are told apart by any encoder
    EXPECT_GE(row.at("bound_k"), 999) << row;
  }
  EXPECT_EQ(distances, (std::vector<std::int64_t>{0, 12, 32}));
  EXPECT_EQ(notebook.verdicts().size(), 1u);
}

}  // namespace
}  // namespace cmc::studies
