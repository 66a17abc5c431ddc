#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "cmc/views/pictures/color_tensors.h"
#include "cmc/views/sources/array_view.h"
#include "cmc/views/sources/audio_view.h"
#include "cmc/views/sources/depth_view.h"
#include "cmc/views/sources/table_view.h"
#include "tests/views/pictures.h"

namespace cmc::views {
namespace {

/// Pictures with every kind of pixel: black, white, grey, saturated, random.
std::vector<cv::Mat> pictures(int width, int height, int type) {
  std::vector<cv::Mat> made = {test::noise(width, height, type, 1),
                               test::noise(width, height, type, 2)};
  made.emplace_back(height, width, type, cv::Scalar::all(0));
  made.emplace_back(height, width, type, cv::Scalar::all(255));
  made.emplace_back(height, width, type, cv::Scalar::all(119));
  made.emplace_back(height, width, type, cv::Scalar(255, 0, 3));
  return made;
}

at::Tensor batch_of(const std::vector<cv::Mat>& pictures) {
  std::vector<at::Tensor> rows;
  for (const cv::Mat& picture : pictures) {
    at::Tensor row = at::empty({picture.rows, picture.cols, picture.channels()}, at::kByte);
    std::memcpy(row.data_ptr(), picture.data, row.nbytes());
    rows.push_back(row.permute({2, 0, 1}));
  }
  return at::stack(rows);
}

/// The graph's views and those of the loader's path agree.
void compare(const ViewRecipe& recipe, int width, int height, int type) {
  const std::vector<cv::Mat> made = pictures(width, height, type);
  const auto split = make_split(recipe, test::shape_of(made[0]), Mode::evaluate);
  for (std::size_t v = 0; v < split->views().size(); ++v) {
    const data::ViewShape& shape = split->views()[v];
    const at::Tensor graph = split->of_batch(v, batch_of(made));
    ASSERT_EQ(graph.sizes().slice(1), at::IntArrayRef({shape.channels, shape.height, shape.width}));
    EXPECT_FALSE(split->formula(v).empty());
    for (std::size_t i = 0; i < made.size(); ++i) {
      std::vector<float> row = test::views_of(*split, made[i])[v];
      const at::Tensor loaded =
          at::from_blob(row.data(), {shape.height, shape.width, shape.channels}, at::kFloat)
              .permute({2, 0, 1});
      EXPECT_LT((graph[static_cast<std::int64_t>(i)] - loaded).abs().max().item<float>(), 2e-5)
          << kind(recipe.split) << ", view " << shape.name << ", picture " << i;
    }
  }
}

TEST(OfBatch, MakesWhatTheLoaderMakesInEveryColorSpace) {
  for (int space = 0; space < color_spaces; ++space)
    compare({.split = ColorOptions{.space = static_cast<ColorSpace>(space)}}, 9, 7, CV_8UC3);
  compare({.split = ColorOptions{.space = ColorSpace::lab, .alone = "b"}}, 9, 7, CV_8UC3);
  compare({.split = ChannelsOptions{.space = ColorSpace::lab}}, 9, 7, CV_8UC3);
}

TEST(OfBatch, MakesWhatTheLoaderMakesOfEverySplit) {
  for (const int type : {CV_8UC1, CV_8UC3}) {
    compare({.split = HalvesOptions{}}, 9, 7, type);
    compare({.split = HalvesOptions{.cut = Cut::top_bottom}}, 9, 7, type);
    compare({.split = QuadrantsOptions{}}, 9, 7, type);
    compare({.split = PatchesOptions{.size = 4, .distance = 2}}, 9, 7, type);
    compare({.split = AugmentedOptions{}}, 9, 7, type);
    // The blur reaches beyond the picture: its edges are mirrored more than once.
    for (const double sigma : {0.5, 1.5, 4.0})
      compare({.split = FrequencyOptions{.sigma = sigma}}, 9, 7, type);
  }
  compare({.split = HalvesOptions{},
           .normalization = {.mean = {0.485, 0.456, 0.406}, .deviation = {0.229, 0.224, 0.225}}},
          9, 7, CV_8UC3);
}

/// The rows that a transform of one view makes of values, and of_batch of the same as a tensor.
void compare(const PortableTransform& transform, const std::vector<cv::Mat>& values,
             const at::Tensor& raw, double tolerance) {
  const data::ViewShape& shape = transform.views()[0];
  ASSERT_EQ(raw.sizes().slice(1), at::IntArrayRef(transform.raw_input(0).shape));
  EXPECT_FALSE(transform.formula(0).empty());
  const at::Tensor graph = transform.of_batch(0, raw);
  ASSERT_EQ(graph.sizes().slice(1), at::IntArrayRef({shape.channels, shape.height, shape.width}));
  for (std::size_t i = 0; i < values.size(); ++i) {
    at::Tensor row = at::empty({shape.height, shape.width, shape.channels});
    float* const rows[] = {row.data_ptr<float>()};
    transform.apply({.values = {values[i]}}, {}, rows);
    const at::Tensor found = graph[static_cast<std::int64_t>(i)];
    EXPECT_LT((found - row.permute({2, 0, 1})).abs().max().item<float>(), tolerance)
        << shape.name << ", value " << i;
  }
}

TEST(OfBatch, MakesWhatTheLoaderMakesOfATable) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const data::Source table{.name = "touch",
                           .kind = data::SourceKind::table,
                           .shape = {4, 1, 1},
                           .columns = {{"a"}, {"b"}, {"ground", {"grass", "sand"}}, {"c", {"x"}}}};
  const Standardization known{{3, 7}, {2, 1}, {0.25, 0}};
  const auto view = make_view(TableViewOptions{}, {"touch", 0, table}, Mode::evaluate, known);
  ASSERT_EQ(view->views()[0].channels, 2 + 2 + 1 + 1);
  const std::vector<cv::Mat> rows = {test::row({1, 2, 0, 0}), test::row({nan, 8, 1, nan}),
                                     test::row({4, nan, nan, 0})};
  const at::Tensor raw = at::tensor({1.f, 2.f, 0.f, 0.f, nan, 8.f, 1.f, nan, 4.f, nan, nan, 0.f});
  compare(*view, rows, raw.reshape({3, 4}), 1e-6);
  const auto texts =
      make_view(TableViewOptions{},
                {"texts", 0, {.kind = data::SourceKind::table, .columns = {{"c", {"x", "y"}}}}},
                Mode::evaluate, Standardization{});
  compare(*texts, {test::row({1}), test::row({nan})}, at::tensor({1.f, nan}).reshape({2, 1}), 1e-6);
}

// Times since 1970 and a text; float32 would hold them to 128 s.
TEST(OfBatch, TakesFloat64WhereFloat32WouldRoundWhatIsStandardised) {
  const data::Source table{.name = "time",
                           .kind = data::SourceKind::table,
                           .shape = {3, 1, 1},
                           .columns = {{"t"}, {"small"}, {"ground", {"grass", "sand"}}}};
  const Standardization known{{1700000100, 0.5}, {57, 0.25}, {0, 0.1}};
  const auto view = make_view(TableViewOptions{}, {"time", 0, table}, Mode::evaluate, known);
  EXPECT_EQ(view->raw_input(0).type, at::kDouble);
  EXPECT_THAT(view->raw_input(0).description, testing::StartsWith("float64 [N, 3]: N rows of"));
  EXPECT_THAT(view->formula(0), testing::HasSubstr("computed in float64"));
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  at::Tensor raw =
      at::tensor({1700000000.0, 0.25, 0.0, 1700000005.0, nan, 1.0, nan, 1.0, nan}, at::kDouble)
          .reshape({3, 3});
  std::vector<cv::Mat> rows;
  for (int i = 0; i < 3; ++i)
    rows.push_back(cv::Mat(1, 3, CV_64FC1, raw[i].data_ptr<double>()).clone());
  compare(*view, rows, raw, 1e-6);
  const at::Tensor seen = view->of_batch(0, raw);
  EXPECT_EQ(seen.scalar_type(), at::kFloat);
  EXPECT_NEAR((seen[1][0] - seen[0][0]).item<float>(), 5 / 57.0, 1e-6);

  const auto scan = make_view(ArrayViewOptions{},
                              {"scan", 0, {.kind = data::SourceKind::array, .shape = {1, 1, 3}}},
                              Mode::evaluate, Standardization{{1700000100}, {57}, {0}});
  EXPECT_EQ(scan->raw_input(0).type, at::kDouble);
  at::Tensor times = at::tensor({1700000000.0, 1700000005.0, nan}, at::kDouble).reshape({1, 3});
  compare(*scan, {cv::Mat(1, 3, CV_64FC1, times.data_ptr<double>()).clone()}, times, 1e-6);
}

TEST(OfBatch, MakesWhatTheLoaderMakesOfSounds) {
  const data::Source voice{
      .name = "voice", .kind = data::SourceKind::audio, .shape = {1, 1, 0}, .rate = 8000};
  const Standardization known{{-4}, {3}, {0}};
  for (const double seconds : {0.2, 0.01}) {  // the second is shorter than the window
    const auto length = static_cast<std::int64_t>(seconds * 8000);
    const at::Tensor time = at::arange(length, at::kFloat) / 8000;
    // Silence, a loud tone, noise with a tone, and hardly anything.
    at::manual_seed(3);
    const at::Tensor sounds = at::stack({at::zeros({length}), (time * 6283).sin(),
                                         0.1 * at::randn({length}) + 0.5 * (time * 2000).sin(),
                                         1e-4 * at::randn({length})});
    std::vector<cv::Mat> values;
    for (int i = 0; i < 4; ++i)
      values.push_back(
          cv::Mat(1, static_cast<int>(length), CV_32FC1, sounds[i].data_ptr<float>()).clone());
    for (const SoundFeatures features : {SoundFeatures::log_mel, SoundFeatures::waveform}) {
      const auto view = make_view(AudioViewOptions{.features = features, .seconds = seconds},
                                  {"voice", 0, voice}, Mode::evaluate, known);
      compare(*view, values, sounds, 1e-3);
    }
  }
}

TEST(OfBatch, MakesWhatTheLoaderMakesOfArraysAndDistances) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  at::manual_seed(5);
  at::Tensor arrays = at::randn({3, 2, 4, 5});
  arrays[1][0][2][3] = nan;
  const int sizes[] = {2, 4, 5};
  std::vector<cv::Mat> values;
  for (int i = 0; i < 3; ++i)
    values.push_back(cv::Mat(3, sizes, CV_32FC1, arrays[i].data_ptr<float>()).clone());
  const auto scan = make_view(ArrayViewOptions{},
                              {"scan", 0, {.kind = data::SourceKind::array, .shape = {2, 4, 5}}},
                              Mode::evaluate, Standardization{{1, -1}, {2, 0.5}, {0, 0}});
  compare(*scan, values, arrays, 1e-6);
  const auto series =
      make_view(ArrayViewOptions{}, {"s", 0, {.kind = data::SourceKind::array, .shape = {1, 1, 3}}},
                Mode::evaluate, Standardization{{1}, {2}, {0}});
  compare(*series, {test::row({1, 2, nan})}, at::tensor({1.f, 2.f, nan}).reshape({1, 3}), 1e-6);
  const auto depth = make_view(DepthViewOptions{.size = 2}, {"depth", 0}, Mode::evaluate,
                               Standardization{{2}, {0.5}, {0.1}});
  cv::Mat metres(2, 2, CV_32FC1, cv::Scalar(3));
  metres.at<float>(1, 0) = nan;
  compare(*depth, {metres}, at::tensor({3.f, 3.f, nan, 3.f}).reshape({1, 2, 2}), 1e-6);
}

TEST(OfBatch, SaysInWordsWhatItDoes) {
  const ViewRecipe recipe{.split = HalvesOptions{},
                          .normalization = {.mean = {0.286}, .deviation = {0.353}}};
  const auto split = make_split(recipe, {1, 28, 28}, Mode::evaluate);
  EXPECT_EQ(split->formula(1),
            "rows 0 to 27 and columns 14 to 27 of the picture, (x / 255 − 0.286) / 0.353");
}

}  // namespace
}  // namespace cmc::views
