#include "cmc/draft/draft.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "cmc/error.h"
#include "cmc/random.h"
#include "cmc/recipe/recipe.h"
#include "cmc/runs/setup.h"
#include "tests/files/npy_file.h"
#include "tests/files/npz_file.h"
#include "tests/files/wav_file.h"
#include "tests/temporary_folder.h"

namespace cmc::draft {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

double drawn(std::uint64_t row, std::uint64_t column) {
  return RandomStream(RandomPurpose::made_data, 5, column, row).normal();
}

/// A draft as the recipe that it is, and the data as that recipe opens it.
struct Drafted {
  recipe::Recipe recipe;
  std::vector<std::string> views;
  std::int64_t train = 0, test = 0;
  std::vector<std::string> classes;
};

Drafted drafted(const TemporaryFolder& folder, const std::string& data,
                const DraftOptions& options = {}) {
  const auto file = folder.write("drafted.toml", to_toml(draft(data, options)));
  Drafted result;
  result.recipe = recipe::read_recipe(file);
  std::filesystem::remove(file);
  const runs::Setup setup = runs::set_up(result.recipe);
  for (const data::ViewShape& view : setup.train_transform->views())
    result.views.push_back(view.name);
  result.train = setup.data.train->size();
  result.test = setup.data.test->size();
  result.classes = setup.data.train->classes();
  return result;
}

std::string refusal(const std::string& data, const DraftOptions& options = {}) {
  return message_of<Error>([&] { draft(data, options); });
}

/// 60 rows: a row number, an identifier, two groups of numbers, a constant, the label and its name.
std::string flowers() {
  std::string csv = ",id,leaf_length,leaf_width,petal_length,petal_width,site,planet,target,name\n";
  for (std::uint64_t i = 0; i < 60; ++i)
    csv += fmt::format("{},f{},{:.3f},{:.3f},{:.3f},{:.3f},{},earth,{},{}\n", i, i, drawn(i, 0),
                       drawn(i, 1), drawn(i, 2), drawn(i, 3), i % 5, i % 3,
                       i % 3 == 0   ? "daisy"
                       : i % 3 == 1 ? "rose"
                                    : "lily");
  return csv;
}

TEST(Draft, OfATableFindsWhatEachColumnIsFor) {
  const TemporaryFolder folder;
  const std::string csv = folder.write("flowers.csv", flowers()).string();
  const Drafted flowers = drafted(folder, csv);
  const data::ManifestOptions& data = flowers.recipe.data.manifest;
  EXPECT_EQ(data.key, "id");
  EXPECT_EQ(data.label, "target");
  EXPECT_EQ(data.split_by, "site");
  EXPECT_EQ(data.test_samples, 12);
  EXPECT_THAT(flowers.views, ElementsAre("leaf", "petal"));
  EXPECT_THAT(flowers.recipe.view[0].source.columns, ElementsAre("leaf_length", "leaf_width"));
  EXPECT_THAT(flowers.classes, ElementsAre("0", "1", "2"));
  const auto lines = guesses(draft(csv));
  EXPECT_THAT(lines, ::testing::Contains(HasSubstr("\"planet\": the same value in every row")));
  EXPECT_THAT(lines,
              ::testing::Contains(HasSubstr("\"name\": the label in other words (\"target\")")));
  EXPECT_THAT(lines, ::testing::Contains(HasSubstr("row numbers")));
  EXPECT_THAT(lines, ::testing::Contains(HasSubstr("data.label = \"target\": by its name")));
}

TEST(Draft, TakesTheLabelThatAPersonNames) {
  const TemporaryFolder folder;
  const std::string csv = folder.write("flowers.csv", flowers()).string();
  const Drafted flowers = drafted(folder, csv, {.label = "name"});
  EXPECT_THAT(flowers.classes, ElementsAre("daisy", "lily", "rose"));
  EXPECT_THAT(flowers.views, ElementsAre("leaf", "petal"));
  EXPECT_THAT(refusal(csv, {.label = "nmae"}), HasSubstr("the nearest is \"name\""));
}

TEST(Draft, HalvesColumnsWhoseNamesFormNoGroups) {
  const TemporaryFolder folder;
  std::string csv = "alcohol,ash,hue,proline,color,kind\n";
  for (std::uint64_t i = 0; i < 40; ++i)
    csv += fmt::format("{:.3f},{:.3f},{:.3f},{:.3f},{},{}\n", drawn(i, 0), drawn(i, 1), drawn(i, 2),
                       drawn(i, 3), i % 2 == 0 ? "red" : "white", i % 4);
  const Drafted wine = drafted(folder, folder.write("wine.csv", csv).string());
  EXPECT_THAT(wine.views, ElementsAre("first", "second"));
  EXPECT_THAT(wine.recipe.view[0].source.columns, ElementsAre("alcohol", "ash", "hue"));
  EXPECT_THAT(wine.recipe.view[1].source.columns, ElementsAre("proline"));
  EXPECT_THAT(wine.recipe.view[1].source.categorical, ElementsAre("color"));
  EXPECT_EQ(wine.recipe.data.manifest.label, "kind");
  EXPECT_EQ(wine.test, 8);
}

TEST(Draft, PredictsManyWholeNumbersAsNumbers) {
  const TemporaryFolder folder;
  std::string csv = "a,b,c,target\n";
  for (std::uint64_t i = 0; i < 80; ++i)
    csv += fmt::format("{:.3f},{:.3f},{:.3f},{}\n", drawn(i, 0), drawn(i, 1), drawn(i, 2),
                       25 + 3 * (i * 7 % 61));
  const Drafted diabetes = drafted(folder, folder.write("d.csv", csv).string());
  EXPECT_EQ(diabetes.recipe.data.manifest.label_kind, data::LabelKind::number);
  EXPECT_TRUE(diabetes.classes.empty());
}

TEST(Draft, OfPicturesSoundsAndNumbersHasAViewEach) {
  const TemporaryFolder folder;
  std::string csv = "photo,part,t0,t1,clip,kind\n";
  for (std::uint64_t i = 0; i < 24; ++i) {
    std::vector<std::int16_t> sound(1600);
    for (std::size_t t = 0; t < sound.size(); ++t)
      sound[t] = static_cast<std::int16_t>(8000 * drawn(i, t % 97));
    folder.write(fmt::format("clips/{}.wav", i), wav(sound, 1, 8000));
    cv::Mat picture(24, 20, CV_8UC3, cv::Scalar(10.0 * static_cast<double>(i), 40, 90));
    std::filesystem::create_directories(folder / "photos");
    cv::imwrite((folder / fmt::format("photos/{}.png", i)).string(), picture);
    csv += fmt::format("photos/{0}.png,{1},{2:.3f},{3:.3f},clips/{0}.wav,{4}\n", i,
                       i % 4 == 3 ? "test" : "train", drawn(i, 1000), drawn(i, 1001),
                       i % 2 == 0 ? "day" : "night");
  }
  const std::string manifest = folder.write("walks.csv", csv).string();
  const Drafted walks = drafted(folder, manifest);
  EXPECT_THAT(walks.views, ElementsAre("photo", "clip", "numbers"));
  EXPECT_EQ(walks.recipe.data.manifest.part, "part");
  EXPECT_EQ(walks.recipe.data.manifest.label, "kind");
  EXPECT_EQ(walks.recipe.data.manifest.key, "photo");
  EXPECT_EQ(walks.recipe.view[1].source.rate, 8000);
  EXPECT_EQ(walks.train, 18);
  // The folder holds the table that names its files.
  EXPECT_THAT(drafted(folder, folder.path().string()).views,
              ElementsAre("photo", "clip", "numbers"));
  std::filesystem::remove_all(folder / "photos");
  EXPECT_THAT(refusal(manifest), AllOf(HasSubstr("the column \"photo\" holds paths"),
                                       HasSubstr("photos/0.png isn't there")));
}

TEST(Draft, OfSoundsReadsTheirNames) {
  const TemporaryFolder folder;
  for (int word = 0; word < 2; ++word)
    for (const char* const speaker : {"ada", "bob", "eve"})
      for (int take = 0; take < 4; ++take) {
        std::vector<std::int16_t> sound(4000);
        for (std::size_t t = 0; t < sound.size(); ++t)
          sound[t] = static_cast<std::int16_t>(100 * ((static_cast<int>(t) * (word + 3)) % 91));
        folder.write(fmt::format("sounds/{}_{}_{}.wav", word, speaker, take), wav(sound, 1, 8000));
      }
  const Drafted sounds = drafted(folder, (folder / "sounds").string());
  EXPECT_THAT(sounds.views, ElementsAre("one", "other"));
  EXPECT_TRUE(sounds.recipe.encoder.shared);
  EXPECT_EQ(sounds.recipe.data.manifest.split_by, "field2");
  EXPECT_EQ(sounds.test, 8) << "one of three speakers";
  const auto& view = std::get<views::AudioViewOptions>(sounds.recipe.view[0].options);
  EXPECT_DOUBLE_EQ(view.seconds, 0.5);
  // A person's pattern names the fields.
  const Drafted named = drafted(folder, (folder / "sounds/{digit}_{speaker}_{take}.wav").string());
  EXPECT_EQ(named.recipe.data.manifest.label, "digit");
  EXPECT_EQ(named.recipe.data.manifest.split_by, "speaker");
}

TEST(Draft, OfPicturesSplitsColourAndHalvesGrey) {
  const TemporaryFolder folder;
  for (int i = 0; i < 12; ++i) {
    const char* const kind = i % 2 == 0 ? "cat" : "dog";
    std::filesystem::create_directories(folder / "colour" / kind);
    std::filesystem::create_directories(folder / "grey" / kind);
    cv::imwrite((folder / "colour" / kind / fmt::format("{}.png", i)).string(),
                cv::Mat(90, 80 + i, CV_8UC3, cv::Scalar(20 * i, 50, 200)));
    cv::imwrite((folder / "grey" / kind / fmt::format("{}.png", i)).string(),
                cv::Mat(28, 28, CV_8UC1, cv::Scalar(20 * i)));
  }
  const Drafted colour = drafted(folder, (folder / "colour").string());
  EXPECT_THAT(colour.views, ElementsAre("L", "ab"));
  EXPECT_EQ(colour.recipe.views.size, 64);
  EXPECT_THAT(colour.classes, ElementsAre("cat", "dog"));
  const Drafted grey = drafted(folder, (folder / "grey").string());
  EXPECT_THAT(grey.views, ElementsAre("left", "right"));
  EXPECT_EQ(grey.recipe.data.channels, 1);
  EXPECT_EQ(grey.recipe.views.size, 28);
}

TEST(Draft, OfArraysTakesEachOrOneTwice) {
  const TemporaryFolder folder;
  std::vector<float> numbers, maps;
  std::vector<std::int64_t> labels;
  for (std::uint64_t i = 0; i < 40; ++i) {
    for (std::uint64_t c = 0; c < 6; ++c) numbers.push_back(static_cast<float>(drawn(i, c)));
    for (std::uint64_t c = 0; c < 64; ++c) maps.push_back(static_cast<float>(drawn(i, 10 + c)));
    labels.push_back(static_cast<std::int64_t>(i % 4));
  }
  const std::string one = npy("<f4", "'shape': (40, 6)", bytes_of(numbers));
  const Drafted alone = drafted(folder, folder.write("x.npy", one).string());
  EXPECT_THAT(alone.views, ElementsAre("one", "other"));
  EXPECT_TRUE(alone.recipe.encoder.shared);
  const std::string several = npz({{"x.npy", one},
                                   {"maps.npy", npy("<f4", "'shape': (40, 8, 8)", bytes_of(maps))},
                                   {"y.npy", npy("<i8", "'shape': (40,)", bytes_of(labels))}});
  const Drafted each = drafted(folder, folder.write("all.npz", several).string());
  EXPECT_THAT(each.views, ::testing::UnorderedElementsAre("x", "maps"));
  EXPECT_EQ(each.recipe.data.manifest.label, "y");
  EXPECT_THAT(each.classes, ElementsAre("0", "1", "2", "3"));
}

TEST(Draft, OfArraysOfUnequalLengthTakesSeries) {
  const TemporaryFolder folder;
  std::string rows = "id,walk,scan\n";
  for (std::uint64_t i = 0; i < 12; ++i) {
    std::vector<float> steps(3 * (20 + i)), scan(36);
    for (std::size_t t = 0; t < steps.size(); ++t) steps[t] = static_cast<float>(drawn(i, t));
    for (std::size_t t = 0; t < scan.size(); ++t) scan[t] = static_cast<float>(drawn(99, t + i));
    folder.write(fmt::format("walk{}.npy", i),
                 npy("<f4", fmt::format("'shape': ({}, 3)", 20 + i), bytes_of(steps)));
    folder.write(fmt::format("scan{}.npy", i), npy("<f4", "'shape': (6, 6)", bytes_of(scan)));
    rows += fmt::format("{0},walk{0}.npy,scan{0}.npy\n", i);
  }
  const Drafted found = drafted(folder, folder.write("walks.csv", rows).string());
  EXPECT_THAT(found.views, ElementsAre("walk", "scan"));
  const recipe::ViewEntry& walk = found.recipe.view.at(0);
  EXPECT_EQ(walk.source.kind, data::SourceKind::series);
  EXPECT_EQ(std::get<views::SeriesViewOptions>(walk.options).length, 31);
  EXPECT_EQ(walk.encoder.network, encoders::Network::resnet1d);
  EXPECT_EQ(found.recipe.view.at(1).source.kind, data::SourceKind::array);
}

/// 40 things to buy: a photo, a caption, a price, a maker and a class, and an identifier.
std::string shop(const TemporaryFolder& folder) {
  const char* const things[] = {"red chair", "blue lamp", "green mug", "old clock"};
  const char* const makers[] = {"north", "south", "east"};
  std::filesystem::create_directories(folder / "photos");
  std::string csv = "sku,photo,caption,price,maker,class\n";
  for (std::uint64_t i = 0; i < 40; ++i) {
    cv::imwrite((folder / fmt::format("photos/{}.png", i)).string(),
                cv::Mat(24, 24, CV_8UC3, cv::Scalar(6.0 * static_cast<double>(i), 60, 120)));
    csv += fmt::format("S{},photos/{}.png,a {} number {} of the {},{:.2f},{},{}\n", 90210 + 7 * i,
                       i, things[i % 4], drawn(i, 7) > 0 ? "one" : "two", makers[i * 5 % 3],
                       20 + drawn(i, 8), makers[i * 5 % 3], things[i % 4] + 4);
  }
  return folder.write("shop.csv", csv).string();
}

TEST(Draft, OfPhotosCaptionsPricesAndCategoriesHasAViewEach) {
  const TemporaryFolder folder;
  const std::string manifest = shop(folder);
  const Drafted shop = drafted(folder, manifest);
  EXPECT_THAT(shop.views, ElementsAre("photo", "caption", "price", "maker"));
  EXPECT_EQ(shop.recipe.data.manifest.label, "class");
  EXPECT_EQ(shop.recipe.data.manifest.key, "sku");
  ASSERT_EQ(shop.recipe.view.size(), 4u);
  EXPECT_TRUE(std::holds_alternative<views::TextViewOptions>(shop.recipe.view[1].options));
  EXPECT_THAT(shop.recipe.view[2].source.columns, ElementsAre("price"));
  EXPECT_THAT(shop.recipe.view[3].source.categorical, ElementsAre("maker"));
  EXPECT_THAT(guesses(draft(manifest)), ::testing::Contains(HasSubstr("1 column of texts")));
}

TEST(Draft, ReadsTextsThatStandBesideEachOtherOrAreSentences) {
  const TemporaryFolder folder;
  const char* const english[] = {"dog", "horse", "apple", "drum"};
  const char* const german[] = {"Hund", "Pferd", "Apfel", "Trommel"};
  std::string both = "id,english,german\n", sentences = "text,stars\n", names = "name,a,b\n";
  for (std::uint64_t i = 0; i < 24; ++i) {
    const std::string mark(1 + i / 4, static_cast<char>('a' + i));
    both += fmt::format("w{},{} {},{} {}\n", i, english[i % 4], mark, german[i % 4], mark);
    sentences += fmt::format("this {} is rather {},{}\n", english[i % 4], mark, i % 4);
    names += fmt::format("{} {},{:.3f},{:.3f}\n", english[i % 4], mark, drawn(i, 0), drawn(i, 1));
  }
  const Drafted words = drafted(folder, folder.write("words.csv", both).string());
  EXPECT_THAT(words.views, ElementsAre("english", "german"));
  EXPECT_EQ(words.recipe.data.manifest.key, "id");
  const Drafted reviews = drafted(folder, folder.write("reviews.csv", sentences).string());
  EXPECT_THAT(reviews.views, ElementsAre("one", "other"));
  // The names of a table of numbers are but names.
  const Drafted numbers = drafted(folder, folder.write("names.csv", names).string());
  EXPECT_THAT(numbers.views, ElementsAre("first", "second"));
  EXPECT_EQ(numbers.recipe.data.manifest.key, "name");
}

TEST(Draft, OfSeriesInCsvTakesThemByTheirHeader) {
  const TemporaryFolder folder;
  std::string rows = "id,walk,speed\n";
  for (std::uint64_t i = 0; i < 12; ++i) {
    std::string walk = "x,y,z\n";
    for (std::uint64_t t = 0; t < 20 + i; ++t)
      walk += fmt::format("{:.3f},{:.3f},{:.3f}\n", drawn(i, t), drawn(i, t + 99), drawn(t, i));
    folder.write(fmt::format("walks/{}_{}.csv", i % 2 == 0 ? "run" : "stroll", i), walk);
    rows += fmt::format("{0},walks/{1}_{0}.csv,{2:.3f}\n", i, i % 2 == 0 ? "run" : "stroll",
                        drawn(i, 500));
  }
  const Drafted walks = drafted(folder, folder.write("walks.csv", rows).string());
  EXPECT_THAT(walks.views, ElementsAre("walk", "speed"));
  const auto& series = std::get<views::SeriesViewOptions>(walks.recipe.view[0].options);
  EXPECT_EQ(series.length, 31);
  // Tables of one header in a folder are no columns of the same samples.
  const Drafted alone = drafted(folder, (folder / "walks").string());
  EXPECT_THAT(alone.views, ElementsAre("one", "other"));
  EXPECT_EQ(alone.train + alone.test, 12);
  folder.write("walks/run_0.csv", "a,b\n1,2\n2,3\n");
  EXPECT_THAT(refusal((folder / "walks.csv").string()),
              HasSubstr("paths of CSV files that are not time series with one header"));
}

TEST(Draft, OfPicturesOfManyBandsTakesBands) {
  const TemporaryFolder folder;
  std::string rows = "tile,scan,map,height\n";
  for (std::uint64_t i = 0; i < 12; ++i) {
    std::vector<std::uint16_t> values(6 * 16 * 16);
    for (std::size_t j = 0; j < values.size(); ++j)
      values[j] = static_cast<std::uint16_t>(9000 + 999 * drawn(i, j));
    folder.write(fmt::format("tiles/{}.npy", i),
                 npy("<u2", "'shape': (6, 16, 16)", bytes_of(values)));
    values.resize(4 * 16 * 16);
    folder.write(fmt::format("maps/{}.npy", i),
                 npy("<u2", "'shape': (4, 16, 16)", bytes_of(values)));
    rows += fmt::format("{0},tiles/{0}.npy,maps/{0}.npy,{1:.3f}\n", i, drawn(i, 5000));
  }
  const Drafted tiles = drafted(folder, folder.write("tiles.csv", rows).string());
  EXPECT_THAT(tiles.views, ElementsAre("scan", "map", "height"));
  EXPECT_EQ(std::get<views::BandsViewOptions>(tiles.recipe.view[0].options).size, 16);
  EXPECT_TRUE(std::holds_alternative<views::ArrayViewOptions>(tiles.recipe.view[1].options))
      << "four may be colours and alpha";
  const Drafted alone = drafted(folder, (folder / "tiles").string());
  EXPECT_THAT(alone.views, ElementsAre("one", "other"));
  EXPECT_THAT(std::get<views::BandsViewOptions>(alone.recipe.view[1].options).select,
              ElementsAre("#4..#6"));
}

TEST(Draft, JoinsTablesRowByRow) {
  const TemporaryFolder folder;
  std::string left = "a,b,label\n", right = "c,d,e,label\n";
  for (std::uint64_t i = 0; i < 30; ++i) {
    left += fmt::format("{:.3f},{:.3f},{}\n", drawn(i, 0), drawn(i, 1), i % 3);
    right += fmt::format("{:.3f},{:.3f},{:.3f},{}\n", drawn(i, 2), drawn(i, 3), drawn(i, 4), i % 3);
  }
  folder.write("tables/left.csv", left);
  folder.write("tables/right.csv", right);
  const Drafted tables = drafted(folder, (folder / "tables").string());
  EXPECT_THAT(tables.views, ElementsAre("left", "right"));
  EXPECT_EQ(tables.recipe.view[1].source.table, "right.csv");
  EXPECT_THAT(tables.recipe.view[1].source.columns, ElementsAre("c", "d", "e"))
      << "without the label, which stands there too";
  folder.write("tables/right.csv", "c\n1\n");
  EXPECT_THAT(refusal((folder / "tables").string()),
              HasSubstr("left.csv has 30 rows and right.csv has 1"));
}

TEST(Draft, SaysWhatItFoundWhereNothingCanBeLearned) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "empty");
  EXPECT_THAT(refusal((folder / "empty").string()), HasSubstr("holds no file"));
  folder.write("texts/a.txt", "a");
  EXPECT_THAT(refusal((folder / "texts").string()),
              HasSubstr("holds nothing but 1 other file (.txt)"));
  std::string column = "size,kind\n";
  for (int i = 0; i < 30; ++i) column += fmt::format("{},{}\n", i * i, i % 2 == 0 ? "a" : "b");
  EXPECT_THAT(refusal(folder.write("one.csv", column).string()),
              AllOf(HasSubstr("of its 2 columns only \"size\" can be learned from"),
                    HasSubstr("two views need two columns")));
  EXPECT_THAT(refusal(folder.write("row.csv", "a,b\n1,2\n").string()),
              HasSubstr("holds 1 sample:"));
  folder.write("mixed/a.png", "x");
  folder.write("mixed/a.wav", "x");
  EXPECT_THAT(refusal((folder / "mixed").string()),
              AllOf(HasSubstr("holds 1 picture, 1 sound"), HasSubstr("write a table")));
  EXPECT_THAT(refusal((folder / "mixed/a.wav").string()), HasSubstr("is one sound"));
  EXPECT_THAT(refusal((folder / "missing").string()), HasSubstr("there is no such file or folder"));
}

}  // namespace
}  // namespace cmc::draft
