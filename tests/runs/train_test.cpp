#include "cmc/runs/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <ranges>

#include "cmc/error.h"
#include "cmc/runs/evaluate_run.h"
#include "cmc/runs/fine_tune_run.h"
#include "cmc/runs/hard_negatives.h"
#include "cmc/runs/measure_run.h"
#include "cmc/runs/positives.h"
#include "tests/temporary_folder.h"

namespace cmc::runs {
namespace {

using ::testing::HasSubstr;

/// 60 samples of two tables of two numbers that share one, in two classes.
recipe::Recipe recipe_in(const TemporaryFolder& folder) {
  std::string csv = "id,label,a0,a1,b0,b1\n";
  for (int i = 0; i < 60; ++i) {
    RandomStream stream(RandomPurpose::made_data, 1, 0, static_cast<std::uint64_t>(i));
    const double shared = stream.normal() + 3 * (i % 2);
    csv += fmt::format("{},{},{:.4f},{:.4f},{:.4f},{:.4f}\n", i, i % 2, shared, stream.normal(),
                       shared + 0.1 * stream.normal(), stream.normal());
  }
  const auto manifest = folder.write("rows.csv", csv);
  return recipe::read_recipe(folder.write("rows.toml", fmt::format(R"([data]
manifest = "{}"
key = "id"
label = "label"
held_out = 0.3
[[view]]
name = "a"
kind = "table"
columns = ["a0", "a1"]
[[view]]
name = "b"
kind = "table"
columns = ["b0", "b1"]
[encoder]
widths = [8]
embedding_dim = 4
[contrast]
negatives = "batch"
[train]
steps = 12
batch_size = 8
precision = "fp32"
threads = 1
workers = 1
)",
                                                                   manifest.string())));
}

/// Sets a flag after a step, as Ctrl-C would.
class StopAfter : public training::Observer {
 public:
  StopAfter(std::int64_t step, std::atomic<bool>& stop) : step_(step), stop_(stop) {}
  void on_step(const training::StepFigures& figures) override { stop_ = figures.step >= step_; }

 private:
  std::int64_t step_;
  std::atomic<bool>& stop_;
};

TEST(Train, IsStoppedAndResumedBitForBit) {
  const TemporaryFolder folder;
  const recipe::Recipe recipe = recipe_in(folder);
  std::atomic<bool> stop = false;
  EXPECT_TRUE(runs::train(recipe, folder / "whole", stop).finished);

  const TrainResult stopped = runs::train(recipe, folder / "parts", stop,
                                          {.observers = {std::make_shared<StopAfter>(5, stop)}});
  EXPECT_FALSE(stopped.finished);
  EXPECT_EQ(stopped.step, 5);
  EXPECT_EQ(stopped.steps, 12);
  EXPECT_FALSE(RunFolder::open(folder / "parts").finished());
  stop = false;
  std::int64_t begun = -1;
  const TrainResult whole =
      resume(folder / "parts", stop, {.started = [&](const TrainingStart& start) {
               EXPECT_TRUE(start.resumed);
               begun = start.step;
             }});
  EXPECT_EQ(begun, 5);
  EXPECT_TRUE(whole.finished && !whole.finished_before);
  EXPECT_GT(whole.seconds, stopped.seconds);
  const char* const last = "checkpoint-last.safetensors";
  EXPECT_TRUE(bytes_of(folder / "whole" / last) == bytes_of(folder / "parts" / last));
  EXPECT_EQ(RunFolder::open(folder / "parts").metrics().training.size(), 12u);
  EXPECT_TRUE(resume(folder / "parts", stop).finished_before);
}

/// Every third sample names two others, the fourth by a key that may be held out.
recipe::Recipe with_hard_negatives(const TemporaryFolder& folder, const std::string& contrast) {
  recipe::Recipe recipe = recipe_in(folder);
  std::string csv = "id,a0,a1,b0,b1,hard\n";
  for (int i = 0; i < 60; ++i) {
    RandomStream stream(RandomPurpose::made_data, 1, 0, static_cast<std::uint64_t>(i));
    csv += fmt::format("{},{:.4f},{:.4f},{:.4f},{:.4f},{}\n", i, stream.normal(), stream.normal(),
                       stream.normal(), stream.normal(),
                       i % 3 == 0 ? fmt::format("{};{}", (i + 1) % 60, (i + 20) % 60) : "");
  }
  folder.write("rows.csv", csv);
  recipe.data.manifest.label.clear();
  const auto patch = folder.write("patch.toml", "[contrast]\n" + contrast);
  recipe.contrast = recipe::read_recipe(patch).contrast;
  return recipe;
}

TEST(Train, MeetsHardNegativesAndResumesBitForBit) {
  struct Case {
    const char* contrast;
    std::int64_t accumulate, passes;
  };
  for (const auto& [contrast, accumulate, passes] :
       {Case{"negatives = \"batch\"\n", 1, 2}, Case{"negatives = \"queue\"\n", 2, 1},
        Case{"negatives = \"bank\"\nk = 5\n", 1, 1}}) {
    SCOPED_TRACE(contrast);
    const TemporaryFolder folder;
    recipe::Recipe recipe =
        with_hard_negatives(folder, std::string(contrast) + "hard_negatives = \"hard\"\n");
    recipe.train.accumulate = accumulate;
    recipe.train.passes = passes;
    std::atomic<bool> stop = false;
    std::string line;
    std::vector<double> k;
    struct Watch : training::Observer {
      explicit Watch(std::vector<double>& k) : k(k) {}
      void on_step(const training::StepFigures& figures) override { k.push_back(figures.k); }
      std::vector<double>& k;
    };
    EXPECT_TRUE(runs::train(recipe, folder / "whole", stop,
                            {.started =
                                 [&](const TrainingStart& start) {
                                   line = hard_negatives_line(
                                       start.setup.hard_negatives,
                                       start.setup.batches_bring_hard_negatives ? 8 : 0);
                                 },
                             .observers = {std::make_shared<Watch>(k)}})
                    .finished);
    EXPECT_THAT(line, HasSubstr("hard negatives: "));
    EXPECT_THAT(line, HasSubstr("more names are of samples that are not trained on"));
    const bool bank = recipe.contrast.negatives == recipe::NegativesKind::bank;
    EXPECT_EQ(line.find("a batch of 8 encodes up to about") == line.npos, bank) << line;
    const double least = bank ? 5 : 7;
    EXPECT_TRUE(std::ranges::all_of(k, [&](double each) { return each >= least; }));
    EXPECT_GT(*std::ranges::max_element(k), least);

    runs::train(recipe, folder / "parts", stop,
                {.observers = {std::make_shared<StopAfter>(5, stop)}});
    stop = false;
    resume(folder / "parts", stop);
    const char* const last = "checkpoint-last.safetensors";
    EXPECT_TRUE(bytes_of(folder / "whole" / last) == bytes_of(folder / "parts" / last));
  }
}

TEST(Train, ProbesOnTheWayChangeNoWeight) {
  const TemporaryFolder folder;
  recipe::Recipe recipe = recipe_in(folder);
  const std::atomic<bool> never = false;
  runs::train(recipe, folder / "plain", never);
  recipe.train.probe_every = 5;
  std::string no_probe = "?";
  runs::train(recipe, folder / "probed", never,
              {.started = [&](const TrainingStart& start) { no_probe = start.no_probe; }});
  EXPECT_EQ(no_probe, "");
  for (const char* const name : {"checkpoint-last.safetensors", "checkpoint-best.safetensors"})
    EXPECT_TRUE(bytes_of(folder / "plain" / name) == bytes_of(folder / "probed" / name)) << name;
  const std::vector<training::ProbeFigures> probes =
      RunFolder::open(folder / "probed").metrics().probes;
  std::vector<std::int64_t> steps;
  for (const training::ProbeFigures& probe : probes) steps.push_back(probe.step);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{0, 5, 10, 12}));
  // The classes are 3 deviations apart in each view's first column.
  EXPECT_GT(probes.back().linear, 0.75);
  EXPECT_GT(probes.back().neighbours, 0.6);
  EXPECT_FALSE(probes.back().numbers);
  EXPECT_EQ(probes.back().labels + probes.back().judged, 60);
  EXPECT_TRUE(RunFolder::open(folder / "plain").metrics().probes.empty());
}

TEST(Train, SaysWhyThereIsNoProbeOnTheWay) {
  const TemporaryFolder folder;
  recipe::Recipe recipe = recipe_in(folder);
  recipe.train.probe_every = 5;
  recipe.data.manifest.label.clear();
  const std::atomic<bool> never = false;
  std::string no_probe;
  runs::train(recipe, folder / "run", never,
              {.started = [&](const TrainingStart& start) { no_probe = start.no_probe; }});
  EXPECT_THAT(no_probe, HasSubstr("No sample has a label"));
  EXPECT_TRUE(RunFolder::open(folder / "run").metrics().probes.empty());
}

TEST(Train, LeavesNothingOfANewRunThatFailed) {
  const TemporaryFolder folder;
  recipe::Recipe recipe = recipe_in(folder);
  recipe.data.manifest.manifest = (folder / "gone.csv").string();
  const std::atomic<bool> never = false;
  EXPECT_THROW(runs::train(recipe, folder / "run", never), Error);
  EXPECT_FALSE(std::filesystem::exists(folder / "run"));
}

TEST(Train, RefusesOtherDataThanTheRunsOwn) {
  const TemporaryFolder folder;
  const recipe::Recipe recipe = recipe_in(folder);
  std::atomic<bool> stop = false;
  runs::train(recipe, folder / "run", stop, {.observers = {std::make_shared<StopAfter>(2, stop)}});
  stop = false;
  std::ofstream(folder / "rows.csv", std::ios::app) << "90,1,1,1,1,1\n91,1,1,1,1,1\n";
  EXPECT_THAT(message_of<Error>([&] { resume(folder / "run", stop); }),
              HasSubstr("where the run was trained with"));
  EXPECT_TRUE(RunFolder::open(folder / "run").has_checkpoint("last")) << "it is kept";
}

TEST(TrainedRun, IsJudgedMeasuredAndFineTuned) {
  const TemporaryFolder folder;
  const std::atomic<bool> never = false;
  runs::train(recipe_in(folder), folder / "run", never);
  TrainedRun trained = open_trained_run(folder / "run");
  EXPECT_EQ(trained.steps, 12);
  const evaluation::Evaluation judged =
      evaluate(trained, {.features = {"learned", "untrained"}, .label_counts = {0}});
  EXPECT_EQ(judged.checkpoint, "last");
  EXPECT_EQ(judged.rows.size(), 6u);  // each view and both, of two kinds
  trained.run.save(judged);
  EXPECT_EQ(to_json(*trained.run.evaluation()), to_json(judged));
  keep_pictures(trained, judged);
  EXPECT_FALSE(trained.run.neighbour_pictures().empty());

  const evaluation::InformationMeasurement measured = measure_information(trained, {});
  ASSERT_TRUE(measured.training.has_value());
  EXPECT_EQ(measured.training->k, 7);  // the batch's others
  trained.run.save(measured);
  EXPECT_EQ(to_json(*trained.run.information()).dump(), to_json(measured).dump());

  fine_tune(trained, {.labels = 10, .steps = 3, .batch_size = 4});
  const std::filesystem::path kept = keep_fine_tuned(trained);
  EXPECT_EQ(kept, trained.run.checkpoint_file("finetuned"));
  EXPECT_EQ(trained.run.checkpoint("finetuned").position.step, 12);
}

TEST(TrainedRun, OfLabelsSaysSo) {
  const TemporaryFolder folder;
  const std::atomic<bool> never = false;
  recipe::Recipe recipe = recipe_in(folder);
  recipe.contrast.loss = recipe::LossKind::multi_positive;
  recipe.contrast.positives = {"label"};
  recipe.train.passes = 2;
  std::string line;
  runs::train(recipe, folder / "run", never, {.started = [&](const TrainingStart& start) {
                line = positives_line(start.model->objective->options().positives, recipe);
              }});
  EXPECT_THAT(line,
              HasSubstr("trained with labels: samples that share their label are positives of "
                        "each other; "));
  {  // A label that no positive could be of is one to evaluate by.
    const TrainedRun by_number = open_trained_run(folder / "run", {.label = "a0"});
    EXPECT_TRUE(by_number.setup.data.train->has_targets());
  }
  const TrainedRun trained = open_trained_run(folder / "run");
  EXPECT_EQ(trained.recipe().contrast.positives, recipe.contrast.positives);
  EXPECT_EQ(trained.run.info()["positives"], nlohmann::json({"label"}));
  const evaluation::Evaluation judged =
      evaluate(trained, {.features = {"learned"}, .label_counts = {0}});
  ASSERT_FALSE(judged.notes.empty());
  EXPECT_THAT(judged.notes[0], HasSubstr("Trained with labels: "));
  EXPECT_THAT(to_json(judged)["notes"].dump(), HasSubstr("Trained with labels: "));

  recipe.contrast = {};
  runs::train(recipe, folder / "other", never);
  const TrainedRun other = open_trained_run(folder / "other");
  EXPECT_FALSE(other.run.info().contains("positives"));
  EXPECT_EQ(supervision_note(other.recipe()), "");
}

}  // namespace
}  // namespace cmc::runs
