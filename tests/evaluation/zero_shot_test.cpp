#include "cmc/evaluation/zero_shot.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/evaluation/evaluation.h"
#include "tests/temporary_folder.h"

namespace cmc::evaluation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> texts_of(const std::vector<ClassTexts>& all) {
  std::vector<std::string> texts;
  for (const ClassTexts& one : all)
    for (const std::string& text : one.texts) texts.push_back(one.name + ": " + text);
  return texts;
}

const std::vector<std::string> animals = {"cat", "dog", "horse"};

TEST(ClassTexts, AreTheClassesNamesOrThoseOfAFile) {
  EXPECT_THAT(texts_of(class_texts(animals, {}, {}, "")),
              ElementsAre("cat: cat", "dog: dog", "horse: horse"));
  EXPECT_THAT(texts_of(class_texts(animals, {"a cat ", "a dog", "a horse"}, {}, "names")),
              ElementsAre("cat: a cat", "dog: a dog", "horse: a horse"));
  EXPECT_THAT(texts_of(class_texts(
                  animals, {"horse\tmare\tstallion, foal", "cat\ttom", "dog\tpup\t"}, {}, "names")),
              ElementsAre("cat: tom", "dog: pup", "horse: mare", "horse: stallion, foal"));
}

TEST(ClassTexts, AreFilledIntoTemplates) {
  EXPECT_THAT(
      texts_of(class_texts({"cat"}, {"cat\ttom\tkit"}, {"a {}", "the {} is a {}"}, "names")),
      ElementsAre("cat: a tom", "cat: the tom is a tom", "cat: a kit", "cat: the kit is a kit"));
}

TEST(ClassTexts, MustNameEachClass) {
  const auto message = [](const std::vector<std::string>& lines,
                          const std::vector<std::string>& templates = {}) {
    return message_of<UsageError>([&] { class_texts(animals, lines, templates, "names.txt"); });
  };
  EXPECT_THAT(message({"a", "b"}), HasSubstr("names.txt: 2 lines for 3 classes, cat, dog, horse"));
  EXPECT_THAT(
      message({"cat\ta", "dog\tb", "hose\tc"}),
      HasSubstr("names.txt: the data has no class \"hose\"; it has 3 classes; the nearest is "
                "\"horse\""));
  EXPECT_THAT(message({"cat\ta", "dog\tb"}), HasSubstr("class \"horse\" has no line"));
  EXPECT_THAT(message({"cat\ta", "cat\tb"}), HasSubstr("class \"cat\" has two lines"));
  EXPECT_THAT(message({"cat\t ", "dog\tb"}), HasSubstr("class \"cat\" has no text"));
  EXPECT_THAT(message({}, {"a picture"}), HasSubstr("template \"a picture\" has no {}"));
}

/// The same by loops, in double.
ZeroShotRow slow_row(const at::Tensor& samples, const at::Tensor& labels,
                     const at::Tensor& classes) {
  const at::Tensor x = samples.to(at::kDouble), y = classes.to(at::kDouble);
  const std::int64_t n = x.size(0), c = y.size(0), d = x.size(1);
  const auto cosine = [&](std::int64_t i, std::int64_t j) {
    double dot = 0, own = 0, other = 0;
    for (std::int64_t k = 0; k < d; ++k) {
      const double a = x[i][k].item<double>(), b = y[j][k].item<double>();
      dot += a * b;
      own += a * a;
      other += b * b;
    }
    return dot / std::sqrt(own * other);
  };
  std::vector<double> hits(c), sizes(c);
  double first = 0, five = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto label = labels[i].item<std::int64_t>();
    int nearer = 0;
    for (std::int64_t j = 0; j < c; ++j)
      if (j != label && cosine(i, j) >= cosine(i, label)) ++nearer;
    ++sizes[label];
    if (nearer == 0) ++hits[label], ++first;
    if (nearer < 5) ++five;
  }
  double balanced = 0, having = 0, largest = 0;
  for (std::int64_t j = 0; j < c; ++j) {
    largest = std::max(largest, sizes[j]);
    if (sizes[j] == 0) continue;
    balanced += hits[j] / sizes[j];
    ++having;
  }
  const auto count = static_cast<double>(n);
  return {.samples = n,
          .accuracy = first / count,
          .balanced = balanced / having,
          .largest_class = largest / count,
          .top_5 = five / count};
}

TEST(ZeroShot, IsTheShareWhoseClassLiesNearest) {
  at::manual_seed(4);
  const std::int64_t n = 90, c = 13;
  const at::Tensor classes = at::randn({c, 6});
  at::Tensor labels = at::randint(0, c - 1, {n}, at::kLong);  // the last class has no sample
  labels.narrow(0, 0, 30).fill_(2);                           // and one has most
  const at::Tensor samples = 3 * (classes.index_select(0, labels) + 1.2 * at::randn({n, 6}));
  const ZeroShotRow row = zero_shot_row(samples, labels, 7 * classes),
                    slow = slow_row(samples, labels, classes);
  EXPECT_GT(slow.accuracy, 0.2);
  EXPECT_LT(slow.accuracy, 0.8);
  EXPECT_GT(std::abs(slow.accuracy - slow.balanced), 0.001);
  EXPECT_EQ(row.samples, n);
  EXPECT_NEAR(row.accuracy, slow.accuracy, 1e-12);
  EXPECT_NEAR(row.balanced, slow.balanced, 1e-12);
  EXPECT_NEAR(row.top_5, slow.top_5, 1e-12);
  EXPECT_NEAR(row.largest_class, slow.largest_class, 1e-12);
  EXPECT_LT(row.low, row.accuracy);
  EXPECT_GT(row.high, row.accuracy);
}

TEST(ZeroShot, FindsNothingByCollapsedEmbeddings) {
  const at::Tensor classes = at::ones({4, 3}), labels = at::arange(4, at::kLong);
  const ZeroShotRow row = zero_shot_row(at::ones({4, 3}), labels, classes);
  EXPECT_EQ(row.accuracy, 0);
  EXPECT_NEAR(row.low, 0, 1e-12);
  EXPECT_TRUE(std::isnan(row.top_5));  // five of four would say nothing
}

TEST(ZeroShot, RefusesOtherShapes) {
  const at::Tensor labels = at::zeros({4}, at::kLong);
  EXPECT_THROW(zero_shot_row(at::ones({4, 3}), labels, at::ones({2, 4})), Error);
  EXPECT_THROW(zero_shot_row(at::ones({5, 3}), labels, at::ones({2, 3})), Error);
  EXPECT_THROW(zero_shot_row(at::ones({0, 3}), labels.narrow(0, 0, 0), at::ones({2, 3})), Error);
}

TEST(ZeroShot, CountsEachTextOfAClassAlike) {
  const at::Tensor embeddings = at::tensor({9.0, 0.0, 0.0, 0.1, 0.0, -2.0}).view({3, 2});
  const at::Tensor classes = class_embeddings(embeddings, {{"a", {"x", "y"}}, {"b", {"z"}}});
  const double half = std::sqrt(0.5);
  EXPECT_TRUE(at::allclose(classes, at::tensor({half, half, 0.0, -1.0}).view({2, 2}).to(at::kFloat),
                           1e-6, 1e-6))
      << classes;
  EXPECT_THROW(class_embeddings(embeddings, {{"a", {"x", "y"}}}), Error);
}

const std::vector<data::Source> sources = {{.name = "photo"},
                                           {.name = "en", .kind = data::SourceKind::text},
                                           {.name = "es", .kind = data::SourceKind::text}};
const std::vector<data::ViewShape> views = {{.name = "photo", .source = 0},
                                            {.name = "caption", .source = 1},
                                            {.name = "spanish", .source = 2}};

TEST(ZeroShotTask, IsEachOtherViewOfTheRun) {
  const ZeroShotTask task = zero_shot_task({.text_view = "spanish"}, animals, sources, views);
  EXPECT_EQ(task.text_view, 2u);
  EXPECT_THAT(task.views, ElementsAre(0u, 1u));
  EXPECT_THAT(
      zero_shot_task({.text_view = "caption", .views = {"photo"}}, animals, sources, views).views,
      ElementsAre(0u));
  const std::vector<data::ViewShape> two = {views[0], views[1]};
  EXPECT_EQ(zero_shot_task({}, animals, sources, two).text_view, 1u);
}

TEST(ZeroShotTask, SaysWhatItLacks) {
  const auto message = [](const ZeroShotOptions& options,
                          const std::vector<data::ViewShape>& shapes = views,
                          const std::vector<std::string>& classes = animals) {
    return message_of<UsageError>([&] { zero_shot_task(options, classes, sources, shapes); });
  };
  EXPECT_THAT(message({}, {views[0]}), HasSubstr("no view of texts"));
  EXPECT_THAT(message({}), HasSubstr("2 views of texts, caption, spanish: --text-view"));
  EXPECT_THAT(message({.text_view = "spansh"}), HasSubstr("the nearest is \"spanish\""));
  EXPECT_THAT(message({.text_view = "photo"}), HasSubstr("\"photo\" is of the kind image"));
  EXPECT_THAT(message({.text_view = "caption", .views = {"foto"}}),
              HasSubstr("the nearest is \"photo\""));
  EXPECT_THAT(message({}, {views[1]}), HasSubstr("no view beside \"caption\""));
  EXPECT_THAT(message({}, views, {}), HasSubstr("labels are classes"));
}

TEST(ZeroShot, IsReadAsItWasWritten) {
  Evaluation evaluation;
  evaluation.zero_shot = ZeroShot{.text_view = "caption",
                                  .templates = {"a {}"},
                                  .classes = {{"cat", {"a cat", "a tom"}}, {"dog", {"a dog"}}},
                                  .rows = {{.view = "photo",
                                            .samples = 40,
                                            .accuracy = 0.5,
                                            .low = 0.3,
                                            .high = 0.7,
                                            .balanced = 0.4,
                                            .largest_class = 0.6}}};
  nlohmann::json json = to_json(evaluation);
  const Evaluation read = evaluation_from_json(json);
  ASSERT_TRUE(read.zero_shot);
  EXPECT_EQ(to_json(read), json);
  EXPECT_TRUE(json["zero_shot"]["rows"][0]["top_5"].is_null());
  EXPECT_EQ(json["zero_shot"]["chance"], 0.5);
  EXPECT_EQ(rows_of(*read.zero_shot)[0]["text_view"], "caption");
  json["zero_shot"]["rows"][0].erase("balanced");
  EXPECT_THAT(message_of<Error>([&] { evaluation_from_json(json); }), HasSubstr("zero_shot"));
  json = to_json(evaluation);
  json["zero_shot"]["classes"] = nlohmann::json::array();
  EXPECT_THAT(message_of<Error>([&] { evaluation_from_json(json); }), HasSubstr("no class"));
}

}  // namespace
}  // namespace cmc::evaluation
