#include "cmc/advice/advise.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "cmc/error.h"
#include "cmc/random.h"
#include "tests/temporary_folder.h"

namespace cmc::advice {
namespace {

using testing::HasSubstr;

constexpr int samples = 900;

/// Two tables of four numbers that both show one of four classes, with noise of their own; a third
/// of the samples are the test part, whose numbers are `shift` off.
std::string two_tables(double shift, bool labels) {
  std::string text = "id,kind,part,a0,a1,a2,a3,b0,b1,b2,b3\n";
  RandomStream random(RandomPurpose::made_data, 3);
  for (int i = 0; i < samples; ++i) {
    const auto kind = static_cast<int>(random.below(4));
    const bool test = i % 3 == 0;
    text +=
        fmt::format("{},{},{}", i, labels ? fmt::format("k{}", kind) : "", test ? "test" : "train");
    for (int column = 0; column < 8; ++column)
      text += fmt::format(
          ",{:.4f}", (column % 4 == kind ? 2.0 : 0.0) + random.normal() + (test ? shift : 0.0));
    text += '\n';
  }
  return text;
}

std::filesystem::path recipe_of(const TemporaryFolder& folder, double shift = 0,
                                bool labels = true) {
  const auto manifest = folder.write("tables.csv", two_tables(shift, labels));
  return folder.write("tables.toml",
                      fmt::format(R"(
[data]
manifest = "{}"
key = "id"
part = "part"
{}
[[view]]
name = "a"
kind = "table"
columns = ["a0..a3"]
[[view]]
name = "b"
kind = "table"
columns = ["b0..b3"]
dropout = 0.2
[encoder]
widths = [16]
head = "linear"
embedding_dim = 8
[contrast]
negatives = "batch"
temperature = 0.3
[train]
epochs = 7
batch_size = 64
learning_rate = 1e-2
warmup_steps = 100
precision = "fp32"
)",
                                  manifest.string(), labels ? "label = \"kind\"" : ""));
}

constexpr const char* dropouts = "view.b.dropout=0.2,0.95,0.6";

TEST(Advise, PlacesValuesByWhatTheyShareAndProposesOne) {
  const TemporaryFolder folder;
  const auto recipe = recipe_of(folder);
  int trainings = 0;
  const AdviseOptions options{
      .steps = 30, .seeds = 2, .progress = [&](const std::string&) { ++trainings; }};
  const ViewFamily family = read_view_family(recipe, {}, dropouts);
  const Advice advice = advise(family, folder / "advice", options);
  EXPECT_EQ(trainings, 6);
  EXPECT_TRUE(advice.labelled);
  EXPECT_NEAR(static_cast<double>(advice.choosing_samples), 0.2 * samples * 2 / 3, 40);
  std::vector<std::string> order;
  for (const AdvisedValue& value : advice.values) {
    order.push_back(value.value);
    EXPECT_GT(value.quality.mean, 0.4);  // of four classes
    EXPECT_LT(value.nats.mean, value.ceiling_nats);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"0.95", "0.6", "0.2"}));

  for (const char* file : {"advise.csv", "advise.svg", "verdict.json", "index.html"})
    EXPECT_TRUE(std::filesystem::exists(folder / "advice" / file)) << file;
  const recipe::Recipe proposed = recipe::read_recipe(advice.recipe);
  const std::string value = advice.values[advice.proposed].value;
  const auto& b = std::get<views::TableViewOptions>(proposed.view[1].options);
  EXPECT_DOUBLE_EQ(b.dropout, std::stod(value));
  EXPECT_EQ(proposed.name, "tables-advised");
  EXPECT_EQ(proposed.train.epochs, 7);
  EXPECT_EQ(proposed.train.steps, 0);
  EXPECT_EQ(proposed.train.schedule.warmup_steps, 100);
  EXPECT_THAT(advice_text(advice), HasSubstr("Proposed: view.b.dropout = " + value));
  EXPECT_EQ(to_json(advice)["proposed"], value);

  // Again, and with a third seed: only what is new is trained.
  advise(family, folder / "advice", options);
  EXPECT_EQ(trainings, 6);
  AdviseOptions more = options;
  more.seeds = 3;
  advise(family, folder / "advice", more);
  EXPECT_EQ(trainings, 9);
}

TEST(Advise, NeverSeesTheTestPart) {
  const auto measured = [](double shift) {
    const TemporaryFolder folder;
    const Advice advice = advise(read_view_family(recipe_of(folder, shift), {}, dropouts),
                                 folder / "advice", {.steps = 5, .seeds = 1});
    std::vector<double> figures;
    for (const AdvisedValue& value : advice.values)
      figures.insert(figures.end(), {value.nats.mean, value.quality.mean});
    return figures;
  };
  EXPECT_EQ(measured(0), measured(100));
}

TEST(Advise, NamesItsProxyWhereThereAreNoLabels) {
  const TemporaryFolder folder;
  const auto recipe = recipe_of(folder, 0, false);
  const Advice advice =
      advise(read_view_family(recipe, {}, dropouts), folder / "advice", {.steps = 5, .seeds = 1});
  EXPECT_FALSE(advice.labelled);
  for (const AdvisedValue& value : advice.values) EXPECT_GT(value.quality.mean, 1);
  EXPECT_THAT(advice_text(advice), HasSubstr("effective rank"));
  EXPECT_THAT(advice.findings.back(), HasSubstr("RankMe"));
  EXPECT_EQ(advice.peak.shape, PeakShape::unknown);
}

TEST(Advise, RefusesWhatChangesNoView) {
  const TemporaryFolder folder;
  const auto recipe = recipe_of(folder);
  const auto refused = [&](const std::string& vary, std::vector<std::string> set = {}) {
    return message_of<UsageError>([&] { read_view_family(recipe, set, vary); });
  };
  EXPECT_EQ(refused("view.b.droput=0.1,0.2"),
            "--vary view.b.droput: that is not a key of a recipe; the nearest is view.b.dropout");
  EXPECT_THAT(refused("views.distance=1,2"), HasSubstr("patches: pixels between their corners"));
  EXPECT_THAT(refused("contrast.temperature=0.1,0.2"),
              HasSubstr("does not change the views: it says how the views are contrasted"));
  EXPECT_THAT(refused("view.a.encoder.widths=[8],[16]"), HasSubstr("which network"));
  EXPECT_THAT(refused("views.mean=0.1,0.2"), HasSubstr("scales the numbers"));
  EXPECT_THAT(refused("view.b.dropout=0.1"), HasSubstr("one value shows no difference"));
  EXPECT_THAT(refused("view.b.dropout="), HasSubstr("no value shows no difference"));
  EXPECT_THAT(refused("view.b.dropout=0.1,,0.2"), HasSubstr("a value is empty"));
  EXPECT_THAT(refused("view.b.dropout=0.1,0.10"), HasSubstr("the value 0.10 is given twice"));
  EXPECT_EQ(refused("view.b.dropout=0.1,much"),
            "--vary view.b.dropout=much: view[1].dropout must be a number, but is a string");
  EXPECT_THAT(refused("view.b.dropout=0.1,2"), HasSubstr("is out of range: it must be 0 to 0.999"));
  EXPECT_THAT(refused("view.b.dropout"), HasSubstr("expected KEY=V1,V2,…"));
  // A manifest's views are [[view]]s: [views] is there, and not in use.
  const ViewFamily unused = read_view_family(recipe, {}, "views.augmentation.padding=1,2");
  EXPECT_THAT(message_of<UsageError>([&] { advise(unused, folder / "advice"); }),
              HasSubstr("every value makes the same views"));
  EXPECT_FALSE(std::filesystem::exists(folder / "advice"));
}

TEST(ViewFamily, KeepsListsTogether) {
  const TemporaryFolder folder;
  const ViewFamily family = read_view_family(
      recipe_of(folder), {}, R"(view.a.columns = ["a0", "a1"], [ "a2,", "a3" ],a0)");
  EXPECT_EQ(family.values,
            (std::vector<std::string>{R"(["a0", "a1"])", R"([ "a2,", "a3" ])", "a0"}));
  EXPECT_EQ(family.recipes[1].view[0].source.columns, (std::vector<std::string>{"a2,", "a3"}));
}

/// Samples in groups of five.
class Grouped : public data::Dataset {
 public:
  std::int64_t size() const override { return 2000; }
  data::Sample get(std::int64_t index) const override { return {index, 0, {}}; }
  std::int64_t label(std::int64_t) const override { return 0; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<data::Source>& sources() const override { return sources_; }
  std::string name(std::int64_t index) const override { return std::to_string(index); }
  std::string group(std::int64_t index) const override { return std::to_string(index / 5); }

 private:
  std::vector<std::string> classes_;
  std::vector<data::Source> sources_;
};

TEST(ChoosingParts, TearNoGroupApart) {
  const auto whole = std::make_shared<Grouped>();
  const data::Splits parts = choosing_parts(whole, 200);
  std::set<std::string> training, choosing;
  for (std::int64_t i = 0; i < parts.train->size(); ++i) training.insert(parts.train->group(i));
  for (std::int64_t i = 0; i < parts.test->size(); ++i) {
    choosing.insert(parts.test->group(i));
    EXPECT_FALSE(training.contains(parts.test->group(i)));
  }
  EXPECT_EQ(parts.train->size() + parts.test->size(), 2000);
  EXPECT_EQ(static_cast<std::size_t>(parts.test->size()), 5 * choosing.size());
  EXPECT_NEAR(static_cast<double>(parts.test->size()), 200, 80);
  EXPECT_NEAR(static_cast<double>(choosing_parts(whole, 5000).test->size()), 400, 100);
}

}  // namespace
}  // namespace cmc::advice
