#include "cmc/exchange/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "cmc/error.h"
#include "tests/exchange/small_run.h"

namespace cmc::exchange {
namespace {

using ::testing::HasSubstr;

TEST(Load, ServesManyThreadsAlike) {
  const TemporaryFolder folder;
  const LoadedRun run = load(test::small_run(folder));
  EXPECT_EQ(run.steps, 7);
  const auto pictures = test::random_pictures(6);
  const at::Tensor expected = run.encode(1, pictures, Output::embedding);
  EXPECT_EQ(expected.sizes(), at::IntArrayRef({6, 6}));
  EXPECT_FALSE(expected.requires_grad());
  EXPECT_TRUE(at::allclose(expected.norm(2, 1), at::ones({6})));
  std::vector<at::Tensor> found(4);
  {
    std::vector<std::jthread> threads;
    for (at::Tensor& x : found)
      threads.emplace_back([&] { x = run.encode(1, pictures, Output::embedding); });
  }
  for (const at::Tensor& x : found) EXPECT_TRUE(at::allclose(x, expected, 1e-5, 1e-6));
}

TEST(Load, NamesWhatIsWrong) {
  const TemporaryFolder folder;
  const auto path = test::small_run(folder);
  const LoadedRun run = load(path);
  EXPECT_THAT(message_of<UsageError>([&] { run.view("la"); }), HasSubstr("nearest is \"L\""));
  EXPECT_THAT(message_of<Error>([&] { load(path, {.checkpoint = "best"}); }),
              HasSubstr("no such checkpoint"));
  EXPECT_THAT(message_of<Error>([&] { load(folder / "absent"); }), HasSubstr("no such folder"));

  const auto info = path / "run.json";
  const std::string text = bytes_of(info);
  nlohmann::json json = nlohmann::json::parse(text);
  json["format"] = 99;
  std::ofstream(info) << json.dump();
  EXPECT_THAT(message_of<Error>([&] { load(path); }), HasSubstr("a run of format 99"));
  std::ofstream(info) << text;

  const auto checkpoint = path / "checkpoint-last.safetensors";
  std::string bytes = bytes_of(checkpoint);
  bytes[bytes.size() / 2] ^= 4;
  std::ofstream(checkpoint, std::ios::binary) << bytes;
  EXPECT_THAT(message_of<Error>([&] { load(path); }), HasSubstr("the file is damaged"));
  std::ofstream(checkpoint, std::ios::binary) << bytes.substr(0, bytes.size() - 100);
  EXPECT_THAT(message_of<Error>([&] { load(path); }), HasSubstr("cut short"));
}

}  // namespace
}  // namespace cmc::exchange
