#include "cmc/data/formats/downloads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <opencv2/core.hpp>

#include "cmc/data/open.h"
#include "cmc/error.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::HasSubstr;

std::string refusal_of(const std::string& root, const std::string& format = "") {
  return message_of<Error>([&] { open({.format = format, .root = root}); });
}

TEST(Downloads, NamesTheCommandThatUnpacks) {
  const TemporaryFolder folder;
  const std::string root = folder.path().string();
  folder.write("cifar-10-binary.tar.gz", "");
  const std::string expected = root +
                               ": holds cifar-10-binary.tar.gz, which is not unpacked: tar -xf " +
                               root + "/cifar-10-binary.tar.gz -C " + root;
  EXPECT_EQ(refusal_of(root), expected);
  EXPECT_EQ(refusal_of(root, "cifar10"), expected);
  EXPECT_EQ(refusal_of(root + "/cifar-10-binary.tar.gz"),
            root + "/cifar-10-binary.tar.gz: is an archive: unpack it by: tar -xf " + root +
                "/cifar-10-binary.tar.gz -C " + root +
                "; then data.root is the folder that it makes");
  folder.write("it's/tiny imagenet.zip", "");
  EXPECT_THAT(
      refusal_of(root + "/it's"),
      HasSubstr("unzip '" + root + "/it'\\''s/tiny imagenet.zip' -d '" + root + "/it'\\''s'"));
}

/// Whether a command succeeds, without its output.
bool runs(const std::string& command) {
  return std::system(("PATH=/usr/bin:$PATH; { " + command + "; } > /dev/null 2>&1").c_str()) == 0;
}

TEST(Downloads, ConvertsCifarsPicklesByTheLineThatItNames) {
  if (!runs("python3 -c 'import numpy'")) GTEST_SKIP() << "there is no Python with numpy";
  const TemporaryFolder folder;
  const std::string write =
      "import numpy,os,pickle; s=lambda n,d: pickle.dump(d,open(n,'wb'),2); "
      "x=(numpy.arange(2*3072)%251).astype('uint8').reshape(2,3072); ";
  folder.write("cifar-10-batches-py/readme.html", "");
  ASSERT_TRUE(runs("cd " + (folder / "cifar-10-batches-py").string() + " && python3 -c \"" + write +
                   "[s(n,{b'labels':[3,9],b'data':x}) for n in "
                   "('data_batch_1','data_batch_2','test_batch')]; "
                   "s('batches.meta',{b'label_names':[b'c%d'%i for i in range(10)]})\""));
  folder.write("cifar-100-python/file.txt~", "");
  ASSERT_TRUE(runs("cd " + (folder / "cifar-100-python").string() + " && python3 -c \"" + write +
                   "[s(n,{b'fine_labels':[3,99],b'coarse_labels':[1,19],b'data':x}) for n in "
                   "('train','test')]; s('meta',{b'fine_label_names':[b'f%d'%i for i in "
                   "range(100)],b'coarse_label_names':[b'g%d'%i for i in range(20)]})\""));
  for (const char* const pickled : {"cifar-10-batches-py", "cifar-100-python"}) {
    const std::string message = refusal_of((folder / pickled).string());
    const std::string then = "; then data.root is ";
    const std::size_t start = message.find("cd "), end = message.find(then);
    ASSERT_NE(end, std::string::npos) << message;
    ASSERT_TRUE(runs(message.substr(start, end - start))) << message;
    const Splits splits = open({.root = message.substr(end + then.size())});
    EXPECT_EQ(splits.test->size(), 2) << pickled;
    const bool ten = std::string(pickled) == "cifar-10-batches-py";
    EXPECT_EQ(splits.train->size(), ten ? 4 : 2);
    EXPECT_EQ(splits.train->label(1), ten ? 9 : 99);
    EXPECT_EQ(splits.train->classes()[3], ten ? "c3" : "f3");
    EXPECT_EQ(splits.train->get(1).values[0].at<cv::Vec3b>(0, 1)[0], 3073 % 251);
  }
}

}  // namespace
}  // namespace cmc::data
