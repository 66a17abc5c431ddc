#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "cmc/evaluation/retrieval.h"

namespace faiss {
struct Index;
}

namespace cmc::exchange {

enum class IndexMethod {
  exact,  ///< every row is compared
  hnsw,   ///< a graph of near rows (Malkov and Yashunin, 1603.09320), 32 links a row
  ivf,    ///< 4 √N cells, of which a sixteenth is searched
};

/// The method of a name: "exact", "hnsw" or "ivf"; "auto" is exact up to 200,000 rows and hnsw
/// beyond. Throws UsageError that lists them.
IndexMethod index_method(std::string_view name, std::int64_t rows);
std::string_view name(IndexMethod method);

/// Rows that are searched by their cosine, on Faiss. Safe to search from several threads.
class VectorIndex {
 public:
  /// rows: float32 [N, D] of unit length, N > 0. ids: int64 [N], by which the rows are found;
  /// undefined: their places.
  VectorIndex(const at::Tensor& rows, IndexMethod method, const at::Tensor& ids = {});

  /// What save() wrote for the same `fingerprint`; nothing where there is no such file or it was
  /// made of something else. Throws Error where the file is damaged (checksum).
  static std::unique_ptr<VectorIndex> load(const std::filesystem::path& path,
                                           const std::string& fingerprint);

  /// Writes the index, and its fingerprint and checksum to PATH.json.
  void save(const std::filesystem::path& path, const std::string& fingerprint) const;

  /// The ids of the min(k, N) nearest rows for each of float32 [M, D] queries of unit length. Where
  /// hnsw or ivf find fewer than k, the index is −1.
  evaluation::Neighbours search(const at::Tensor& queries, std::int64_t k) const;

  std::int64_t rows() const;

 private:
  explicit VectorIndex(std::shared_ptr<const faiss::Index> index);

  std::shared_ptr<const faiss::Index> index_;
};

}  // namespace cmc::exchange
