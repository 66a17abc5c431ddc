#include "cmc/report/tensorboard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <vector>

#include "cmc/error.h"
#include "cmc/files/crc32c.h"
#include "cmc/report/training_events.h"
#include "tests/temporary_folder.h"

namespace cmc::report {
namespace {

using namespace std::string_literals;

template <class T>
T take(std::string_view& bytes) {
  T value{};
  if (bytes.size() < sizeof(T)) throw std::out_of_range("short file");
  bytes.copy(reinterpret_cast<char*>(&value), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return value;
}

/// The records of a TFRecord file, both checksums of each compared.
std::vector<std::string> records(std::string_view bytes) {
  std::vector<std::string> found;
  while (!bytes.empty()) {
    const std::string_view header = bytes.substr(0, 8);
    const auto length = take<std::uint64_t>(bytes);
    EXPECT_EQ(take<std::uint32_t>(bytes), files::masked_crc32c(header));
    found.emplace_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
    EXPECT_EQ(take<std::uint32_t>(bytes), files::masked_crc32c(found.back()));
  }
  return found;
}

std::uint64_t varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = take<unsigned char>(bytes);
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
}

/// A protobuf message's fields by number, read from the wire format alone.
std::map<int, std::string> fields(std::string_view bytes) {
  std::map<int, std::string> found;
  while (!bytes.empty()) {
    const auto key = varint(bytes);
    std::string& value = found[static_cast<int>(key >> 3)];
    std::size_t size = 0;
    switch (key & 7) {
      case 0: {
        const auto number = varint(bytes);
        value.assign(reinterpret_cast<const char*>(&number), 8);
        continue;
      }
      case 1:
        size = 8;
        break;
      case 2:
        size = varint(bytes);
        break;
      case 5:
        size = 4;
        break;
      default:
        throw std::out_of_range("wire type");
    }
    value = bytes.substr(0, size);
    bytes.remove_prefix(size);
  }
  return found;
}

template <class T>
T as(const std::string& bytes) {
  std::string_view view = bytes;
  return take<T>(view);
}

struct Point {
  std::string tag;
  std::int64_t step;
  float value;
  double wall_time;
};

std::vector<Point> points(const std::filesystem::path& file) {
  std::vector<Point> found;
  for (const std::string& record : records(bytes_of(file))) {
    auto event = fields(record);
    if (!event.contains(5)) continue;
    auto value = fields(fields(event[5])[1]);
    found.push_back({value[1], event.contains(2) ? as<std::int64_t>(event[2]) : 0,
                     as<float>(value[2]), as<double>(event[1])});
  }
  return found;
}

std::vector<std::filesystem::path> files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found(std::filesystem::directory_iterator(folder), {});
  std::sort(found.begin(), found.end());
  return found;
}

// The first bytes of every event file: 24 bytes follow, and their length's checksum.
TEST(TensorBoard, FileBeginsAsTensorBoardsOwn) {
  TemporaryFolder folder;
  TensorBoardWriter writer(folder.path());
  const std::string bytes = bytes_of(writer.file());
  EXPECT_EQ(bytes.substr(0, 13), "\x18\0\0\0\0\0\0\0\xa3\x7fK\"\x09"s);
  EXPECT_EQ(bytes.substr(21, 15),
            "\x1a\x0d"
            "brain.Event:2");
}

TEST(TensorBoard, BytesOfAKnownEvent) {
  TemporaryFolder folder;
  TensorBoardWriter writer(folder.path());
  writer.add_scalar("loss/train", 0.5, 300, 2.0);
  writer.flush();
  const auto found = records(bytes_of(writer.file()));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1],
            "\x09\0\0\0\0\0\0\0\x40"  // 1: wall_time = 2.0
            "\x10\xac\x02"            // 2: step = 300
            "\x2a\x13"                // 5: summary, 19 bytes
            "\x0a\x11"                // 1: value, 17 bytes
            "\x0a\x0aloss/train"      // 1: tag
            "\x15\0\0\0\x3f"s);       // 2: simple_value = 0.5f
}

TEST(TensorBoard, PointsComeBack) {
  TemporaryFolder folder;
  TensorBoardWriter writer(folder.path() / "made" / "as needed");
  for (int step = 0; step < 1000; ++step) writer.add_scalar("a", step / 8.0, step, 1e9 + step);
  writer.add_scalar("b", std::numeric_limits<double>::infinity(), std::int64_t{1} << 40);
  writer.flush();
  const auto found = points(writer.file());
  ASSERT_EQ(found.size(), 1001u);
  for (int step = 0; step < 1000; ++step) {
    EXPECT_EQ(found[step].tag, "a");
    EXPECT_EQ(found[step].step, step);
    EXPECT_EQ(found[step].value, step / 8.0f);
    EXPECT_EQ(found[step].wall_time, 1e9 + step);
  }
  EXPECT_EQ(found[1000].step, std::int64_t{1} << 40);
  EXPECT_EQ(found[1000].value, std::numeric_limits<float>::infinity());
}

TEST(TensorBoard, ResumedRunBeginsALaterFileAndPurges) {
  TemporaryFolder folder;
  std::vector<std::filesystem::path> written;
  for (int part = 0; part < 3; ++part) {
    TensorBoardWriter writer(folder.path(), 100 * part);
    writer.add_scalar("loss", part, 100 * part);
    written.push_back(writer.file());
  }
  EXPECT_EQ(files(folder.path()), written);
  auto start = fields(records(bytes_of(written[2]))[1]);
  EXPECT_EQ(as<std::int64_t>(start[2]), 200);
  EXPECT_EQ(start[7], "\x08\x01");  // session_log: status = START
  EXPECT_EQ(records(bytes_of(written[0])).size(), 2u);
  EXPECT_EQ(records(bytes_of(written[2])).size(), 3u);
}

TEST(TensorBoard, UnwritableFolderIsAnErrorThatNamesIt) {
  TemporaryFolder folder;
  const auto file = folder.path() / "a file";
  std::ofstream(file) << "text";
  try {
    TensorBoardWriter writer(file);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos);
  }
}

TEST(TrainingEvents, HaveTheProbesOnTheWay) {
  const TemporaryFolder folder;
  {
    TrainingEvents events(folder.path());
    events.on_start(0);
    events.on_probe({.step = 40, .linear = 0.75, .neighbours = 0.5});
    events.on_probe({.step = 80, .numbers = true, .linear = 0.25});
  }
  std::map<std::pair<std::string, std::int64_t>, float> found;
  for (const Point& point : points(files(folder.path()).at(0)))
    found[{point.tag, point.step}] = point.value;
  const std::map<std::pair<std::string, std::int64_t>, float> expected = {
      {{"probe/linear accuracy", 40}, 0.75f},
      {{"probe/nearest neighbours", 40}, 0.5f},
      {{"probe/R²", 80}, 0.25f}};
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace cmc::report
