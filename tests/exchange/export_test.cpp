#include "cmc/exchange/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include <algorithm>

#include "cmc/error.h"
#include "cmc/exchange/inspect.h"
#include "cmc/files/safetensors.h"
#include "tests/exchange/small_run.h"

namespace cmc::exchange {
namespace {

using ::testing::HasSubstr;

constexpr ExportFormat formats[] = {ExportFormat::safetensors, ExportFormat::torchscript,
                                    ExportFormat::onnx};

TEST(Export, TorchScriptTakesRawPicturesInBatchesOfAnySize) {
  for (const char* const views : {"kind = \"color\"", "kind = \"frequency\"", "kind = \"learned\"",
                                  "kind = \"color\"\nsize = 12\nevaluation_size = 16"}) {
    const TemporaryFolder folder;
    const LoadedRun run = load(test::small_run(folder, views));
    for (const Output output : {Output::representation, Output::embedding}) {
      export_encoder(run, 1, output, ExportFormat::torchscript, folder / "x.pt", true);
      torch::jit::Module module = torch::jit::load((folder / "x.pt").string());
      for (const int n : {1, 7, 64}) {
        const auto pictures = test::random_pictures(n);
        const at::Tensor y = module.forward({test::batch_of(pictures)}).toTensor();
        const at::Tensor expected = run.encode(1, pictures, output);
        ASSERT_EQ(y.sizes(), expected.sizes());
        EXPECT_LT((y - expected).abs().max().item<float>(), 1e-4);
      }
    }
  }
}

TEST(Export, TorchScriptTakesAnEmptyBatchAndRefusesWhatItWasNotTracedFor) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::small_run(folder));
  for (const Output output : {Output::representation, Output::embedding}) {
    export_encoder(run, 1, output, ExportFormat::torchscript, folder / "x.pt", true);
    torch::jit::Module module = torch::jit::load((folder / "x.pt").string());
    const at::Tensor none = module.forward({at::zeros({0, 3, 16, 16}, at::kByte)}).toTensor();
    EXPECT_EQ(none.sizes(), at::IntArrayRef({0, run.dimension(1, output)}));
    EXPECT_EQ(none.scalar_type(), at::kFloat);
    EXPECT_EQ(run.encode(1, {}, output).sizes(), none.sizes());
    // Its pooled network would take any size, and floats: and would give something else.
    for (const at::Tensor& odd :
         {at::zeros({2, 3, 20, 20}, at::kByte), at::zeros({2, 1, 16, 16}, at::kByte),
          at::zeros({3, 16, 16}, at::kByte), at::zeros({2, 3, 16, 16}),
          at::zeros({0, 3, 16, 15}, at::kByte), at::zeros({2, 3, 16, 16}, at::kLong)}) {
      try {
        module.forward({odd});
        FAIL() << odd.sizes();
      } catch (const std::exception& error) {
        EXPECT_THAT(error.what(), HasSubstr("pictures must be uint8 [N, 3, 16, 16]; these are of"));
      }
    }
  }
}

TEST(Export, ATorchScriptOfOursIsNoEncoderOfAView) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::small_run(folder));
  const auto path = (folder / "x.pt").string();
  export_encoder(run, 1, Output::representation, ExportFormat::torchscript, path);
  for (const data::ViewShape& shape : {data::ViewShape{"a", 3, 16, 16}, {"b", 5, 1, 1}})
    EXPECT_THAT(message_of<Error>([&] { encoders::make_encoder({.torchscript = path}, shape); }),
                HasSubstr("x.pt: `cmc export` wrote it: it makes the view itself"));
}

TEST(Export, SafetensorsHoldTheHeadOnlyWithTheEmbedding) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::small_run(folder));
  const auto path = folder / "x.safetensors";
  const auto heads = [&](Output output) {
    export_encoder(run, 0, output, ExportFormat::safetensors, path, true);
    const files::TensorFile file = files::load_safetensors(path);
    EXPECT_TRUE(file.tensors.contains("stage1.0.weight"));
    EXPECT_EQ(file.metadata.at("view"), "L");
    EXPECT_THAT(file.metadata.at("input"), HasSubstr("float32 [N, 1, 16, 16]"));
    EXPECT_THAT(file.metadata.at("input"), HasSubstr("(L − 50) / 50"));
    EXPECT_EQ(file.metadata.at("recipe_sha256").size(), 64u);
    return std::ranges::count_if(
        file.tensors, [](const auto& entry) { return entry.first.starts_with("head."); });
  };
  EXPECT_EQ(heads(Output::representation), 0);
  EXPECT_GT(heads(Output::embedding), 0);
}

TEST(Export, RefusesToReplaceAFile) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::small_run(folder));
  folder.write("x.onnx", "precious");
  const auto write = [&](bool force) {
    export_encoder(run, 0, Output::embedding, ExportFormat::onnx, folder / "x.onnx", force);
  };
  EXPECT_THAT(message_of<UsageError>([&] { write(false); }), HasSubstr("--force"));
  EXPECT_EQ(bytes_of(folder / "x.onnx"), "precious");
  write(true);
  EXPECT_EQ(inspect(folder / "x.onnx")["kind"], "onnx");
}

TEST(Inspect, TellsEachKindAndNoticesDamage) {
  const TemporaryFolder folder;
  const auto path = test::small_run(folder);
  const LoadedRun run = load(path);
  EXPECT_EQ(inspect(path)["kind"], "run");
  EXPECT_EQ(inspect(path / "checkpoint-last.safetensors")["kind"], "checkpoint");
  for (const ExportFormat format : formats) {
    const auto file = folder / fmt::format("x{}", ending(format));
    export_encoder(run, 0, Output::embedding, format, file);
    const auto found = inspect(file);
    EXPECT_EQ(found["kind"], name(format));
    EXPECT_EQ(found["checksum"], "matches");
    EXPECT_EQ(found["metadata"]["view"], "L");
    const std::string bytes = bytes_of(file);
    for (const double place : {0.3, 0.5, 0.7}) {
      std::string damaged = bytes;
      damaged[static_cast<std::size_t>(place * static_cast<double>(bytes.size()))] ^= 1;
      std::ofstream(file, std::ios::binary) << damaged;
      EXPECT_THROW(inspect(file), Error) << name(format) << " at " << place;
    }
    std::ofstream(file, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
    EXPECT_THROW(inspect(file), Error) << name(format);
  }
  EXPECT_THAT(message_of<Error>([&] { inspect(folder.write("x.txt", "a text of no kind")); }),
              HasSubstr("byte 0"));
}

}  // namespace
}  // namespace cmc::exchange
