#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <torch/script.h>
#include <torch/types.h>

#include <csignal>
#include <opencv2/imgcodecs.hpp>

#include "cmc/error.h"
#include "cmc/exchange/embed.h"
#include "cmc/exchange/export.h"
#include "cmc/exchange/search.h"
#include "tests/exchange/small_run.h"

namespace cmc::exchange {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// No file may grow beyond so many bytes, as on a disk that fills up half-way.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

std::vector<std::string> names(const std::filesystem::path& folder) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    found.push_back(entry.path().filename().string());
  return found;
}

std::string pictures(const TemporaryFolder& folder, int side, int count = 3) {
  std::filesystem::create_directories(folder / "pictures");
  for (int i = 0; i < count; ++i)
    cv::imwrite((folder / "pictures" / (std::to_string(i) + ".png")).string(),
                cv::Mat(side, side, CV_8UC3, cv::Scalar(3 * i, 90, 200)));
  return (folder / "pictures").string();
}

TEST(BadInput, ARecipeOfAnotherVersionIsToldApart) {
  const TemporaryFolder folder;
  const auto path = test::small_run(folder);
  std::ofstream(path / "recipe.toml", std::ios::app) << "[train.invention]\nof = 2031\n";
  nlohmann::json info = nlohmann::json::parse(bytes_of(path / "run.json"));
  info["environment"]["cmc"] = "9.1.0";
  std::ofstream(path / "run.json") << info.dump();
  EXPECT_THAT(message_of<Error>([&] { load(path); }),
              AllOf(HasSubstr("recipe.toml"), HasSubstr("invention"),
                    HasSubstr("the run was written by cmc 9.1.0; this is cmc ")));
  info["format"] = 2;
  std::ofstream(path / "run.json") << info.dump();
  EXPECT_THAT(message_of<Error>([&] { load(path); }),
              HasSubstr("a run of format 2, written by cmc 9.1.0"));
}

TEST(BadInput, ARunThatLacksWhatItKnowsOfItsDataSaysSo) {
  const TemporaryFolder folder;
  const auto path = test::small_run(folder);
  std::ofstream(path / "fitted.json") << "{\"sources\": 5}";
  EXPECT_THAT(message_of<Error>([&] { load(path); }),
              HasSubstr("fitted.json: not what a run keeps of its training part"));
  std::filesystem::remove(path / "fitted.json");
  EXPECT_THAT(message_of<Error>([&] { load(path); }), HasSubstr("fitted.json: can't be opened"));
}

TEST(BadInput, PicturesOfAnotherShapeAreNamed) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::small_run(folder));
  const std::size_t view = 0;
  const auto samples = samples_for(run, {&view, 1}, pictures(folder, 20));
  EXPECT_THAT(message_of<Error>([&] { embed(run, view, samples, folder / "x.npy", {}); }),
              HasSubstr("a picture of 20 × 20 pixels; the run learned from 16 × 16"));
  EXPECT_FALSE(std::filesystem::exists(folder / "x.npy"));
  EXPECT_THAT(message_of<Error>([&] {
                samples_for(run, {&view, 1}, (folder / "no").string());
              }),
              HasSubstr("there is no such folder"));
}

TEST(BadInput, AnOutputThatExistsStays) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::small_run(folder));
  const std::size_t view = 0;
  const auto samples = samples_for(run, {&view, 1}, pictures(folder, 16));
  folder.write("x.npy", "precious");
  EXPECT_THAT(message_of<UsageError>([&] { embed(run, view, samples, folder / "x.npy", {}); }),
              HasSubstr("x.npy: exists; --force replaces it"));
  EXPECT_EQ(bytes_of(folder / "x.npy"), "precious");
  embed(run, view, samples, folder / "x.npy", {}, true);
  EXPECT_EQ(bytes_of(folder / "x.npy").substr(1, 5), "NUMPY");
}

TEST(BadInput, AFullDiskLeavesNothingHalfWritten) {
  const TemporaryFolder folder, out;
  const LoadedRun run = load(test::small_run(folder));
  const std::size_t view = 0;
  const auto samples = samples_for(run, {&view, 1}, pictures(folder, 16, 40));
  const auto filled = [&](const char* file, const std::function<void()>& write) {
    const FullDisk disk(1024);
    EXPECT_THAT(message_of<Error>(write), HasSubstr(file));
    EXPECT_TRUE(names(out.path()).empty()) << file << ": " << names(out.path()).front();
  };
  for (const char* const file : {"x.npy", "x.csv", "x.safetensors"})
    filled(file, [&] { embed(run, view, samples, out / file, {.batch_size = 8}); });
  for (const ExportFormat format :
       {ExportFormat::safetensors, ExportFormat::torchscript, ExportFormat::onnx}) {
    const std::string file = fmt::format("y{}", ending(format));
    filled(file.c_str(), [&] { export_encoder(run, view, Output::embedding, format, out / file); });
  }
  const auto before = names(run.path);
  {
    const FullDisk disk(256);
    std::string told;  // what is searched for is found all the same
    const Search search(run, samples, view,
                        {.note = [&](const std::string& line) { told = line; }});
    EXPECT_THAT(told, HasSubstr("the index is not kept"));
  }
  EXPECT_EQ(names(run.path).size(), before.size());
}

TEST(BadInput, AnEncoderBroughtAsTorchScriptIsNoOnnx) {
  const TemporaryFolder folder;
  torch::jit::Module module("backbone");
  module.register_parameter("weight", torch::randn({5, 3 * 16 * 8}).requires_grad_(), false);
  module.define(R"(
    def forward(self, x):
        return torch.flatten(x, 1).matmul(self.weight.t())
  )");
  module.save((folder / "backbone.pt").string());
  const LoadedRun run =
      load(test::small_run(folder, "kind = \"halves\"",
                           "torchscript = \"" + (folder / "backbone.pt").string() + "\"\n"));
  EXPECT_THAT(message_of<Error>([&] {
                export_encoder(run, 0, Output::representation, ExportFormat::onnx,
                               folder / "x.onnx");
              }),
              HasSubstr("was brought as TorchScript"));
  export_encoder(run, 0, Output::representation, ExportFormat::torchscript, folder / "x.pt");
  const auto drawn = test::random_pictures(3);
  const at::Tensor rows =
      torch::jit::load((folder / "x.pt").string()).forward({test::batch_of(drawn)}).toTensor();
  EXPECT_TRUE(at::allclose(rows, run.encode(0, drawn, Output::representation), 1e-4, 1e-4));
}

}  // namespace
}  // namespace cmc::exchange
