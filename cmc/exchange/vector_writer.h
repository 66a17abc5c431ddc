#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

namespace cmc::exchange {

enum class VectorFormat { npy, csv, safetensors };

/// The format of a file's extension. Throws UsageError that lists the extensions.
VectorFormat vector_format(const std::filesystem::path& path);

/// The sample that a vector is of.
struct RowName {
  std::string id;        ///< data::Dataset::name
  std::int64_t row = 0;  ///< data::Dataset::row
  std::string part;      ///< data::Dataset::part
  std::string label;     ///< the name of its class; empty where it has none
};

/// The file beside vectors that says of each what it is of, "id,row,part,label" a line under a
/// header: "x.npy" → "x.ids.csv". A CSV file holds them itself.
std::filesystem::path ids_path(const std::filesystem::path& vectors);

struct VectorWriterOptions {
  std::int64_t columns = 0;
  /// safetensors: the tensor's name, and the file's metadata.
  std::string name = "vectors";
  std::map<std::string, std::string> metadata = {};
  /// Names what the rows are made of. What another writer left unfinished is taken up only where
  /// this is the same.
  std::string fingerprint = {};
  /// Whether a file that is there is replaced.
  bool force = false;
};

/// Writes rows of float32 as they come, batch by batch, and takes up what an interrupted writer
/// left. While it writes, the rows are in "FILE.partial" (and the ids in one of their own) with
/// the position in "FILE.partial.json"; commit() puts them in the target's place. Where the disk
/// refuses bytes, all of that is removed.
///
///     VectorWriter writer("x.npy", {.columns = 512, .fingerprint = …});
///     loader.start(0, writer.batches());
///     while (auto batch = loader.next()) writer.append(rows, names);
///     writer.commit();
class VectorWriter {
 public:
  /// Throws UsageError where the target exists, unless it is to be replaced, and Error where
  /// another process writes it now.
  VectorWriter(std::filesystem::path target, VectorWriterOptions options);
  /// Saves the position, unless committed or failed.
  ~VectorWriter();
  VectorWriter(const VectorWriter&) = delete;
  VectorWriter& operator=(const VectorWriter&) = delete;

  /// What is written so far: calls of append() and rows, an interrupted writer's included.
  std::int64_t batches() const { return batches_; }
  std::int64_t rows() const { return rows_; }

  /// Appends a batch, perhaps empty: float [N, columns] on the CPU and N names.
  void append(const at::Tensor& rows, std::span<const RowName> names);

  /// Completes the file and puts it in place.
  void commit();

 private:
  std::string header(std::int64_t rows) const;
  void take_up();
  void write(int descriptor, const std::filesystem::path& path, std::string_view bytes);
  void save_position();
  void discard() noexcept;
  std::filesystem::path partial(const std::filesystem::path& path) const;

  std::filesystem::path target_;
  VectorWriterOptions options_;
  VectorFormat format_;
  std::size_t header_size_ = 0;
  int vectors_ = -1, ids_ = -1;
  std::int64_t batches_ = 0, rows_ = 0;
  std::uint64_t vector_bytes_ = 0, id_bytes_ = 0;
  std::uint32_t crc_ = 0;  ///< of what follows the header
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
};

}  // namespace cmc::exchange
