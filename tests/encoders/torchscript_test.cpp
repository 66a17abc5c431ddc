#include "cmc/encoders/torchscript.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::encoders {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class TorchScriptTest : public testing::Test {
 protected:
  /// What is said of a module whose forward gives `result` of x.
  std::string message(const std::string& result) {
    torch::jit::Module module("backbone");
    module.define("def forward(self, x):\n    return " + result + "\n");
    module.save(path);
    return message();
  }
  std::string message() {
    return message_of<Error>([&] { torchscript({.torchscript = path}, {"lidar", 2, 3, 4}); });
  }

  TemporaryFolder folder;
  const std::string path = (folder / "backbone.pt").string();
};

TEST_F(TorchScriptTest, ShowsTheShapeThatIsNoVectorForEachRow) {
  EXPECT_EQ(message("torch.flatten(x, 1)"), "");
  const std::string start = "encoder.torchscript: " + path + " gives ";
  const std::string end =
      " for [2, 2, 3, 4] of view 'lidar'; a vector for each row, [2, R], was expected";
  EXPECT_EQ(message("torch.flatten(x, 2)"), start + "[2, 2, 12]" + end);
  EXPECT_EQ(message("torch.flatten(x, 0, 1).flatten(1)"), start + "[4, 12]" + end);
  EXPECT_EQ(message("x.sum()"), start + "[]" + end);
}

TEST_F(TorchScriptTest, NamesTheViewWhoseEncoderItIs) {
  EXPECT_EQ(message(), "encoder.torchscript of view 'lidar': " + path + ": there is no such file");
  folder.write("backbone.pt", "no module");
  EXPECT_THAT(message(), StartsWith("encoder.torchscript of view 'lidar': " + path +
                                    ": not a TorchScript file that this libtorch can read: "));
  EXPECT_THAT(message("x.reshape(2, 7)"), StartsWith("encoder.torchscript: " + path +
                                                     " fails on [2, 2, 3, 4] of view "
                                                     "'lidar': "));
  EXPECT_THAT(message("(x, x)"), HasSubstr("of view 'lidar': its result is a Tuple; a tensor was "
                                           "expected"));
}

TEST_F(TorchScriptTest, RefusesRowsThatAreNotApart) {
  const std::string mixed = "gives another vector for a row of view 'lidar' alone";
  EXPECT_THAT(message("torch.flatten(x - x.mean(0, True), 1)"), HasSubstr(mixed));
  EXPECT_THAT(message("torch.flatten(x, 1) + x.sum()"), HasSubstr(mixed));
  EXPECT_THAT(message("torch.flatten(torch.cumsum(x, 0), 1)"), HasSubstr(mixed));
  EXPECT_THAT(message("torch.flatten(x, 1).matmul(torch.flatten(x, 1).t())"),
              HasSubstr("gives rows of 1 numbers for one row of view 'lidar' and of 2 for two"));
  EXPECT_THAT(message("torch.flatten(x, 1)[:2].reshape(2, 24)"),
              HasSubstr("fails on [1, 2, 3, 4] of view 'lidar'"));
  EXPECT_THAT(message("torch.flatten(x, 1)[:, :0]"), HasSubstr("gives [2, 0] for"));
  EXPECT_THAT(message("torch.flatten(x, 1).gt(0)"), HasSubstr("gives numbers of type Bool"));
  EXPECT_EQ(message("torch.flatten(x / x.norm(), 1) * 0"), "");  // NaN of zeros alone
}

TEST_F(TorchScriptTest, NamesFilesOfOtherKinds) {
  folder.write("backbone.pt", std::string("\2\0\0\0\0\0\0\0{}", 10));
  EXPECT_THAT(message(), HasSubstr("this is a safetensors file, not a TorchScript file"));
  folder.write("backbone.pt", "PK\3\4 backbone/data.pkl");
  EXPECT_THAT(message(), HasSubstr("this is a PyTorch checkpoint (torch.save), a pickle, not a "
                                   "TorchScript file; torch.jit.script(module).save(…) writes"));
}

TEST_F(TorchScriptTest, RefusesWhatWasExported) {
  torch::jit::Module module("backbone");
  module.define("def forward(self, x):\n    return torch.flatten(x, 1)\n");
  module.save(path, {{"cmc.json", "{}"}});
  EXPECT_THAT(message(), HasSubstr("`cmc export` wrote it: it makes the view itself"));
}

}  // namespace
}  // namespace cmc::encoders
