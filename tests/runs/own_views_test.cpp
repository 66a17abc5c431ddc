#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/types.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "cmc/encoders/pretrained.h"
#include "cmc/error.h"
#include "cmc/files/safetensors.h"
#include "cmc/recipe/clamped_options.h"
#include "cmc/runs/recipe_views.h"
#include "cmc/runs/run_folder.h"
#include "cmc/runs/setup.h"
#include "cmc/training/checkpoint.h"
#include "tests/temporary_folder.h"

namespace cmc::runs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::filesystem::path things_folder(const std::string& name) {
  static const TemporaryFolder folders;  // of this process: tests run beside each other
  const auto path = folders / name;
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path;
}

/// 120 things of two hidden numbers that three tables show; of every third sample the second table
/// has no row, of every fifth the third.
std::filesystem::path write_tables(const std::filesystem::path& path) {
  std::ofstream csv(path / "things.csv");
  csv << "id,a0,a1,a2,b0,b1,c0,kind,label\n";
  for (int i = 0; i < 120; ++i) {
    RandomStream stream(RandomPurpose::made_data, 3, 0, static_cast<std::uint64_t>(i));
    const double x = stream.normal(), y = stream.normal();
    csv << i << ',' << x << ',' << y << ',' << x - y;
    if (i % 3 == 0)
      csv << ",,";
    else
      csv << ',' << x + y << ',' << 2 * y;
    if (i % 5 == 0)
      csv << ",,";
    else
      csv << ',' << x + 0.1 * stream.normal() << ',' << (x > 0 ? "plus" : "minus");
    csv << ',' << (x > 0) << '\n';
  }
  return path / "things.csv";
}

recipe::Recipe recipe_in(const std::filesystem::path& path, const std::string& more = "") {
  const auto manifest = write_tables(path);
  const auto file = path / "things.toml";
  std::ofstream(file) << "[data]\nmanifest = \"" << manifest.string() << R"("
key = "id"
label = "label"
held_out = 0.2
[[view]]
name = "a"
kind = "table"
columns = "a0..a2"
dropout = 0.1
[[view]]
name = "b"
kind = "table"
columns = ["b0", "b1"]
encoder = { widths = [8], rate_factor = 0.5 }
[[view]]
name = "c"
kind = "table"
columns = "c0"
categorical = "kind"
[encoder]
widths = [16]
embedding_dim = 8
[train]
epochs = 3
batch_size = 16
precision = "fp32"
checkpoint_steps = 4
)" << more;
  return recipe::read_recipe(file);
}

training::Trainer trainer(const recipe::Recipe& recipe, const std::filesystem::path& run) {
  const RunFolder folder =
      std::filesystem::is_empty(run) ? RunFolder::create(run, recipe) : RunFolder::open(run);
  const runs::Setup setup = set_up(recipe, folder);
  return training::Trainer(make_model(recipe, setup), setup.training_data(recipe.train, 1),
                           recipe.train, 1, folder.training_files());
}

TEST(OwnViews, ARecipeOfViewsIsReadBackAsItWasWritten) {
  const auto path = things_folder("recipe");
  const recipe::Recipe recipe = recipe_in(path);
  ASSERT_EQ(recipe.view.size(), 3u);
  EXPECT_EQ(recipe.view[0].encoder.network, encoders::Network::mlp);
  EXPECT_THAT(recipe.view[1].encoder.widths, ElementsAre(8));
  EXPECT_EQ(recipe.view[1].encoder.embedding_dim, 8);
  EXPECT_EQ(recipe.view[2].encoder.rate_factor, 1);
  std::ofstream(path / "again.toml") << recipe::to_toml(recipe);
  const recipe::Recipe again = recipe::read_recipe(path / "again.toml", {"view.c.noise=0.5"});
  EXPECT_EQ(again.view[1].source, recipe.view[1].source);
  EXPECT_EQ(std::get<views::TableViewOptions>(again.view[0].options).dropout, 0.1);
  EXPECT_EQ(std::get<views::TableViewOptions>(again.view[2].options).noise, 0.5);
  EXPECT_THAT(again.view[2].source.categorical, ElementsAre("kind"));
  EXPECT_THROW(recipe::read_recipe(path / "again.toml", {"view.d.noise=0.5"}), UsageError);
  try {
    recipe::read_recipe(path / "again.toml", {"view.c.nois=0.5"});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the nearest is noise"));
  }
}

TEST(OwnViews, ASplitViewHasTheEncoderOfItsOwnPicture) {
  const auto file = things_folder("names") / "names.toml";
  std::ofstream(file) << R"([data]
manifest = "x.csv"
[[view]]
name = "rgb"
kind = "image"
column = "a"
split = "color"
encoder = { name = "convnet", embedding_dim = 8 }
[[view]]
name = "rgb-left"
kind = "image"
column = "b"
split = "color"
encoder = { name = "convnet", embedding_dim = 16 }
)";
  const auto options =
      encoder_options(recipe::read_recipe(file), {{.name = "rgb-L"}, {.name = "rgb-left-L"}});
  EXPECT_EQ(options[0].embedding_dim, 8);
  EXPECT_EQ(options[1].embedding_dim, 16);
}

TEST(OwnViews, TrainsOnMissingViewsAndGoesOnBitForBit) {
  const auto path = things_folder("missing");
  const recipe::Recipe recipe = recipe_in(path);
  std::atomic<bool> never = false;
  const auto whole = things_folder("whole"), parts = things_folder("parts");
  trainer(recipe, whole).run(never);

  class StopAfter : public training::Observer {
   public:
    explicit StopAfter(std::atomic<bool>& stop) : stop_(stop) {}
    void on_step(const training::StepFigures& figures) override {
      EXPECT_TRUE(std::isfinite(figures.loss));
      stop_ = figures.step >= 8;
    }

   private:
    std::atomic<bool>& stop_;
  };
  std::atomic<bool> stop = false;
  training::Trainer first = trainer(recipe, parts);
  first.add(std::make_shared<StopAfter>(stop));
  EXPECT_FALSE(first.run(stop));
  recipe::Recipe more_workers = recipe;
  more_workers.train.workers = 3;
  training::Trainer second = trainer(more_workers, parts);
  second.resume();
  EXPECT_TRUE(second.run(never));
  const auto a = training::load_checkpoint(whole / "checkpoint-last.safetensors").model;
  const auto b = training::load_checkpoint(parts / "checkpoint-last.safetensors").model;
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) EXPECT_TRUE(at::equal(tensor, b.at(name))) << name;
}

/// k of each step of a training.
std::vector<double> negatives_of(const recipe::Recipe& recipe, const std::filesystem::path& run) {
  class Ks : public training::Observer {
   public:
    void on_step(const training::StepFigures& figures) override { k.push_back(figures.k); }
    std::vector<double> k;
  };
  const auto ks = std::make_shared<Ks>();
  std::atomic<bool> never = false;
  training::Trainer one = trainer(recipe, run);
  one.add(ks);
  one.run(never);
  return ks->k;
}

TEST(OwnViews, ContrastsFromTheFirstStepWithThoseAloneThatHaveTheViews) {
  recipe::Recipe recipe = recipe_in(things_folder("present"));
  recipe.contrast.graph = recipe::GraphKind::list;
  recipe.contrast.pairs = {"a>b"};
  recipe.contrast.negatives = recipe::NegativesKind::bank;
  const runs::Setup setup = set_up(recipe);
  double have = 0;
  for (std::int64_t i = 0; i < setup.data.train->size(); ++i) have += setup.data.train->has(i, 1);
  EXPECT_LT(have, setup.data.train->size());
  for (const double k : negatives_of(recipe, things_folder("present-run"))) EXPECT_EQ(k, have - 1);
}

TEST(OwnViews, MarkedDuplicatesAreNoNegatives) {
  const auto path = things_folder("duplicates");
  recipe::Recipe recipe = recipe_in(path);
  recipe.contrast.graph = recipe::GraphKind::list;
  recipe.contrast.pairs = {"a>c"};
  const double apart = negatives_of(recipe, things_folder("duplicates-run")).front();
  recipe.data.manifest.duplicates = "label";  // all of one class
  const double joined = negatives_of(recipe, things_folder("duplicates-other")).front();
  EXPECT_LT(joined, 0.7 * apart);
  EXPECT_GT(joined, 0.3 * apart);
}

TEST(OwnViews, KeepsWhatTheTrainingPartTaught) {
  const auto path = things_folder("fitted"), run = things_folder("fitted-run");
  const recipe::Recipe recipe = recipe_in(path);
  const RunFolder folder = RunFolder::create(run, recipe);
  const runs::Setup first = set_up(recipe, folder);
  EXPECT_EQ(first.train_transform->views()[2].channels, 1 + 2);  // no gap in c0 but whole rows
  ASSERT_TRUE(std::filesystem::exists(run / "fitted.json"));
  // Another first row would have moved the means.
  std::string text = bytes_of(path / "things.csv");
  for (int i = 200; i < 230; ++i) text += fmt::format("{},900,900,900,900,900,900,new,1\n", i);
  std::ofstream(path / "things.csv") << text;
  const auto value = [](const runs::Setup& setup) {
    std::vector<std::vector<float>> rows;
    std::vector<float*> pointers;
    for (const auto& view : setup.evaluate_transform->views()) rows.emplace_back(view.numel());
    for (auto& row : rows) pointers.push_back(row.data());
    setup.evaluate_transform->apply(setup.data.train->get(0), {}, pointers);
    return rows;
  };
  EXPECT_EQ(value(first)[0], value(set_up(recipe, folder))[0]);
  EXPECT_NE(value(first)[0], value(set_up(recipe))[0]);
}

/// Four grey pictures in either part of a made CIFAR-10, and a recipe that ships, of them.
recipe::Recipe cifar_recipe(const TemporaryFolder& cifar, const std::string& name) {
  std::string records;
  for (int i = 0; i < 4; ++i) {
    records.push_back('\1');
    records.append(3072, static_cast<char>(40 * i));
  }
  cifar.write("data_batch_1.bin", records);
  cifar.write("test_batch.bin", records);
  return recipe::read_recipe(CMC_SOURCE_DIR "/recipes/" + name,
                             {fmt::format("data.root=\"{}\"", cifar.path().string())});
}

TEST(OwnViews, AreJudgedOnceWhereAnEncoderSeesTheSame) {
  const TemporaryFolder cifar;
  EXPECT_THAT(set_up(cifar_recipe(cifar, "cifar10-simclr.toml")).judged_views(), ElementsAre(0));
  recipe::Recipe both = cifar_recipe(cifar, "cifar10-both.toml");
  const runs::Setup setup = set_up(both);
  EXPECT_THAT(data::view_names(*setup.evaluate_transform),
              ElementsAre("lab-L", "lab-ab", "rgb-1", "rgb-2"));
  EXPECT_THAT(setup.judged_views(), ElementsAre(0, 1, 2));
  both.view.back().encoder.same_as = "";
  EXPECT_THAT(set_up(both).judged_views(), ElementsAre(0, 1, 2, 3));
}

TEST(OwnViews, AreOfADataSetsPicturesWhereThereIsNoManifest) {
  const TemporaryFolder cifar;
  recipe::Recipe recipe = cifar_recipe(cifar, "cifar10-views.toml");
  const runs::Setup setup = set_up(recipe);
  EXPECT_THAT(data::view_names(*setup.evaluate_transform),
              ElementsAre("lab-L", "lab-a", "lab-b", "frequency-low", "frequency-high", "patch"));
  std::vector<std::vector<float>> rows;
  std::vector<float*> pointers;
  for (const auto& view : setup.evaluate_transform->views()) rows.emplace_back(view.numel());
  for (auto& row : rows) pointers.push_back(row.data());
  setup.evaluate_transform->apply(setup.data.train->get(2), {}, pointers);
  // A grey of 80 everywhere: no colour, no high frequency, and a patch as grey as the whole.
  const float grey = 80 / 127.5f - 1;
  EXPECT_NEAR(rows[0][5], (34.0f - 50) / 50, 0.01);
  EXPECT_NEAR(rows[4][5], 0, 1e-4);
  EXPECT_NEAR(rows[3][5], grey, 1e-3);
  EXPECT_EQ(rows[5].size(), 3u * 16 * 16);
  EXPECT_NEAR(rows[5][5], grey, 1e-3);

  recipe.view[2].source.column = "photo";
  EXPECT_THAT([&] { set_up(recipe); },
              ::testing::ThrowsMessage<Error>(HasSubstr("view \"patch\": the recipe has no")));
}

TEST(OwnViews, EncodersSeeOnlyTheRowsThatHaveTheirView) {
  at::manual_seed(2);
  encoders::Encoder encoder = encoders::make_encoder({.network = encoders::Network::mlp,
                                                      .widths = {8},
                                                      .head = encoders::Head::linear,
                                                      .embedding_dim = 4},
                                                     {"a", 3, 1, 1});
  const at::Tensor x = torch::randn({6, 3, 1, 1});
  const at::Tensor present = torch::tensor({1, 0, 1, 1, 0, 1}).to(at::kBool);
  const at::Tensor rows = present.nonzero().squeeze(1);
  const at::Tensor expected = encoder->forward(x.index_select(0, rows)).embedding;
  const encoders::Encoding found = encoders::encode_present(encoder, x, present);
  EXPECT_TRUE(at::equal(found.embedding.index_select(0, rows), expected));
  EXPECT_EQ(found.embedding[1].abs().sum().item<float>(), 0);
  // The representation is the hidden layer and, beside it, the values themselves.
  EXPECT_EQ(found.representation.size(1), 8 + 3);
  EXPECT_TRUE(at::equal(found.representation[2].slice(0, 8), x[2].flatten()));
}

TEST(OwnViews, SayWhatIsLoweredForFewSamples) {
  recipe::Recipe recipe;
  recipe.train.batch_size = 512;
  recipe.contrast.negatives = recipe::NegativesKind::bank;
  recipe.contrast.k = 4000;
  EXPECT_THAT(
      recipe::adjustments(recipe, 200),
      ElementsAre("train.batch_size is lowered from 512 to 200: there are 200 training samples",
                  "contrast.k is lowered from 4000 to 199: there are 199 other samples"));
  EXPECT_TRUE(recipe::adjustments(recipe, 5000).empty());
  recipe.contrast.negatives.reset();
  EXPECT_EQ(recipe::adjustments(recipe, 200).back(),
            "contrast.k is lowered from 4000 to 199: there are 199 other samples");
  EXPECT_EQ(recipe::negative_source(recipe.contrast, 99999), recipe::NegativesKind::queue);
  EXPECT_EQ(recipe::negative_source(recipe.contrast, 100000), recipe::NegativesKind::batch);
  recipe.contrast.loss = recipe::LossKind::nt_xent;
  EXPECT_EQ(recipe::negative_source(recipe.contrast, 200), recipe::NegativesKind::batch);
}

TEST(OwnEncoder, IsAnyScriptedModule) {
  const auto path = things_folder("script");
  torch::jit::Module module("backbone");
  module.register_parameter("weight", torch::randn({5, 3}).requires_grad_(), false);
  module.define(R"(
    def forward(self, x):
        return torch.flatten(x, 1).matmul(self.weight.t())
  )");
  module.save((path / "backbone.pt").string());
  encoders::EncoderOptions options;
  options.torchscript = (path / "backbone.pt").string();
  options.embedding_dim = 4;
  encoders::Encoder encoder = encoders::make_encoder(options, {"a", 3, 1, 1});
  EXPECT_EQ(encoder->representation_dim(), 5);
  encoder->forward(torch::randn({4, 3, 1, 1})).embedding.sum().backward();
  const at::Tensor weight = encoder->named_parameters()["backbone.weight"];
  EXPECT_GT(weight.grad().abs().sum().item<float>(), 0);
  const at::Tensor x = torch::randn({2, 3, 1, 1});
  EXPECT_TRUE(at::allclose(encoder->represent(x), x.flatten(1).matmul(weight.t())));
  {
    const at::NoGradGuard no_grad;  // what a checkpoint or an optimiser writes, the module sees
    weight.mul_(2);
  }
  EXPECT_TRUE(at::allclose(encoder->represent(x), x.flatten(1).matmul(weight.t())));

  const auto message = [&](const data::ViewShape& shape) -> std::string {
    try {
      encoders::make_encoder(options, shape);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message({"a", 4, 1, 1}), HasSubstr("fails on [2, 4, 1, 1] of view 'a'"));
  std::ofstream(path / "not.pt") << "no module";
  options.torchscript = (path / "not.pt").string();
  EXPECT_THAT(message({"a", 3, 1, 1}), HasSubstr("not a TorchScript file"));
}

TEST(OwnEncoder, StartsFromWeightsByNameAndListsWhatDoesNotFit) {
  const auto path = things_folder("weights");
  const encoders::EncoderOptions options{
      .network = encoders::Network::resnet18, .small_stem = true, .freeze = true};
  const data::ViewShape shape{"a", 3, 8, 8};
  encoders::Encoder source = encoders::make_encoder(options, shape);
  files::TensorFile file;
  for (const auto& entry : source->named_parameters())
    if (!entry.key().starts_with("head."))
      file.tensors[entry.key()] = entry.value().detach().clone();
  for (const auto& entry : source->named_buffers())
    if (!entry.key().starts_with("head.") && !entry.key().ends_with("num_batches_tracked"))
      file.tensors[entry.key()] = entry.value().clone();
  file.tensors["fc.weight"] = torch::randn({10, 512});
  files::save_safetensors(path / "whole.safetensors", file);
  encoders::Encoder encoder = encoders::make_encoder(options, shape);
  encoders::load_pretrained(encoder, path / "whole.safetensors");
  EXPECT_TRUE(at::equal(encoder->named_parameters()["layer3.0.conv2.weight"],
                        source->named_parameters()["layer3.0.conv2.weight"]));
  // Frozen: no gradient, and batch norms that stay.
  const at::Tensor before = encoder->named_buffers()["bn1.running_mean"].clone();
  encoder->train();
  encoder->forward(torch::randn({4, 3, 8, 8})).embedding.sum().backward();
  EXPECT_TRUE(at::equal(encoder->named_buffers()["bn1.running_mean"], before));
  EXPECT_FALSE(encoder->named_parameters()["conv1.weight"].grad().defined());
  EXPECT_TRUE(encoder->named_parameters()["head.0.weight"].grad().defined());

  file.tensors.erase("layer1.0.conv1.weight");
  file.tensors["layer9.weight"] = torch::zeros({1});
  files::save_safetensors(path / "other.safetensors", file);
  try {
    encoders::load_pretrained(encoder, path / "other.safetensors");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("it lacks layer1.0.conv1.weight; it holds unexpected layer9.weight"));
  }
}

}  // namespace
}  // namespace cmc::runs
