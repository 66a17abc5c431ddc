#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include <limits>

#include "cmc/error.h"
#include "cmc/exchange/embed.h"
#include "cmc/exchange/export.h"
#include "tests/exchange/own_views_run.h"
#include "tests/files/npy_file.h"

namespace cmc::exchange {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Steps × channels, of 5 + i steps.
std::vector<float> steps_of(int i) {
  std::vector<float> numbers;
  for (int t = 0; t < 5 + i; ++t)
    for (int c = 0; c < 3; ++c)
      numbers.push_back(std::sin(0.3f * static_cast<float>(i + t + 9 * c)));
  return numbers;
}

/// A run of an untrained encoder of series [T, 3], of which it sees the first and the third channel
/// in windows of 8 steps; that of sample 2 is missing.
std::filesystem::path series_run(const TemporaryFolder& folder) {
  std::string manifest = "id,walk,x\n";
  for (int i = 0; i < 10; ++i) {
    manifest += fmt::format("{},{},{}\n", i, i == 2 ? "" : fmt::format("{}.npy", i), i * i);
    folder.write(fmt::format("{}.npy", i),
                 npy("<f4", fmt::format("'shape': ({}, 3)", 5 + i), bytes_of<float>(steps_of(i))));
  }
  const auto path = folder.write("walks.csv", manifest);
  const auto recipe = folder.write("walks.toml", "[data]\nmanifest = \"" + path.string() + R"("
key = "id"
held_out = 0
[[view]]
name = "watch"
kind = "series"
column = "walk"
columns = ["#1", "#3"]
length = 8
[[view]]
name = "x"
kind = "table"
columns = ["x"]
[encoder]
channels = [4, 6]
embedding_dim = 5
)");
  return test::untrained_run(folder, recipe);
}

at::Tensor encoded(const LoadedRun& run, const std::shared_ptr<const data::Dataset>& samples,
                   std::vector<std::int64_t>& indices) {
  std::vector<at::Tensor> rows;
  encode_all(run, run.view("watch"), samples, {.batch_size = 4},
             [&](const at::Tensor& batch, const at::Tensor& of) {
               rows.push_back(batch.clone());
               for (std::int64_t i = 0; i < of.size(0); ++i)
                 indices.push_back(of[i].item<std::int64_t>());
             });
  return at::cat(rows);
}

TEST(SeriesRun, EmbedsAndExportsSeriesOfAnyLength) {
  const TemporaryFolder folder;
  const LoadedRun run = load(series_run(folder));
  const std::size_t view = run.view("watch");
  const auto samples = samples_for(run, {&view, 1}, "");
  std::vector<std::int64_t> indices;
  const at::Tensor rows = encoded(run, samples, indices);
  EXPECT_THAT(indices, ElementsAre(0, 1, 3, 4, 5, 6, 7, 8, 9));

  // The graph takes what is in the middle, or NaN behind the end.
  at::Tensor raw = at::full({9, 2, 8}, std::numeric_limits<float>::quiet_NaN());
  for (std::int64_t n = 0; n < 9; ++n) {
    const auto i = static_cast<int>(indices[static_cast<std::size_t>(n)]);
    std::vector<float> numbers = steps_of(i);
    const at::Tensor all = at::from_blob(numbers.data(), {5 + i, 3}, at::kFloat).t();
    const std::int64_t count = std::min(8, 5 + i), first = (5 + i - count) / 2;
    for (const int c : {0, 1})
      raw[n][c].narrow(0, 0, count).copy_(all[2 * c].narrow(0, first, count));
  }
  const auto about = export_encoder(run, view, Output::representation, ExportFormat::torchscript,
                                    folder / "watch.pt");
  EXPECT_THAT(about.at("input"), HasSubstr("float32 [N, 2, 8]: N series of 2 channels × 8 time"));
  torch::jit::Module module = torch::jit::load((folder / "watch.pt").string());
  EXPECT_TRUE(at::allclose(module.forward({raw}).toTensor(), rows, 1e-4, 1e-5));
  export_encoder(run, view, Output::embedding, ExportFormat::onnx, folder / "watch.onnx");
  EXPECT_GT(std::filesystem::file_size(folder / "watch.onnx"), 1000u);
}

TEST(SeriesRun, ReadsOtherFilesAsTheRunLearnedThem) {
  const TemporaryFolder folder;
  const LoadedRun run = load(series_run(folder));
  EXPECT_EQ(run.statistics.sources.at(0).layout, (data::SeriesLayout{true, 3}));
  const std::size_t view = run.view("watch");
  // By themselves these two would be read as [C, T] of two channels.
  std::vector<float> numbers = steps_of(1);
  folder.write("new/a.npy", npy("<f4", "'shape': (2, 3)",
                                bytes_of<float>({numbers.begin(), numbers.begin() + 6})));
  folder.write("new/b.npy", npy("<f4", "'shape': (6, 3)", bytes_of<float>(numbers)));
  const auto samples = samples_for(run, {&view, 1}, (folder / "new/{name}.npy").string());
  std::vector<std::int64_t> indices;
  const at::Tensor rows = encoded(run, samples, indices);
  std::vector<std::int64_t> of_training;
  const at::Tensor own = encoded(run, samples_for(run, {&view, 1}, ""), of_training);
  EXPECT_TRUE(at::allclose(rows[1], own[1], 1e-5, 1e-6));  // b.npy is sample 1
  folder.write("bad/a.npy", npy("<f4", "'shape': (3, 6)", bytes_of<float>(numbers)));
  EXPECT_THAT(message_of<Error>([&] {
                samples_for(run, {&view, 1}, (folder / "bad/{name}.npy").string())->get(0);
              }),
              HasSubstr("its axes are swapped; save it as x.T"));
}

}  // namespace
}  // namespace cmc::exchange
