#include "cmc/files/npz.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cmc/error.h"
#include "cmc/files/npy.h"
#include "tests/files/bytes.h"
#include "tests/files/npy_file.h"
#include "tests/files/npz_file.h"
#include "tests/files/numbers_of.h"
#include "tests/temporary_folder.h"

namespace cmc::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Npz, ReadsTheArrayOfANameOrTheOnlyOne) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& bytes) {
    return read_npy(folder.write("a.npz", bytes));
  };
  const auto array = [](const std::vector<float>& numbers) {
    return npy("<f4", fmt::format("'shape': ({},)", numbers.size()), bytes_of(numbers));
  };
  for (const bool deflated : {false, true}) {
    const std::string one = npz({{"x.npy", array({1, 2})}}, deflated);
    EXPECT_THAT(numbers_of(read(one)), ElementsAre(1, 2));
    const auto two = folder.write(
        "two.npz",
        npz({{"x.npy", array({1, 2})}, {"y.npy", array({3})}, {"t.txt", "?"}}, deflated));
    EXPECT_THAT(numbers_of(read_npy(two, "y")), ElementsAre(3));
    EXPECT_EQ(message_of<UnreadableError>([&] { read_npy(two); }),
              two.string() + ": holds 2 arrays, x, y; entry = \"x\" names one of them");
    EXPECT_EQ(message_of<UnreadableError>([&] { read_npy(two, "z"); }),
              two.string() + ": holds no array \"z\"; it holds x, y");
    std::string damaged = one;
    damaged[40 + 5 + (deflated ? 2 : 60)] ^= 1;
    EXPECT_THAT(message_of<UnreadableError>([&] { read(damaged); }), HasSubstr("damaged"))
        << deflated;
    for (const std::size_t size : {one.size() - 1, one.size() / 2, std::size_t{12}})
      EXPECT_THROW(read(one.substr(0, size)), UnreadableError) << size;
  }
}

}  // namespace
}  // namespace cmc::files
