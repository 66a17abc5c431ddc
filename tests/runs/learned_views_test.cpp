#include "cmc/runs/learned_views.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "cmc/encoders/view_generator.h"
#include "cmc/error.h"
#include "cmc/runs/evaluate_run.h"
#include "cmc/runs/measure_run.h"
#include "cmc/runs/train.h"
#include "tests/temporary_folder.h"

namespace cmc::runs {
namespace {

using ::testing::HasSubstr;

std::string message_of(const auto& f) {
  try {
    f();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "nothing was refused";
}

/// 40 pictures of random pixels in folders of two classes, 10 of them held out.
recipe::Recipe recipe_in(const TemporaryFolder& folder, const std::string& views = "",
                         const std::string& contrast = "negatives = \"batch\"") {
  for (int i = 0; i < 40; ++i) {
    const auto path = folder / "pictures" / (i % 2 ? "one" : "two");
    std::filesystem::create_directories(path);
    cv::Mat picture(12, 12, CV_8UC3);
    RandomStream stream(RandomPurpose::made_data, 2, 0, static_cast<std::uint64_t>(i));
    for (int j = 0; j < 3 * 144; ++j)
      picture.data[j] = static_cast<std::uint8_t>(stream.below(i % 2 ? 256 : 100));
    cv::imwrite((path / fmt::format("{}.png", i)).string(), picture);
  }
  return recipe::read_recipe(
      folder.write("learned.toml", fmt::format(R"([data]
root = "{}"
held_out = 0.25
[views]
kind = "learned"
size = 12
{}
[encoder]
channels = [8]
convolutions = 1
embedding_dim = 8
[contrast]
{}
[train]
steps = 8
batch_size = 10
precision = "fp32"
threads = 1
workers = 1
)",
                                               (folder / "pictures").string(), views, contrast)));
}

TEST(LearnedViews, AreTrainedJudgedAndMeasuredAsAnyOthers) {
  const TemporaryFolder folder;
  const std::atomic<bool> never = false;
  runs::train(recipe_in(folder, "labelled = 0.5\nafter = 0\nuntil = 0.75\nevery = 1"),
              folder / "run", never);
  TrainedRun trained = open_trained_run(folder / "run");
  EXPECT_EQ(trained.run.metrics().training.size(), 8u);
  EXPECT_EQ(trained.run.judged_checkpoint(), "last");
  EXPECT_NE(trained.model->encoders[0]->generator(), nullptr);
  const evaluation::Evaluation judged = evaluate(
      trained, {.features = {"raw", "untrained", "learned", "supervised"}, .label_counts = {0}});
  ASSERT_FALSE(judged.notes.empty());
  EXPECT_THAT(judged.notes[0], HasSubstr("the generator of the views saw those of 50 %"));
  EXPECT_EQ(trained.run.info()["positives"], nlohmann::json({"label"}));
  const evaluation::InformationMeasurement measured = measure_information(trained, {});
  ASSERT_EQ(measured.pairs.size(), 2u);
  EXPECT_EQ(measured.pairs[0].from, "learned-1");
  EXPECT_EQ(measured.views.size(), 2u) << "views that their channels tell apart";
  EXPECT_FALSE(trained.run.views_sheet().empty());
  EXPECT_EQ(learned_axes_from_json(trained.run.info()["learned_axes"]).size(), 3u);
}

TEST(LearnedViews, MayBeJudgedLargerThanTheyAreTrained) {
  const TemporaryFolder folder;
  const std::atomic<bool> never = false;
  runs::train(recipe_in(folder, "evaluation_size = 16"), folder / "run", never);
  TrainedRun trained = open_trained_run(folder / "run");
  EXPECT_EQ(trained.setup.train_transform->views()[0].height, 12);
  EXPECT_EQ(trained.setup.evaluate_transform->views()[0].height, 16);
  const evaluation::Evaluation judged = evaluate(
      trained, {.features = {"raw", "untrained", "learned", "supervised"}, .label_counts = {0}});
  EXPECT_EQ(judged.rows.size(), 4u * 3u) << "each view, and all";
  EXPECT_EQ(measure_information(trained, {}).pairs.size(), 2u);
  const recipe::Recipe smaller = recipe_in(folder, "evaluation_size = 8");
  EXPECT_THAT(message_of([&] { make_model(smaller, set_up(smaller)); }),
              HasSubstr("made for 12 × 12 pixels, and evaluation shows it 8 × 8"));
}

TEST(LearnedViews, StartFromTheirColourSpace) {
  const TemporaryFolder folder;
  const recipe::Recipe recipe = recipe_in(folder);
  const runs::Setup setup = set_up(recipe);
  const training::Model model = make_model(recipe, setup);
  const std::vector<LearnedAxis> axes = learned_axes(*setup.data.train, setup, model->encoders);
  ASSERT_EQ(axes.size(), 3u);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(axes[c].view, c == 0 ? "learned-1" : "learned-2");
    EXPECT_GT(axes[c].explained, 0.999);
    for (std::size_t from = 0; from < 3; ++from)  // values of [0, 1] fill [−1, 1]
      EXPECT_NEAR(axes[c].rgb[from], from == c ? 2 : 0, 0.01);
  }
  const auto again = learned_axes_from_json(nlohmann::json::parse(to_json(axes).dump()));
  EXPECT_EQ(again[2].rgb, axes[2].rgb);
}

TEST(LearnedViews, AreShownAsTheGeneratorMakesThem) {
  const TemporaryFolder folder;
  const recipe::Recipe recipe = recipe_in(folder);
  const runs::Setup setup = set_up(recipe);
  const training::Model model = make_model(recipe, setup);
  const auto shown = as_generated(setup.evaluate_transform, model->encoders);
  std::vector<float> row(3 * 144, -1);
  for (std::size_t i = 0; i < row.size(); i += 3) row[i] = 1;  // red
  EXPECT_EQ(shown->show(0, row.data()).at<cv::Vec3b>(0, 0), cv::Vec3b(191, 191, 191))
      << "all of red, as a grey";
  EXPECT_EQ(setup.evaluate_transform->show(0, row.data()).at<cv::Vec3b>(0, 0),
            cv::Vec3b(255, 0, 0));
}

TEST(LearnedViews, RefuseWhatDoesNotBoundTheirInformation) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& views, const std::string& contrast) {
    return message_of([&] { set_up(recipe_in(folder, views, contrast)); });
  };
  EXPECT_THAT(refused("", "negatives = \"bank\""),
              HasSubstr("views.kind = \"learned\" needs contrast.negatives = \"batch\""));
  EXPECT_THAT(refused("", ""), HasSubstr("needs contrast.negatives = \"batch\""));
  EXPECT_THAT(refused("", "loss = \"vicreg\""), HasSubstr("needs contrast.loss = \"k_pair\""));
  EXPECT_THAT(refused("couplings = 0", ""), HasSubstr("couplings"));
  EXPECT_THAT(
      message_of([&] {
        recipe::read_recipe(folder.write(
            "view.toml", "[[view]]\nname = \"a\"\nkind = \"image\"\nsplit = \"learned\"\n"));
      }),
      HasSubstr("views are learned of a data set of pictures"));
}

}  // namespace
}  // namespace cmc::runs
