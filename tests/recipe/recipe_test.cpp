#include "cmc/recipe/recipe.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <optional>
#include <variant>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::recipe {
namespace {

std::filesystem::path write(const std::string& text) {
  static const TemporaryFolder folder;  // of this process: tests run beside each other
  return folder.write("recipe.toml", text);
}

std::string refusal(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    read_recipe(write(text), overrides);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Recipe, ReadsKeysAndKeepsDefaults) {
  const Recipe recipe =
      read_recipe(write("[views]\nkind = \"frequency\"\nsigma = 2\n"
                        "[train]\nbatch_size = 512\nlearning_rate = 1e-2\n"));
  EXPECT_EQ(recipe.name, "recipe");
  EXPECT_EQ(std::get<views::FrequencyOptions>(recipe.views.split).sigma, 2.0);
  EXPECT_EQ(recipe.train.batch_size, 512);
  EXPECT_EQ(recipe.train.optimizer.learning_rate, 1e-2);
  EXPECT_EQ(recipe.train.epochs, training::TrainOptions{}.epochs);
}

TEST(Recipe, AnOverrideWinsAndMayBeATextWithoutQuotes) {
  const Recipe recipe = read_recipe(write("[train]\nepochs = 3\n"),
                                    {"train.epochs=5", "data.root=/some/where",
                                     "encoder.channels=[8, 16]", "contrast.temperature=1"});
  EXPECT_EQ(recipe.train.epochs, 5);
  EXPECT_EQ(recipe.data.root, "/some/where");
  EXPECT_EQ(recipe.encoder.channels, (std::vector<std::int64_t>{8, 16}));
  EXPECT_EQ(recipe.contrast.temperature, 1.0);
}

TEST(Recipe, WritesWhatItReads) {
  const Recipe recipe =
      read_recipe(write("seed = 9\n[views]\nkind = \"halves\"\ncut = \"top_bottom\"\n"
                        "[views.augmentation]\ncrop = \"pad_and_shift\"\n"
                        "[contrast]\ntemperature = 0.1\n"));
  const std::string text = to_toml(recipe);
  EXPECT_EQ(to_toml(read_recipe(write(text))), text);
  EXPECT_EQ(read_recipe(write(text)).contrast.temperature, 0.1);
}

TEST(Recipe, NamesAMisspeltKeyItsLineAndTheNearest) {
  const std::string line = refusal("[train]\nepochs = 3\nlerning_rate = 1\n");
  EXPECT_TRUE(contains(line, "line 3: train.lerning_rate")) << line;
  EXPECT_TRUE(contains(line, "nearest is learning_rate")) << line;
  EXPECT_TRUE(contains(refusal("[trian]\nepochs = 3\n"), "nearest is train"));
  EXPECT_TRUE(contains(refusal("", {"train.epoch=3"}), "--set train.epoch"));
}

TEST(Recipe, RefusesTypesAndValuesThatCannotBe) {
  EXPECT_TRUE(contains(refusal("[train]\nepochs = \"three\"\n"),
                       "line 2: train.epochs must be a whole number"));
  EXPECT_TRUE(contains(refusal("[train]\nepochs = -1\n"), "must be ≥ 0"));
  EXPECT_TRUE(contains(refusal("[contrast]\ntemperature = 0.0\n"), "must be > 0"));
  EXPECT_TRUE(contains(refusal("[contrast]\ntemperature = nan\n"), "must be finite, but is nan"));
  EXPECT_TRUE(contains(refusal("[views]\nkind = \"halfs\"\n"), "nearest is \"halves\""));
  EXPECT_TRUE(contains(refusal("train = 3\n"), "must be a table"));
  EXPECT_TRUE(contains(refusal("[encoder]\nchannels = [8, \"a\"]\n"), "channels[1]"));
  EXPECT_TRUE(contains(refusal("[train\n"), "line 1"));
  EXPECT_TRUE(contains(refusal("", {"train.epochs"}), "expected key=value"));
  EXPECT_TRUE(contains(refusal("", {"train.epochs=abc"}), "--set train.epochs must be a whole"));
  EXPECT_TRUE(contains(refusal("", {"contrast.loss=foo"}), "--set contrast.loss is \"foo\""));
  EXPECT_TRUE(contains(refusal("[contrast]\nk = 0\n"), "line 2: contrast.k = 0 is out of range"));
  EXPECT_TRUE(contains(refusal("[contrast]\nlog_z_momentum = 1.0\n"), "must be 0 to 0.9999"));
  EXPECT_TRUE(contains(refusal("[train]\ndevice = \"gpu\"\n"), "line 2: train.device is \"gpu\""));
}

TEST(Recipe, TellsAKeyOfAnotherKindFromAMisspeltOne) {
  EXPECT_TRUE(contains(refusal("[views]\nkind = \"halves\"\nsigma = 2.0\n"),
                       "line 3: views.sigma is of another kind (frequency"));
  EXPECT_TRUE(contains(refusal("[[view]]\nname = \"a\"\nkind = \"table\"\nrate = 8000\n"),
                       "is of another kind (audio"));
}

TEST(Recipe, RefusesAnAlignedViewWithACropOrFlipOfItsOwn) {
  const std::string depth =
      "[[view]]\nname = \"depth\"\nkind = \"depth\"\nalign_with = \"color\"\n";
  EXPECT_EQ(read_recipe(write(depth)).view.at(0).align_with, "color");
  EXPECT_TRUE(
      contains(refusal(depth + "augmentation = \"random_resized\"\n"),
               "line 4: view[0].align_with = \"color\" can't be combined with a crop or flip"));
  EXPECT_TRUE(contains(refusal("[[view]]\nname = \"b\"\nalign_with = \"a\"\n"
                               "augmentation = { flip_probability = 0.5 }\n"),
                       "can't be combined with a crop or flip of its own"));
  EXPECT_TRUE(contains(refusal("[[view]]\nname = \"b\"\nkind = \"audio\"\nalign_with = \"a\"\n"),
                       "align_with"));
}

TEST(Recipe, ReadsBandsAndSaysWhatToUseInPlaceOfColourJitter) {
  const std::string bands =
      "[[view]]\nname = \"v\"\nkind = \"bands\"\nnames = [\"red\", \"nir\"]\nselect = \"nir\"\n"
      "quarter_turns = true\nsize = 16\nnoise = 0.1\n"
      "augmentation = { crop = \"random_resized\", blur_probability = 0.5";
  const Recipe recipe = read_recipe(write(bands + " }\n"));
  const auto& options = std::get<views::BandsViewOptions>(recipe.view.at(0).options);
  EXPECT_EQ(recipe.view[0].source.bands, (std::vector<std::string>{"red", "nir"}));
  EXPECT_EQ(options.select, std::vector<std::string>{"nir"});
  EXPECT_EQ(options.size, 16);
  EXPECT_TRUE(options.quarter_turns);
  EXPECT_EQ(options.noise, 0.1);
  EXPECT_EQ(options.augmentation.crop, views::Crop::random_resized);
  EXPECT_EQ(options.augmentation.blur_probability, 0.5);
  const std::string text = to_toml(recipe);
  EXPECT_EQ(to_toml(read_recipe(write(text))), text);
  for (const char* const key :
       {"brightness = 0.4", "jitter_probability = 0.8", "hue = 0.1", "grey_probability = 0.0"}) {
    const std::string found = refusal(bands + ", " + key + " }\n");
    EXPECT_TRUE(contains(found, "line 9: view[0].augmentation." + std::string(key).substr(0, 3)));
    EXPECT_TRUE(contains(found,
                         "changes colours, and bands are none: the view's noise and quarter_turns, "
                         "and here crop, flip_probability and blur_probability"));
  }
  EXPECT_TRUE(contains(refusal("[[view]]\nname = \"v\"\nkind = \"bands\"\nalign_with = \"w\"\n"
                               "quarter_turns = true\n"),
                       "can't be combined with a crop or flip of its own"));
}

TEST(Recipe, RefusesAContrastThatCannotBe) {
  EXPECT_TRUE(contains(refusal("[contrast]\nloss = \"nt_xent\"\nnegatives = \"queue\"\n"),
                       "line 3: contrast.negatives is \"queue\""));
  EXPECT_TRUE(
      contains(refusal("[contrast]\nloss = \"vicreg\"\nnegatives = \"bank\"\n"),
               "line 3: contrast.negatives is \"bank\": loss = \"vicreg\" has the batch's own"));
  EXPECT_TRUE(contains(refusal("[contrast]\nloss = \"multilinear\"\ngraph = \"core\"\n"),
                       "line 3: contrast.graph is \"core\": loss = \"multilinear\""));
  EXPECT_TRUE(contains(refusal("[contrast]\ngraph = \"list\"\n"), "line 2: contrast.graph"));
  EXPECT_TRUE(contains(refusal("[contrast]\nloss = \"multi_positive\"\n"),
                       "line 2: contrast.loss is \"multi_positive\", but positives is empty"));
  EXPECT_TRUE(
      contains(refusal("[contrast]\nloss = \"triplet\"\npositives = \"label\"\n"),
               "line 3: contrast.positives is for loss = \"multi_positive\": \"triplet\" has "
               "one positive an anchor"));
  EXPECT_TRUE(contains(refusal("[contrast]\nloss = \"multi_positive\"\npositives = 3\n"),
                       "line 3: contrast.positives must be a list"));
  EXPECT_TRUE(contains(refusal("[contrast]\npositive_mean = \"in\"\n"), "nearest is \"inside\""));
  EXPECT_TRUE(contains(refusal("[contrast]\nloss = \"vicreg\"\nhard_negatives = \"hard\"\n"),
                       "line 3: contrast.hard_negatives is for losses that contrast pairs of "
                       "views: \"vicreg\" takes none"));
  EXPECT_TRUE(contains(refusal("[contrast]\nhard_negatives = \"hard\"\n[[contrast.pair]]\n"
                               "views = [\"a\", \"b\"]\nloss = \"barlow_twins\"\n"),
                       "contrast.hard_negatives is for losses that contrast pairs of views: "
                       "\"barlow_twins\" takes none"));
  EXPECT_TRUE(contains(refusal("[contrast]\nnegatives = \"bank\"\nhard_negatives = \"hard\"\n"),
                       "line 3: contrast.hard_negatives adds nothing to negatives = \"bank\" with "
                       "k = -1"));
  const auto objective = [](const ContrastRecipe& recipe) -> std::string {
    try {
      objective_options(recipe, {"left", "right"}, 8, 100, 1);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(
      objective({.graph = GraphKind::list, .core = {}, .pairs = {"left>left"}, .weights = {}}),
      "contrast.pairs[0] is \"left>left\": a view is not paired with itself");
  EXPECT_TRUE(contains(
      objective({.graph = GraphKind::list, .core = {}, .pairs = {"left>rigth"}, .weights = {}}),
      "contrast.pairs names the view \"rigth\""));
  EXPECT_TRUE(
      contains(objective({.graph = GraphKind::core, .core = "lef", .pairs = {}, .weights = {}}),
               "the nearest is \"left\""));
  EXPECT_TRUE(contains(
      objective({.graph = GraphKind::list, .core = {}, .pairs = {"left>right"}, .weights = {1, 2}}),
      "2 numbers for 1"));
  EXPECT_EQ(
      objective({.loss = LossKind::multilinear, .core = {}, .pairs = {}, .weights = {}}),
      "contrast.loss = \"multilinear\" contrasts three views or more together, but this recipe "
      "makes 2: for two take \"k_pair\"");
}

TEST(Recipe, GivesAPairOfViewsALossOfItsOwn) {
  const std::string text =
      "[contrast]\nloss = \"nce\"\ntemperature = 0.2\ntemperature_mode = \"learned\"\n"
      "[[contrast.pair]]\nviews = [\"b\", \"a\"]\nloss = \"logistic\"\nweight = 2\n"
      "weights = [1, 0.25]\n"
      "[[contrast.pair]]\nviews = [\"a\", \"c\"]\ntemperature = 0.4\n"
      "temperature_mode = \"fixed\"\nweights = [0, 3]\n";
  const Recipe recipe = read_recipe(write(text));
  ASSERT_EQ(recipe.contrast.pair.size(), 2u);
  EXPECT_EQ(recipe.contrast.pair[1].contrast.loss, LossKind::nce);  // that of [contrast]
  const contrast::ObjectiveOptions options =
      objective_options(recipe.contrast, {"a", "b", "c"}, 16, 100, 5);
  EXPECT_EQ(options.graph.pairs, (std::vector<contrast::ViewPair>{
                                     {0, 1, 0.5}, {1, 0, 2}, {2, 0, 3}, {1, 2, 1}, {2, 1, 1}}));
  ASSERT_EQ(options.pair_losses.size(), 2u);
  EXPECT_EQ(options.pair_losses[0].first, 1);
  EXPECT_EQ(options.pair_losses[0].second, 0);
  const auto& logistic = std::get<contrast::LogisticOptions>(options.pair_losses[0].loss);
  EXPECT_EQ(std::get<contrast::LearnedTemperature>(logistic.temperature).initial, 0.2);
  const auto& nce = std::get<contrast::NceOptions>(options.pair_losses[1].loss);
  EXPECT_EQ(std::get<double>(nce.temperature), 0.4);
  // It is written with every key and read back.
  const std::string written = to_toml(recipe);
  EXPECT_EQ(to_toml(read_recipe(write(written))), written);
  EXPECT_EQ(read_recipe(write(written)).contrast.pair[0].weights, (std::vector<double>{1, 0.25}));
}

TEST(Recipe, RefusesAPairThatCannotBe) {
  const auto pair = [](const std::string& keys, const std::string& above = "") {
    return refusal("[contrast]\n" + above + "[[contrast.pair]]\n" + keys);
  };
  EXPECT_TRUE(contains(pair("views = [\"a\"]\n"), "line 3: contrast.pair[0].views must be two"));
  EXPECT_TRUE(contains(pair("views = [\"a\", \"a\"]\n"), "two different views"));
  EXPECT_TRUE(
      contains(pair("views = [\"a\", \"b\"]\nweights = [1]\n"), "takes two, forth and back"));
  EXPECT_TRUE(contains(pair("views = [\"a\", \"b\"]\nweights = [0, 0]\n"), "one must be above 0"));
  EXPECT_TRUE(contains(pair("views = [\"a\", \"b\"]\nloss = \"multilinear\"\n"),
                       "for a pair take \"k_pair\""));
  EXPECT_TRUE(
      contains(pair("views = [\"a\", \"b\"]\nloss = \"k_pair\"\n", "loss = \"multilinear\"\n"),
               "contrast.pair gives a pair a loss of its own"));
  EXPECT_TRUE(
      contains(pair("views = [\"a\", \"b\"]\nloss = \"vicreg\"\n", "negatives = \"queue\"\n"),
               "loss = \"vicreg\" has the batch's own embeddings alone"));
  EXPECT_TRUE(contains(pair("views = [\"a\", \"b\"]\nmargni = 1\n"), "the nearest is margin"));
  const auto objective = [](const std::vector<std::vector<std::string>>& pairs) -> std::string {
    ContrastRecipe recipe;
    recipe.graph = GraphKind::core;
    recipe.core = "a";
    for (const auto& views : pairs) recipe.pair.push_back({.views = views});
    try {
      objective_options(recipe, {"a", "b", "c"}, 8, 100, 1);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(objective({{"a", "b"}, {"a", "c"}}), "accepted");
  EXPECT_EQ(objective({{"c", "b"}}),
            "contrast.pair[0].views is [\"c\", \"b\"], but contrast.graph has no direction between "
            "them");
  EXPECT_TRUE(
      contains(objective({{"a", "b"}, {"b", "a"}}), "another [[contrast.pair]] has already"));
  EXPECT_TRUE(contains(objective({{"a", "bb"}}), "contrast.pair[0].views names the view \"bb\""));
}

TEST(Recipe, BecomesTheObjectiveThatItNames) {
  const auto options = objective_options({.loss = LossKind::nce,
                                          .temperature = 0.2,
                                          .log_z_momentum = 0.9,
                                          .graph = GraphKind::list,
                                          .core = {},
                                          .pairs = {"a>b"},
                                          .weights = {3},
                                          .negatives = NegativesKind::bank,
                                          .k = 12,
                                          .draw = contrast::MemoryBankOptions::Draw::shared,
                                          .positive = contrast::MemoryBankOptions::Positive::bank,
                                          .bank_momentum = 0.25,
                                          .bank_precision = at::kBFloat16},
                                         {"a", "b", "c"}, 16, 100, 5);
  const auto& nce = std::get<contrast::NceOptions>(options.loss);
  EXPECT_EQ(nce.momentum, 0.9);
  EXPECT_EQ(std::get<double>(nce.temperature), 0.2);
  ASSERT_EQ(options.graph.pairs.size(), 1u);
  EXPECT_EQ(options.graph.views, 3);
  EXPECT_EQ(options.graph.pairs[0].candidate, 1);
  EXPECT_EQ(options.graph.pairs[0].weight, 3);
  const auto& bank = std::get<contrast::MemoryBankOptions>(options.negatives);
  EXPECT_EQ(bank.samples, 100);
  EXPECT_EQ(bank.dim, 16);
  EXPECT_EQ(bank.k, 12);
  EXPECT_EQ(bank.draw, contrast::MemoryBankOptions::Draw::shared);
  EXPECT_EQ(bank.positive, contrast::MemoryBankOptions::Positive::bank);
  EXPECT_EQ(bank.momentum, 0.25);
  EXPECT_EQ(bank.dtype, at::kBFloat16);
  EXPECT_EQ(options.seed, 5u);

  const auto queue = objective_options({.temperature_mode = TemperatureKind::cosine,
                                        .temperature_end = 0.05,
                                        .temperature_steps = 70,
                                        .class_prior = 0.1,
                                        .hardness = 0.5,
                                        .core = {},
                                        .pairs = {},
                                        .weights = {},
                                        .negatives = NegativesKind::queue,
                                        .queue_length = 33,
                                        .queue_recent = 0.5},
                                       {"a", "b"}, 16, 100, 5);
  const auto& k_pair = std::get<contrast::KPairOptions>(queue.loss);
  EXPECT_EQ(k_pair.class_prior, 0.1);
  EXPECT_EQ(k_pair.hardness, 0.5);
  EXPECT_EQ(std::get<contrast::TemperatureSchedule>(k_pair.temperature).to, 0.05);
  EXPECT_EQ(std::get<contrast::TemperatureSchedule>(k_pair.temperature).steps, 70);
  EXPECT_EQ(std::get<contrast::QueueOptions>(queue.negatives).length, 33);
  EXPECT_EQ(std::get<contrast::QueueOptions>(queue.negatives).recent, 0.5);

  const auto triplet = objective_options({.loss = LossKind::triplet,
                                          .margin = 0.4,
                                          .mining = contrast::Mining::semi_hard,
                                          .core = {},
                                          .pairs = {},
                                          .weights = {}},
                                         {"a", "b"}, 16, 100, 5);
  EXPECT_EQ(std::get<contrast::TripletOptions>(triplet.loss).margin, 0.4);
  EXPECT_EQ(std::get<contrast::TripletOptions>(triplet.loss).mining, contrast::Mining::semi_hard);
  ContrastRecipe recipe;
  recipe.loss = LossKind::sigmoid;
  recipe.logit_bias = -3;
  const auto loss = [&] { return objective_options(recipe, {"a", "b"}, 16, 100, 5).loss; };
  EXPECT_EQ(
      std::get<contrast::LearnedBias>(std::get<contrast::SigmoidOptions>(loss()).bias).initial, -3);
  recipe.logit_bias_mode = LogitBiasKind::fixed;
  EXPECT_EQ(std::get<double>(std::get<contrast::SigmoidOptions>(loss()).bias), -3);
  recipe.loss = LossKind::decoupled;
  recipe.weight_sigma = 0.5;
  EXPECT_EQ(std::get<contrast::DecoupledOptions>(loss()).weight_sigma, 0.5);
  const Recipe supervised = read_recipe(
      write("[contrast]\nloss = \"multi_positive\"\npositives = [\"label\", \"patient\"]\n"
            "positive_mean = \"inside\"\ntemperature = 0.2\n"));
  EXPECT_EQ(supervised.contrast.positives, (std::vector<std::string>{"label", "patient"}));
  const at::Tensor groups = at::stack({at::arange(100, at::kLong), at::arange(100, at::kLong)}, 1);
  const auto several =
      objective_options(supervised.contrast, {"a", "b"}, 16, 100, 5, {.positives = groups});
  EXPECT_EQ(std::get<contrast::MultiPositiveOptions>(several.loss).mean,
            kernels::PositiveMean::inside);
  EXPECT_EQ(std::get<double>(std::get<contrast::MultiPositiveOptions>(several.loss).temperature),
            0.2);
  EXPECT_TRUE(at::equal(several.positives, groups));
  const Recipe hard = read_recipe(
      write("[contrast]\nnegatives = \"bank\"\nk = 5\nhard_negatives = [\"near\", \"far\"]\n"));
  EXPECT_EQ(hard.contrast.hard_negatives, (std::vector<std::string>{"near", "far"}));
  EXPECT_TRUE(at::equal(objective_options(hard.contrast, {"a", "b"}, 16, 100, 5,
                                          {.hard_negatives = groups.unsqueeze(1)})
                            .hard_negatives,
                        groups.unsqueeze(1)));
  EXPECT_EQ(read_recipe(write("[contrast]\nloss = \"multi_positive\"\npositives = \"label\"\n"))
                .contrast.positives,
            (std::vector<std::string>{"label"}));
  // "auto" is a queue of all below 100,000 samples, or of k where k is given.
  const auto length_of = [](const ContrastRecipe& recipe) {
    return std::get<contrast::QueueOptions>(
               objective_options(recipe, {"a", "b"}, 16, 100, 5).negatives)
        .length;
  };
  EXPECT_EQ(length_of({}), 100);
  EXPECT_EQ(length_of({.core = {}, .pairs = {}, .weights = {}, .k = 7}), 7);
  EXPECT_EQ(length_of({.core = {}, .pairs = {}, .weights = {}, .k = 700}), 99);
}

TEST(Recipe, HasACaseForEveryLossGraphAndSourceOfNegatives) {
  const auto options = [](const ContrastRecipe& recipe) {
    return objective_options(recipe, {"a", "b", "c"}, 16, 100, 5);
  };
  const auto loss = [&](LossKind kind) {
    ContrastRecipe recipe;
    recipe.loss = kind;
    return options(recipe).loss;
  };
  EXPECT_TRUE(std::holds_alternative<contrast::KPairOptions>(loss(LossKind::k_pair)));
  EXPECT_TRUE(std::holds_alternative<contrast::NtXentOptions>(loss(LossKind::nt_xent)));
  EXPECT_TRUE(std::holds_alternative<contrast::LogisticOptions>(loss(LossKind::logistic)));
  EXPECT_TRUE(std::holds_alternative<contrast::NceOptions>(loss(LossKind::nce)));
  EXPECT_TRUE(std::holds_alternative<contrast::TripletOptions>(loss(LossKind::triplet)));
  EXPECT_TRUE(
      std::holds_alternative<contrast::MultiPositiveOptions>(loss(LossKind::multi_positive)));
  EXPECT_TRUE(std::holds_alternative<contrast::SigmoidOptions>(loss(LossKind::sigmoid)));
  EXPECT_TRUE(std::holds_alternative<contrast::DecoupledOptions>(loss(LossKind::decoupled)));
  EXPECT_TRUE(std::holds_alternative<contrast::MultilinearOptions>(loss(LossKind::multilinear)));
  EXPECT_TRUE(std::holds_alternative<contrast::VicRegOptions>(loss(LossKind::vicreg)));
  EXPECT_TRUE(std::holds_alternative<contrast::BarlowTwinsOptions>(loss(LossKind::barlow_twins)));
  ContrastRecipe varied;
  varied.loss = LossKind::multilinear;
  varied.tuples = contrast::TupleNegatives::all;
  varied.missing_views = contrast::MissingViews::stand_in;
  const auto multilinear = std::get<contrast::MultilinearOptions>(options(varied).loss);
  EXPECT_EQ(multilinear.negatives, contrast::TupleNegatives::all);
  EXPECT_EQ(multilinear.missing, contrast::MissingViews::stand_in);
  EXPECT_EQ(multilinear.dim, 16);
  EXPECT_TRUE(std::holds_alternative<contrast::BatchOptions>(options(varied).negatives));
  varied.loss = LossKind::vicreg;
  varied.invariance = 1;
  varied.variance = 2;
  varied.covariance = 3;
  varied.variance_target = 4;
  varied.variance_epsilon = 5;
  const auto vicreg = std::get<contrast::VicRegOptions>(options(varied).loss);
  EXPECT_EQ((std::vector{vicreg.invariance, vicreg.variance, vicreg.covariance, vicreg.target,
                         vicreg.epsilon}),
            (std::vector{1.0, 2.0, 3.0, 4.0, 5.0}));
  varied.loss = LossKind::barlow_twins;
  varied.redundancy = 0.1;
  EXPECT_EQ(std::get<contrast::BarlowTwinsOptions>(options(varied).loss).redundancy, 0.1);
  const auto negatives = [&](std::optional<NegativesKind> kind) {
    ContrastRecipe recipe;
    recipe.negatives = kind;
    return options(recipe).negatives;
  };
  EXPECT_TRUE(std::holds_alternative<contrast::BatchOptions>(negatives(NegativesKind::batch)));
  EXPECT_TRUE(std::holds_alternative<contrast::MemoryBankOptions>(negatives(NegativesKind::bank)));
  EXPECT_TRUE(std::holds_alternative<contrast::QueueOptions>(negatives(NegativesKind::queue)));
  EXPECT_TRUE(std::holds_alternative<contrast::QueueOptions>(negatives(std::nullopt)));
  ContrastRecipe core;
  EXPECT_EQ(options(core).graph.pairs.size(), 6u);
  core.graph = GraphKind::core;
  core.core = "b";
  EXPECT_EQ(options(core).graph.pairs.size(), 4u);
  core.temperature_mode = TemperatureKind::learned;
  EXPECT_TRUE(std::holds_alternative<contrast::LearnedTemperature>(
      std::get<contrast::KPairOptions>(options(core).loss).temperature));
}

TEST(Recipe, DocumentsEveryKey) {
  for (const FieldReference& field : recipe_reference())
    EXPECT_FALSE(field.help.empty()) << field.key;
}

TEST(Fields, NearestNameCountsEdits) {
  EXPECT_EQ(nearest_name("epoch", {"steps", "epochs", "eps"}), "epochs");
  EXPECT_EQ(nearest_name("x", {}), "");
}

}  // namespace
}  // namespace cmc::recipe
