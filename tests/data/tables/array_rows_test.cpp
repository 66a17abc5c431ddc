#include "cmc/data/tables/array_rows.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cmc/error.h"
#include "tests/files/bytes.h"
#include "tests/files/npy_file.h"
#include "tests/files/npz_file.h"
#include "tests/files/numbers_of.h"
#include "tests/temporary_folder.h"

namespace cmc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ArrayRows, GivesTheRowsOfMappedArrays) {
  const TemporaryFolder folder;
  const std::string rows =
      npy("<i8", "'shape': (3, 2)", bytes_of<std::int64_t>({1700000000, 1, 1700000005, 2, 5, 6}));
  for (const bool deflated : {false, true}) {
    const auto path = folder.write("all.npz", npz({{"x.npy", rows}, {"y.npy", rows}}, deflated));
    const ArrayRows arrays("x");
    EXPECT_EQ(arrays.count(path), 3);
    EXPECT_THAT(numbers_of(arrays.read(path, 1)), ElementsAre(1700000005, 2));
  }
  const auto cut = folder.write("cut.npy", rows);
  const ArrayRows arrays("");
  EXPECT_THAT(numbers_of(arrays.read(cut, 0)), ElementsAre(1700000000, 1));
  std::filesystem::resize_file(cut, 140);
  EXPECT_EQ(message_of<UnreadableError>([&] { arrays.read(cut, 2); }),
            cut.string() + ": byte 140: the file has become shorter since it was opened");
  EXPECT_THAT(message_of<UnreadableError>([&] { ArrayRows("").count(folder / "none.npy"); }),
              HasSubstr("none.npy: can't be opened"));
}

TEST(ArrayRows, ManyFilesAreOpenInTurn) {
  const TemporaryFolder folder;
  const ArrayRows arrays("");
  for (int i = 0; i < 100; ++i)
    folder.write(
        fmt::format("{}.npy", i),
        npy("<i2", "'shape': (1, 1)", bytes_of<std::int16_t>({static_cast<std::int16_t>(i)})));
  for (const int i : {0, 99, 0})
    for (int j = 0; j < 100; ++j)
      EXPECT_THAT(numbers_of(arrays.read(folder / fmt::format("{}.npy", (i + j) % 100), 0)),
                  ElementsAre((i + j) % 100));
}

}  // namespace
}  // namespace cmc::data
