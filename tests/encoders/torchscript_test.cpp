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
                                    ": no TorchScript file that this libtorch reads: "));
  EXPECT_THAT(message("x.reshape(2, 7)"), StartsWith("encoder.torchscript: " + path +
                                                     " fails on [2, 2, 3, 4] of view "
                                                     "'lidar': "));
  EXPECT_THAT(message("(x, x)"), HasSubstr("of view 'lidar': its result is a Tuple; a tensor was "
                                           "expected"));
}

}  // namespace
}  // namespace cmc::encoders
