#include "cmc/advice/fingerprint.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "cmc/data/open.h"
#include "tests/temporary_folder.h"

namespace cmc::advice {
namespace {

/// Six pictures in two classes under `root`; the last one's pixels are `last`.
data::Splits pictures(const std::filesystem::path& root, int last) {
  for (int i = 0; i < 6; ++i) {
    const auto folder = root / (i < 3 ? "one" : "two");
    std::filesystem::create_directories(folder);
    const cv::Mat picture(4, 4, CV_8UC3, cv::Scalar::all(i < 5 ? i : last));
    cv::imwrite((folder / (std::to_string(i) + ".png")).string(), picture);
  }
  return data::open({.format = "folder", .root = root.string()});
}

TEST(Fingerprint, OfDataIsThatOfWhatItHoldsAndNotOfItsPlace) {
  const TemporaryFolder folder;
  const std::string here = fingerprint(pictures(folder / "here", 5));
  EXPECT_EQ(fingerprint(pictures(folder / "there", 5)), here);
  EXPECT_NE(fingerprint(pictures(folder / "other", 6)), here);
  const data::Splits whole = pictures(folder / "here", 5);
  EXPECT_NE(fingerprint(data::Splits{.train = whole.train, .test = whole.train}), here);
  std::filesystem::rename(folder / "here" / "two", folder / "here" / "three");
  EXPECT_NE(fingerprint(data::open({.format = "folder", .root = (folder / "here").string()})),
            here);
}

TEST(Fingerprint, OfARecipeIsThatOfItsSettings) {
  recipe::Recipe recipe, other;
  other.name = "other";
  other.data.root = "/elsewhere";
  EXPECT_EQ(fingerprint(recipe), fingerprint(other));
  other.contrast.temperature = 0.5;
  EXPECT_NE(fingerprint(recipe), fingerprint(other));
}

}  // namespace
}  // namespace cmc::advice
