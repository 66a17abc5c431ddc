#include "cmc/report/tensorboard.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>

#include "cmc/error.h"
#include "cmc/files/crc32c.h"
#include "cmc/runs/run_folder.h"
#include "report/event.pb.h"

namespace cmc::report {
namespace {

constexpr std::string_view prefix = runs::RunFolder::events_prefix;

template <class Integer>
void append_little_endian(std::string& out, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  }
}

/// The time, in seconds, in the name of the latest event file in `folder`; 0 where there is none.
std::int64_t latest_time(const std::filesystem::path& folder) {
  std::int64_t latest = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(prefix)) continue;
    std::int64_t time = 0;
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), time);
    constexpr std::int64_t year_10000 = 253'402'300'800;  // later, it is no time
    if (time < year_10000) latest = std::max(latest, time);
  }
  return latest;
}

/// Makes `folder` and names the next event file in it.
std::filesystem::path new_file(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  check(std::filesystem::is_directory(folder, error),
        "{}: can't be created as a folder for TensorBoard's event files", folder.string());
  const auto now = static_cast<std::int64_t>(wall_time_now());
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) std::strcpy(host.data(), "localhost");
  return folder / fmt::format("{}{:010}.{}.{}", prefix, std::max(now, latest_time(folder) + 1),
                              host.data(), getpid());
}

}  // namespace

std::string tfrecord(std::string_view data) {
  std::string record;
  record.reserve(data.size() + 16);
  append_little_endian(record, static_cast<std::uint64_t>(data.size()));
  append_little_endian(record, files::masked_crc32c(record));
  record.append(data);
  append_little_endian(record, files::masked_crc32c(data));
  return record;
}

double wall_time_now() {
  using seconds = std::chrono::duration<double>;
  return seconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

TensorBoardWriter::TensorBoardWriter(const std::filesystem::path& folder, std::int64_t resumed_at)
    : file_(new_file(folder)) {
  proto::Event version;
  version.set_wall_time(wall_time_now());
  version.set_file_version("brain.Event:2");
  pending_ += tfrecord(version.SerializeAsString());
  if (resumed_at > 0) {
    proto::Event start;
    start.set_wall_time(wall_time_now());
    start.set_step(resumed_at);
    start.mutable_session_log()->set_status(proto::SessionLog::START);
    pending_ += tfrecord(start.SerializeAsString());
  }
  flush();
}

void TensorBoardWriter::add_scalar(std::string_view tag, double value, std::int64_t step,
                                   double wall_time) {
  proto::Event event;
  event.set_wall_time(wall_time);
  event.set_step(step);
  auto* point = event.mutable_summary()->add_value();
  point->set_tag(std::string(tag));
  point->set_simple_value(static_cast<float>(value));
  pending_ += tfrecord(event.SerializeAsString());
}

void TensorBoardWriter::flush() {
  file_.write(pending_);
  pending_.clear();
}

TensorBoardWriter::~TensorBoardWriter() {
  try {
    flush();
  } catch (...) {  // NOLINT(bugprone-empty-catch): a destructor has nobody to tell
  }
}

}  // namespace cmc::report
