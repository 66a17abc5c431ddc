#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <thread>

#include "cmc/error.h"
#include "cmc/exchange/embed.h"
#include "cmc/exchange/export.h"
#include "cmc/exchange/inspect.h"
#include "cmc/exchange/search.h"
#include "cmc/exchange/vector_writer.h"
#include "cmc/files/npy.h"
#include "tests/distributed/processes.h"
#include "tests/exchange/own_views_run.h"
#include "tests/exchange/small_run.h"

namespace cmc::exchange {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Embedded {
  at::Tensor rows;
  std::vector<std::int64_t> indices;
  EncodeSummary summary;
};

Embedded embedded(const LoadedRun& run, std::size_t view,
                  const std::shared_ptr<const data::Dataset>& samples) {
  std::vector<at::Tensor> rows;
  Embedded result;
  result.summary = encode_all(run, view, samples, {.batch_size = 3},
                              [&](const at::Tensor& batch, const at::Tensor& indices) {
                                rows.push_back(batch.clone());
                                for (std::int64_t i = 0; i < indices.size(0); ++i)
                                  result.indices.push_back(indices[i].item<std::int64_t>());
                              });
  result.rows = at::cat(rows);
  return result;
}

recipe::Recipe run_recipe(const std::filesystem::path& run) {
  return runs::RunFolder::open(run).recipe();
}

cv::Mat cells(const std::vector<float>& values) {
  return cv::Mat(values, true).reshape(1, 1);
}

TEST(OwnViews, ProcessesEmbedTogetherWhatOneDoes) {
  const TemporaryFolder folder;
  const std::string path = test::own_views_run(folder);
  const LoadedRun run = load(path);
  const std::size_t touch = run.view("touch");
  const auto samples = samples_for(run, {&touch, 1}, "");
  const EncodeOptions options{.batch_size = 7, .workers = 1};
  const EncodeSummary alone = embed(run, touch, samples, folder / "one.npy", options);
  std::vector<LoadedRun> runs{run, load(path), load(path)};
  std::vector<EncodeSummary> all(3);
  distributed::run_processes(3, [&](distributed::ProcessGroup& group) {
    EncodeOptions own = options;
    own.group = &group;
    const int rank = group.rank();
    all[rank] = embed(runs[rank], touch, samples_for(runs[rank], {&touch, 1}, ""),
                      folder / "three.npy", own);
  });
  EXPECT_EQ(bytes_of(folder / "three.ids.csv"), bytes_of(folder / "one.ids.csv"));
  EXPECT_EQ(all[0].rows, alone.rows);
  EXPECT_EQ(all[0].missing, alone.missing);
  const cv::Mat one = files::read_npy(folder / "one.npy"),
                three = files::read_npy(folder / "three.npy");
  ASSERT_EQ(one.total(), three.total());
  EXPECT_LT(cv::norm(one, three, cv::NORM_INF), 1e-5);
}

TEST(OwnViews, EmbedLeavesOutSamplesThatLackTheView) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::own_views_run(folder));
  const std::size_t touch = run.view("touch");
  const auto samples = samples_for(run, {&touch, 1}, "");
  ASSERT_EQ(samples->size(), 20);
  EXPECT_EQ(samples->sources().size(), 1u);  // the others are not even opened
  const Embedded found = embedded(run, touch, samples);
  EXPECT_THAT(found.indices, ElementsAre(1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 17, 18, 19));
  EXPECT_EQ(found.summary.missing, 5);
  const std::vector<cv::Mat> values = {cells({4, 1, static_cast<float>(std::cos(2))})};
  EXPECT_TRUE(at::allclose(found.rows.slice(0, 1, 2),
                           run.encode(touch, values, Output::representation), 1e-5, 1e-5));
  embed(run, touch, samples, folder / "x.npy", {});
  EXPECT_THAT(bytes_of(folder / "x.ids.csv"),
              ::testing::StartsWith("id,row,part,label\nthing 1,1,,\nthing 2,2,,\nthing 3,3,,\n"
                                    "thing 5,5,,\n"));
}

TEST(OwnViews, EmbedStandardisesOtherDataByTheTrainingPart) {
  const TemporaryFolder folder, other;
  const LoadedRun run = load(test::own_views_run(folder));
  const std::size_t shape = run.view("shape"), touch = run.view("touch");
  // Columns in another order, a category that training never saw, no key.
  other.write("new.csv", "kind,a1,more,a0\nodd,40,x,3\nnever,,x,2\n");
  const auto samples = samples_for(run, {&shape, 1}, (other / "new.csv").string());
  EXPECT_EQ(samples->name(1), "row 1");
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<cv::Mat> values = {cells({3, 40, 1}), cells({2, nan, nan})};
  const at::Tensor expected = run.encode(shape, values, Output::representation);
  EXPECT_TRUE(at::allclose(embedded(run, shape, samples).rows, expected, 1e-5, 1e-5));
  // A table that is joined: the manifest with the table beside it, or, without one, the table
  // itself.
  test::write_things(other, 8);
  EXPECT_EQ(embedded(run, touch, samples_for(run, {&touch, 1}, (other / "things.csv").string()))
                .indices.size(),
            6u);
  std::filesystem::rename(other / "touch.csv", other / "alone.csv");
  const auto alone = samples_for(run, {&touch, 1}, (other / "alone.csv").string());
  EXPECT_EQ(embedded(run, touch, alone).rows.size(0), 6);
}

TEST(OwnViews, EmbedAsksForNothingThatItDoesNotNeed) {
  const TemporaryFolder folder, other;
  LoadedRun run = load(test::own_views_run(folder));
  run.recipe.data.manifest.duplicates = "content";
  run.recipe.data.manifest.part = "part";
  run.recipe.data.classes = {"odd", "even"};
  const std::size_t shape = run.view("shape");
  other.write("new.csv", "kind,a0,a1,part\nodd,3,40,test\nodd,2,30,test\n");
  EXPECT_EQ(samples_for(run, {&shape, 1}, (other / "new.csv").string())->size(), 2);
}

TEST(OwnViews, EmbedTakesAPatternOfFiles) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::own_views_run(folder));
  const std::size_t clip = run.view("clip");
  const Embedded found =
      embedded(run, clip, samples_for(run, {&clip, 1}, (folder / "clip{n}.wav").string()));
  ASSERT_EQ(found.rows.size(0), 16);
  const std::vector<cv::Mat> sound = {run.read(clip, folder / "clip1.wav")};
  EXPECT_TRUE(at::allclose(found.rows.slice(0, 0, 1),
                           run.encode(clip, sound, Output::representation), 1e-5, 1e-5));
}

TEST(OwnViews, DataThatDoesNotFitIsNamed) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::own_views_run(folder));
  const auto message = [&](const char* view, const std::string& csv) {
    const std::size_t place = run.view(view);
    const auto path = folder.write("bad/bad.csv", csv);
    return message_of<Error>([&] { samples_for(run, {&place, 1}, path.string()); });
  };
  EXPECT_THAT(
      message("shape", "a0,a2,kind\n1,2,odd\n"),
      HasSubstr("there is no column \"a1\", which view \"shape\" asks for; the nearest is"));
  EXPECT_THAT(message("touch", "b0,b1,between,b2\n1,2,3,4\n"),
              HasSubstr("bad.csv: \"touch\" has 4 columns; the run learned from 3"));
  EXPECT_THAT(message("touch", "b0,b1,b2\n1,two,3\n"), HasSubstr("where a number was expected"));
  const std::size_t clip = run.view("clip");
  EXPECT_THAT(message_of<Error>([&] {
                samples_for(run, {&clip, 1}, folder.path().string());
              }),
              HasSubstr("the view \"clip\" is of the kind audio"));
  EXPECT_THAT(message_of<Error>([&] {
                const std::vector<cv::Mat> values = {cells({1, 2})};
                run.encode(run.view("shape"), values, Output::embedding);
              }),
              HasSubstr("holds 2 numbers; the run learned from 3"));
}

// 40 times 5 s apart, coordinates 2 cm apart, int64 milliseconds: none of them fits float32.
TEST(OwnViews, WhatLiesFarFromZeroStaysApartInEmbeddingsAndExports) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::times_run(folder));
  for (const std::string name : {"time", "scan"}) {
    const std::size_t view = run.view(name);
    const auto samples = samples_for(run, {&view, 1}, "");
    const at::Tensor rows = embedded(run, view, samples).rows;
    // The table's numbers stand beside the hidden layer; a dead unit is 0 for all.
    EXPECT_EQ(std::get<0>(at::unique_dim(rows, 0)).size(0), 40) << name;

    const auto about = export_encoder(run, view, Output::representation, ExportFormat::torchscript,
                                      folder / (name + ".pt"));
    EXPECT_THAT(about.at("input"), testing::StartsWith("float64 [N, "));
    std::vector<at::Tensor> raw;
    for (std::int64_t i = 0; i < samples->size(); ++i) {
      const cv::Mat value = samples->value(i, 0);
      ASSERT_EQ(value.type(), CV_64FC1);
      raw.push_back(
          at::from_blob(value.data, {static_cast<std::int64_t>(value.total())}, at::kDouble)
              .clone());
    }
    torch::jit::Module module = torch::jit::load((folder / (name + ".pt")).string());
    const at::Tensor exported = module.forward({at::stack(raw)}).toTensor();
    EXPECT_EQ(exported.scalar_type(), at::kFloat);
    EXPECT_TRUE(at::allclose(exported, rows, 1e-5, 1e-5)) << name;

    export_encoder(run, view, Output::embedding, ExportFormat::onnx, folder / (name + ".onnx"));
    const nlohmann::json model = inspect(folder / (name + ".onnx"));
    EXPECT_EQ(model["inputs"][0]["type"], "DOUBLE");
    EXPECT_EQ(model["outputs"][0]["type"], "FLOAT");
  }
}

TEST(OwnViews, EmbedTakesTheRowsOfAnArray) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::times_run(folder));
  const std::size_t scan = run.view("scan");
  const auto own = samples_for(run, {&scan, 1}, "");
  const std::vector<std::int64_t> last = {1700000000273, 1700000000274, 1700000000275};
  const auto path = folder.write("new.npy", npy("<i8", "'shape': (1, 3)", bytes_of(last)));
  const auto samples = samples_for(run, {&scan, 1}, path.string());
  EXPECT_TRUE(at::allclose(embedded(run, scan, samples).rows,
                           embedded(run, scan, own).rows.slice(0, 39, 40), 1e-5, 1e-6));
  const auto longer =
      folder.write("longer.npy", npy("<i8", "'shape': (1, 4)", std::string(32, '\0')));
  EXPECT_THAT(message_of<Error>([&] {
                samples_for(run, {&scan, 1}, longer.string());
              }),
              HasSubstr("holds arrays of 1 × 1 × 4"));
}

TEST(OwnViews, AFittedFileOfOtherSizesOrOfNoNumbersIsRefused) {
  const TemporaryFolder folder;
  const auto path = test::times_run(folder);
  const nlohmann::json whole = nlohmann::json::parse(bytes_of(path / "fitted.json"));
  const auto refused = [&](const char* place, const nlohmann::json& value) {
    nlohmann::json json = whole;
    json[nlohmann::json::json_pointer(place)] = value;
    std::ofstream(path / "fitted.json") << json.dump();
    const std::string text = message_of<Error>([&] { load(path); });
    EXPECT_THAT(text, HasSubstr("fitted.json")) << place << " = " << value;
    EXPECT_EQ(
        message_of<Error>([&] { runs::set_up(run_recipe(path), runs::RunFolder::open(path)); }),
        text)
        << place << " = " << value;
  };
  const std::string time = "/standardization/time/", scan = "/standardization/scan/";
  for (const std::string& view : {time, scan})
    for (const char* const key : {"mean", "deviation", "missing"}) {
      refused((view + key).c_str(), nlohmann::json::array());
      refused((view + key).c_str(), {1, 1, 1, 1});
      refused((view + key).c_str(), 1);
      refused((view + key + "/0").c_str(), nullptr);
    }
  refused((time + "deviation").c_str(), {5, 0});
  refused((time + "deviation").c_str(), {-5, 1});
  refused((time + "missing").c_str(), {0, 2});
  refused("/sources/0/columns", nlohmann::json::array());
  refused("/sources/0/channels", 3);
  refused("/sources/1/width", -3);
  refused("/sources/1/width", std::int64_t{1} << 40);
  refused("/sources/1/columns", whole["sources"][0]["columns"]);
  refused("/sources", nlohmann::json::array());
}

TEST(OwnViews, SearchFindsAcrossViewsWhatHasThem) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::own_views_run(folder));
  const std::size_t shape = run.view("shape"), clip = run.view("clip");
  const std::vector<std::size_t> both = {clip, shape};
  const auto samples = samples_for(run, both, "");
  const Search search(run, samples, clip, {});
  EXPECT_FALSE(search.reused());
  EXPECT_EQ(search.rows(), 16);
  const auto query = [&](const std::string& thing, std::size_t from) {
    return find_query(run, *samples, thing, from);
  };
  const Query by_name = query("thing 7", shape), by_number = query("7", shape);
  EXPECT_EQ(by_name.id, "thing 7");
  EXPECT_EQ(by_number.id, "thing 7");
  const auto hits = search({by_name}, shape, 20)[0];
  ASSERT_EQ(hits.size(), 16u);
  for (const Hit& hit : hits) EXPECT_NE(hit.index % 5, 0) << "a sample without a clip was found";
  // A sound finds itself first, from its file.
  const Query sound = query((folder / "clip3.wav").string(), clip);
  EXPECT_EQ(sound.row, -1);
  const Hit first = search({sound}, clip, 1)[0][0];
  EXPECT_EQ(first.index, 3);
  EXPECT_EQ(first.id, "thing 3");
  EXPECT_NEAR(first.similarity, 1, 1e-5);
  EXPECT_GT(run.show(clip, sound.value).cols, 1);

  EXPECT_TRUE(Search(run, samples, clip, {}).reused());
  EXPECT_THAT(message_of<UsageError>([&] { query("thing 5", clip); }),
              HasSubstr("sample thing 5 lacks the view \"clip\""));
  EXPECT_THAT(message_of<UsageError>([&] { query("thing 99", clip); }),
              HasSubstr("expected a file of the kind audio, or a sample"));
  // As many other samples, under the same names, are another index.
  const Search tables(run, samples, shape, {});
  EXPECT_TRUE(Search(run, samples, shape, {}).reused());
  const TemporaryFolder other;
  test::write_things(other, 20, 2);
  const auto others = samples_for(run, both, (other / "things.csv").string());
  EXPECT_FALSE(Search(run, others, shape, {}).reused());
}

/// The run's things under other columns: an answer that the run never met, and parts.
TEST(OwnViews, EmbedWritesTheInputsOrderAndTheNamesOfItsClasses) {
  const TemporaryFolder folder, other;
  LoadedRun run = load(test::own_views_run(folder));
  run.recipe.data.manifest.label = "answer";
  run.recipe.data.manifest.part = "part";
  run.classes = {"emu", "fox"};
  const std::size_t shape = run.view("shape");
  const std::string csv = (other.write("new.csv",
                                       "id,a0,a1,kind,part,answer\nz,1,2,odd,test,fox\n"
                                       "y,3,4,odd,train,\"gnu, white\"\nx,5,6,even,train,\n"
                                       "w,7,8,even,test,emu\n"))
                              .string();
  const auto samples = samples_for(run, {&shape, 1}, csv);
  embed(run, shape, samples, other / "x.npy", {.batch_size = 3});
  EXPECT_EQ(
      bytes_of(other / "x.ids.csv"),
      "id,row,part,label\nz,0,test,fox\ny,1,train,\"gnu, white\"\nx,2,train,\nw,3,test,emu\n");
  EXPECT_THAT(unknown_classes(run, *samples), ElementsAre("gnu, white"));
  // A part keeps the rows of the whole.
  embed(run, shape, samples_for(run, {&shape, 1}, csv, Part::test), other / "test.npy", {});
  EXPECT_EQ(bytes_of(other / "test.ids.csv"), "id,row,part,label\nz,0,test,fox\nw,3,test,emu\n");
  // The vectors are those of these rows.
  const std::vector<cv::Mat> last = {cells({7, 8, 0})};
  EXPECT_TRUE(at::allclose(embedded(run, shape, samples).rows.slice(0, 3),
                           run.encode(shape, last, Output::representation), 1e-5, 1e-5));
}

TEST(OwnViews, EmbedWritesNumbersThatAreLabels) {
  const TemporaryFolder folder, other;
  LoadedRun run = load(test::own_views_run(folder));
  run.recipe.data.manifest.label = "height";
  const std::size_t shape = run.view("shape");
  const auto csv = other.write("new.csv", "a0,a1,kind,height\n1,2,odd,0.1\n3,4,odd,\n");
  embed(run, shape, samples_for(run, {&shape, 1}, csv.string()), other / "x.npy", {});
  EXPECT_EQ(bytes_of(other / "x.ids.csv"), "id,row,part,label\nrow 0,0,,0.1\nrow 1,1,,\n");
}

TEST(OwnViews, AQueryIsARowOfTheInputWhateverItsPart) {
  const TemporaryFolder folder, other;
  LoadedRun run = load(test::own_views_run(folder));
  run.recipe.data.manifest.part = "part";
  const std::size_t shape = run.view("shape");
  const auto csv = other.write(
      "new.csv", "a0,a1,kind,part\n1,2,odd,test\n3,4,odd,train\n5,6,even,test\n7,8,odd,train\n");
  const auto every = samples_for(run, {&shape, 1}, csv.string());
  const auto test = of_part(every, Part::test);
  const Query query = find_query(run, *every, "3", shape);
  EXPECT_EQ(query.id, "row 3");
  EXPECT_EQ(query.row, 3);
  EXPECT_EQ(find_query(run, *every, "row 2", shape).row, 2);
  const Search search(run, test, shape, {});
  const std::vector<Hit> hits = search({query}, shape, 5)[0];
  for (const Hit& hit : hits) {
    EXPECT_EQ(hit.row % 2, 0) << "a sample of the training part was found";
    EXPECT_EQ(hit.id, fmt::format("row {}", hit.row));
  }
  EXPECT_THAT(message_of<UsageError>([&] { find_query(run, *every, "4", shape); }),
              HasSubstr("by its name or its row, 0 to 3"));
}

TEST(OwnViews, ANameThatTwoSamplesHaveIsNoQuery) {
  const TemporaryFolder folder, pictures;
  const LoadedRun run = load(test::small_run(folder, "kind = \"color\"\nsize = 16"));
  for (const char* const name : {"train/a/1.png", "test/a/1.png"}) {
    std::filesystem::create_directories((pictures / name).parent_path());
    cv::imwrite((pictures / name).string(), test::random_pictures(1)[0]);
  }
  const std::size_t view = run.view("L");
  const auto samples = samples_for(run, {&view, 1}, pictures.path().string());
  EXPECT_EQ(message_of<UsageError>([&] { find_query(run, *samples, "a/1.png", view); }),
            "query \"a/1.png\": samples 0 and 1 have this name: name one by its number");
  EXPECT_EQ(find_query(run, *samples, "1", view).row, 1);
}

TEST(OwnViews, NumbersOfAnotherFilesClassesAreCalledAsTheRunCallsThem) {
  const TemporaryFolder folder, cifar;
  LoadedRun run = load(test::small_run(folder, "kind = \"color\"\nsize = 16"));
  run.recipe.data.classes = {"plane", "car",  "bird",  "cat",  "deer",
                             "dog",   "frog", "horse", "ship", "truck"};
  cifar.write("data_batch_1.bin", std::string(3073, '\3'));
  const std::size_t view = run.view("L");
  const auto samples = samples_for(run, {&view, 1}, cifar.path().string());
  EXPECT_EQ(samples->classes()[static_cast<std::size_t>(samples->label(0))], "cat");
  // Coarse classes stay coarse ones.
  const TemporaryFolder cifar100;
  run.recipe.data.classes.clear();
  run.recipe.data.coarse_labels = true;
  cifar100.write("train.bin", std::string("\5\70", 2) + std::string(3072, '\3'));
  EXPECT_EQ(samples_for(run, {&view, 1}, cifar100.path().string())->label(0), 5);
}

TEST(OwnViews, ServeManyThreadsAlike) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::own_views_run(folder));
  const std::vector<cv::Mat> sounds = {run.read(0, folder / "clip1.wav"),
                                       run.read(0, folder / "clip2.wav")};
  const std::vector<cv::Mat> rows = {cells({3, 40, 1}), cells({5, 90, 0})};
  const at::Tensor heard = run.encode(0, sounds, Output::embedding),
                   felt = run.encode(1, rows, Output::embedding);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 20; ++j) {
        EXPECT_TRUE(at::allclose(run.encode(0, sounds, Output::embedding), heard, 1e-5, 1e-6));
        EXPECT_TRUE(at::allclose(run.encode(1, rows, Output::embedding), felt, 1e-5, 1e-6));
      }
    });
}

TEST(OwnViews, ExportTakesRawColumnsAndSaysWhatToFeed) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::own_views_run(folder));
  const std::size_t shape = run.view("shape");
  for (const Output output : {Output::representation, Output::embedding}) {
    const auto about =
        export_encoder(run, shape, output, ExportFormat::torchscript, folder / "x.pt", true);
    EXPECT_EQ(about.at("input_name"), "rows");
    EXPECT_THAT(about.at("input"), HasSubstr("float32 [N, 3]: N rows of the 3 columns"));
    EXPECT_EQ(about.at("columns"),
              R"([{"name":"a0"},{"name":"a1"},{"categories":["even","odd"],"name":"kind"}])");
    torch::jit::Module module = torch::jit::load((folder / "x.pt").string());
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<cv::Mat> rows = {cells({3, 40, 1}), cells({nan, 4, nan})};
    const at::Tensor raw = at::tensor({3.f, 40.f, 1.f, nan, 4.f, nan}).reshape({2, 3});
    EXPECT_TRUE(at::allclose(module.forward({raw}).toTensor(), run.encode(shape, rows, output),
                             1e-4, 1e-4));
  }
  const auto weights = export_encoder(run, shape, Output::embedding, ExportFormat::safetensors,
                                      folder / "x.safetensors");
  EXPECT_THAT(weights.at("input"), HasSubstr("float32 [N, 5, 1, 1]"));
  EXPECT_THAT(weights.at("standardization"), HasSubstr("\"deviation\":["));
}

}  // namespace
}  // namespace cmc::exchange
