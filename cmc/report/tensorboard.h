#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "cmc/files/appended_file.h"

namespace cmc::report {

/// Frames `data` as TFRecord files do: its length (uint64), the length's masked CRC-32C, the data,
/// the data's masked CRC-32C; integers are little-endian.
std::string tfrecord(std::string_view data);

/// Seconds since 1970-01-01 UTC.
double wall_time_now();

/// Writes scalars to an event file that TensorBoard reads.
///
///     TensorBoardWriter writer("runs/fashion-mnist");
///     writer.add_scalar("loss/train", 5.25, step);
///
/// Every writer begins a file of its own, `events.out.tfevents.TIME.HOST.PID`, named such that it
/// sorts after those already in the folder: this is the order in which TensorBoard reads the files
/// of a run.
class TensorBoardWriter {
 public:
  /// Makes `folder` if it is missing and begins an event file in it. A run that goes on from a
  /// checkpoint gives the first step that it will write as `resumed_at`: TensorBoard then drops
  /// what earlier files hold of that step and later ones, which a killed run wrote after its last
  /// checkpoint. Throws Error where the folder or the file can't be written.
  explicit TensorBoardWriter(const std::filesystem::path& folder, std::int64_t resumed_at = 0);
  /// Flushes; a failure is not reported.
  ~TensorBoardWriter();

  /// Adds the point (step, value) to curve `tag`; "loss/train" stands in the group "loss". `value`
  /// is stored as a float. `wall_time` is in seconds since 1970. It is kept in memory until
  /// flush().
  void add_scalar(std::string_view tag, double value, std::int64_t step,
                  double wall_time = wall_time_now());

  /// Hands everything to the operating system, so that a running TensorBoard sees it.
  /// Throws Error where the file can't be written.
  void flush();

  const std::filesystem::path& file() const { return file_.path(); }

 private:
  files::AppendedFile file_;
  std::string pending_;  ///< whole records
};

}  // namespace cmc::report
