#include "cmc/exchange/vector_writer.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/checksum.h"
#include "cmc/files/json_text.h"
#include "cmc/files/npy.h"
#include "cmc/files/safetensors.h"
#include "cmc/files/same_file.h"

namespace cmc::exchange {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::chrono::seconds between_positions{5};
/// More rows than any file will have: a header with their number is as long as one can be.
constexpr std::int64_t most_rows = 1'000'000'000'000;

/// A field of a CSV file (RFC 4180).
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

constexpr std::string_view name_columns = "id,row,part,label";

std::string name_fields(const RowName& name) {
  return fmt::format("{},{},{},{}", quoted(name.id), name.row, name.part, quoted(name.label));
}

/// Opens a file that no other process writes, with the lock on it that goes with this process.
int open_alone(const fs::path& path) {
  for (;;) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    check(descriptor >= 0, "{}: can't be created: {}", path.string(), std::strerror(errno));
    const bool taken = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    // Its last writer may have put it in its target's place between open and lock.
    if (!taken && files::is_same_file(descriptor, path)) return descriptor;
    ::close(descriptor);
    check(!taken, "{}: another process is writing it; wait until it has ended, or end it",
          path.string());
  }
}

void cut(int descriptor, const fs::path& path, std::uint64_t size) {
  const bool placed = ::ftruncate(descriptor, static_cast<off_t>(size)) == 0 &&
                      ::lseek(descriptor, 0, SEEK_END) >= 0;
  check(placed, "{}: can't be cut to {} bytes: {}", path.string(), size, std::strerror(errno));
}

}  // namespace

VectorFormat vector_format(const fs::path& path) {
  const std::string ending = path.extension().string();
  if (ending == ".npy") return VectorFormat::npy;
  if (ending == ".csv") return VectorFormat::csv;
  if (ending == ".safetensors") return VectorFormat::safetensors;
  throw UsageError(fmt::format(
      "{}: the ending tells the format; it must be .npy, .csv or .safetensors", path.string()));
}

fs::path ids_path(const fs::path& vectors) {
  return fs::path(vectors).replace_extension(".ids.csv");
}

VectorWriter::VectorWriter(fs::path target, VectorWriterOptions options)
    : target_(std::move(target)), options_(std::move(options)), format_(vector_format(target_)) {
  std::vector<fs::path> files = {target_};
  if (format_ != VectorFormat::csv) files.push_back(ids_path(target_));
  // One that was killed as it put its files in place left the names alone: they are its own.
  if (fs::exists(partial(target_))) files = {target_};
  for (const fs::path& file : files) {
    if (fs::exists(file) && !options_.force)
      throw UsageError(fmt::format("{}: exists; --force replaces it", file.string()));
  }
  header_size_ = header(most_rows).size();
  vectors_ = open_alone(partial(target_));
  try {
    if (format_ != VectorFormat::csv) ids_ = open_alone(partial(ids_path(target_)));
    take_up();
    cut(vectors_, partial(target_), vector_bytes_);
    if (ids_ >= 0) cut(ids_, partial(ids_path(target_)), id_bytes_);
    if (vector_bytes_ == 0) {
      write(vectors_, target_, header(0));
      vector_bytes_ = header_size_;
    }
    if (ids_ >= 0 && id_bytes_ == 0) {
      const std::string line = fmt::format("{}\n", name_columns);
      write(ids_, ids_path(target_), line);
      id_bytes_ = line.size();
    }
  } catch (...) {
    discard();
    throw;
  }
}

VectorWriter::~VectorWriter() {
  if (vectors_ < 0) return;
  try {
    save_position();
  } catch (...) {  // not Error alone: memory may be short
    discard();     // without its position it is of no use
    return;
  }
  ::close(vectors_);
  if (ids_ >= 0) ::close(ids_);
}

fs::path VectorWriter::partial(const fs::path& path) const {
  return path.string() + ".partial";
}

std::string VectorWriter::header(std::int64_t rows) const {
  switch (format_) {
    case VectorFormat::npy:
      return files::npy_header(rows, options_.columns);
    case VectorFormat::csv: {
      std::string line(name_columns);
      for (std::int64_t c = 0; c < options_.columns; ++c) line += fmt::format(",x{}", c);
      return line + "\n";
    }
    case VectorFormat::safetensors:
      return files::safetensors_header({{options_.name, {at::kFloat, {rows, options_.columns}}}},
                                       options_.metadata, header_size_);
  }
  return {};
}

void VectorWriter::take_up() {
  const fs::path file = partial(target_).string() + ".json";
  if (!fs::exists(file)) return;
  const json position = files::read_json(file);
  const auto number = [&](const char* key) {
    return files::reading_json(file.string(), [&] { return position.value(key, std::int64_t{0}); });
  };
  if (position.value("fingerprint", json()) != json(options_.fingerprint)) return;
  const auto vector_bytes = static_cast<std::uint64_t>(number("vector_bytes"));
  const auto id_bytes = static_cast<std::uint64_t>(number("id_bytes"));
  const std::int64_t rows = number("rows"), batches = number("batches");
  const bool possible =
      rows >= 0 && batches >= 0 && rows <= most_rows && vector_bytes >= header_size_ &&
      (format_ == VectorFormat::csv ||
       vector_bytes - header_size_ == static_cast<std::uint64_t>(4 * rows * options_.columns));
  if (!possible) return;
  std::error_code error;
  const bool whole = fs::file_size(partial(target_), error) >= vector_bytes && !error &&
                     (format_ == VectorFormat::csv ||
                      fs::file_size(partial(ids_path(target_)), error) >= id_bytes) &&
                     !error;
  if (!whole) return;
  vector_bytes_ = vector_bytes;
  id_bytes_ = id_bytes;
  batches_ = batches;
  rows_ = rows;
  crc_ = static_cast<std::uint32_t>(number("crc"));
}

void VectorWriter::write(int descriptor, const fs::path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    check(written >= 0, "{}: can't write to it: {}; nothing of it is left", path.string(),
          std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void VectorWriter::append(const at::Tensor& rows, std::span<const RowName> names) {
  check(rows.dim() == 2 && rows.size(1) == options_.columns &&
            rows.size(0) == static_cast<std::int64_t>(names.size()),
        "{} names for rows [{}]: there must be one for each row of {} numbers", names.size(),
        fmt::join(rows.sizes(), ", "), options_.columns);
  const at::Tensor values = rows.to(at::kCPU, at::kFloat).contiguous();
  std::string text, ids;
  std::string_view bytes(static_cast<const char*>(values.data_ptr()), values.nbytes());
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string& fields = format_ == VectorFormat::csv ? text : ids;
    fields += name_fields(names[i]);
    if (format_ == VectorFormat::csv) {
      const float* const row =
          values.data_ptr<float>() + static_cast<std::int64_t>(i) * options_.columns;
      for (std::int64_t c = 0; c < options_.columns; ++c)
        fmt::format_to(std::back_inserter(text), ",{}", row[c]);
    }
    fields += '\n';
  }
  if (format_ == VectorFormat::csv) bytes = text;
  try {
    write(vectors_, target_, bytes);
    if (ids_ >= 0) write(ids_, ids_path(target_), ids);
    crc_ = files::crc32(crc_, bytes.data(), bytes.size());
    vector_bytes_ += bytes.size();
    id_bytes_ += ids.size();
    rows_ += values.size(0);
    ++batches_;
    if (std::chrono::steady_clock::now() - saved_ > between_positions) save_position();
  } catch (...) {
    discard();
    throw;
  }
}

void VectorWriter::save_position() {
  for (const int descriptor : {vectors_, ids_})
    check(descriptor < 0 || ::fsync(descriptor) == 0,
          "{}: can't be synced: {}; nothing of it is "
          "left",
          target_.string(), std::strerror(errno));
  files::write_atomically(partial(target_).string() + ".json",
                          json{{"fingerprint", options_.fingerprint},
                               {"batches", batches_},
                               {"rows", rows_},
                               {"vector_bytes", vector_bytes_},
                               {"id_bytes", id_bytes_},
                               {"crc", crc_}}
                              .dump());
  saved_ = std::chrono::steady_clock::now();
}

void VectorWriter::commit() {
  try {
    std::string text = header(rows_);
    if (format_ == VectorFormat::safetensors) {
      const auto size = static_cast<z_off_t>(vector_bytes_ - header_size_);
      const auto sum = static_cast<std::uint32_t>(
          ::crc32_combine(files::crc32(0, text.data(), text.size()), crc_, size));
      text.replace(text.find(files::no_checksum), files::no_checksum.size(),
                   files::checksum_text(sum));
    }
    check(::pwrite(vectors_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
          "{}: can't write to it: {}; nothing of it is left", target_.string(),
          std::strerror(errno));
    const auto place = [](int& descriptor, const fs::path& from, const fs::path& to) {
      check(::fsync(descriptor) == 0 && ::rename(from.c_str(), to.c_str()) == 0,
            "{}: can't be completed: {}; nothing of it is left", to.string(), std::strerror(errno));
      ::close(std::exchange(descriptor, -1));
    };
    if (ids_ >= 0) place(ids_, partial(ids_path(target_)), ids_path(target_));
    fs::remove(partial(target_).string() + ".json");
    place(vectors_, partial(target_), target_);  // last: where it stands, all is done
  } catch (...) {
    discard();
    throw;
  }
}

void VectorWriter::discard() noexcept {
  std::error_code ignored;
  fs::remove(partial(target_).string() + ".json", ignored);
  // What isn't open is another writer's, or in its place already.
  if (vectors_ >= 0) fs::remove(partial(target_), ignored);
  if (ids_ >= 0) fs::remove(partial(ids_path(target_)), ignored);
  for (int* const descriptor : {&vectors_, &ids_})
    if (*descriptor >= 0) ::close(std::exchange(*descriptor, -1));
}

}  // namespace cmc::exchange
