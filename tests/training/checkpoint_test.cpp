#include "cmc/training/checkpoint.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cmc/error.h"
#include "cmc/files/safetensors.h"
#include "tests/temporary_folder.h"

namespace cmc::training {
namespace {

using ::testing::HasSubstr;

Checkpoint example() {
  Checkpoint checkpoint;
  checkpoint.model = {{"encoder_L.conv1.weight", at::ones({2, 3})},
                      {"momentum_encoder_L.conv1.weight", at::ones({2, 3})},
                      {"objective.log_z", at::full({1}, std::nan(""))}};
  checkpoint.generator = at::zeros({1});
  checkpoint.position.step = 7;
  return checkpoint;
}

TEST(Checkpoint, RefusesWeightsThatAreNotFinite) {
  const TemporaryFolder folder;
  const auto path = folder / "checkpoint-last.safetensors";
  const auto message = [&](const Checkpoint& checkpoint) {
    save_checkpoint(path, checkpoint);
    return message_of<Error>([&] { load_checkpoint(path); });
  };
  EXPECT_EQ(message(example()), "");  // log Z is NaN until the first batch
  for (const char* const name : {"encoder_L.conv1.weight", "momentum_encoder_L.conv1.weight"}) {
    for (const double odd : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
      Checkpoint checkpoint = example();
      checkpoint.model[name] = at::ones({2, 3});
      checkpoint.model[name][1][2] = odd;
      EXPECT_THAT(message(checkpoint),
                  HasSubstr(fmt::format("checkpoint-last.safetensors: 1 of 6 numbers of {} are NaN "
                                        "or infinite",
                                        name)));
    }
  }
}

TEST(Checkpoint, RefusesATensorThatIsNoneOfARuns) {
  const TemporaryFolder folder;
  const auto path = folder / "x.safetensors";
  save_checkpoint(path, example());
  files::TensorFile file = files::load_safetensors(path);
  file.tensors["modell/encoder_L.conv1.weight"] = at::ones({2, 3});
  files::save_safetensors(path, file);
  EXPECT_THAT(message_of<Error>([&] { load_checkpoint(path); }),
              HasSubstr("it holds the tensor modell/encoder_L.conv1.weight"));
}

}  // namespace
}  // namespace cmc::training
