#include "cmc/exchange/vector_index.h"

#include <ATen/ATen.h>
#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIDMap.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/files/atomic_file.h"
#include "cmc/files/checksum.h"
#include "cmc/files/file_bytes.h"
#include "cmc/files/json_text.h"

namespace cmc::exchange {
namespace {

using nlohmann::json;

constexpr std::int64_t most_exact_rows = 200'000;
constexpr int links = 32;

/// What is wrong with an index of `rows` rows as its note has it; empty where nothing is.
std::string fault_of(const faiss::Index& index, std::int64_t rows) {
  if (index.d < 1 || index.ntotal < 1)
    return fmt::format("it has {} rows of {} numbers", index.ntotal, index.d);
  if (index.ntotal != rows)
    return fmt::format("it has {} rows, its note says {}", index.ntotal, rows);
  if (index.metric_type != faiss::METRIC_INNER_PRODUCT) return "it does not compare by cosines";
  if (const auto* named = dynamic_cast<const faiss::IndexIDMap*>(&index))
    for (const auto id : named->id_map)
      if (id < 0) return fmt::format("it has a row by the number {}", id);
  return "";
}

std::filesystem::path note_of(const std::filesystem::path& path) {
  return path.string() + ".json";
}

std::shared_ptr<faiss::Index> build(const at::Tensor& rows, IndexMethod method,
                                    const at::Tensor& ids) {
  const int d = static_cast<int>(rows.size(1));
  const faiss::Index::idx_t n = rows.size(0);
  const float* const data = rows.data_ptr<float>();
  std::shared_ptr<faiss::Index> index;
  if (method == IndexMethod::exact) {
    index = std::make_shared<faiss::IndexFlatIP>(d);
  } else if (method == IndexMethod::hnsw) {
    const auto hnsw = std::make_shared<faiss::IndexHNSWFlat>(d, links, faiss::METRIC_INNER_PRODUCT);
    hnsw->hnsw.efSearch = 128;
    index = hnsw;
  } else {
    // Faiss wants 39 rows a cell to place its centre by.
    const auto root = static_cast<std::int64_t>(4 * std::sqrt(static_cast<double>(n)));
    const auto cells = static_cast<std::size_t>(std::clamp<std::int64_t>(n / 39, 1, root));
    auto ivf = std::make_shared<faiss::IndexIVFFlat>(new faiss::IndexFlatIP(d), d, cells,
                                                     faiss::METRIC_INNER_PRODUCT);
    ivf->own_fields = true;
    ivf->nprobe = std::max<std::size_t>(cells / 16, std::min<std::size_t>(cells, 8));
    ivf->train(n, data);
    index = ivf;
  }
  if (!ids.defined()) {
    index->add(n, data);
    return index;
  }
  std::shared_ptr<faiss::Index> inner = index;
  const auto named = std::make_shared<faiss::IndexIDMap>(inner.get());
  named->add_with_ids(n, data, ids.to(at::kCPU).contiguous().data_ptr<std::int64_t>());
  // The map refers to the index that it was made for; both live as long as what is returned.
  return {named.get(), [named, inner](faiss::Index*) {}};
}

}  // namespace

IndexMethod index_method(std::string_view name, std::int64_t rows) {
  if (name == "auto") return rows <= most_exact_rows ? IndexMethod::exact : IndexMethod::hnsw;
  if (name == "exact") return IndexMethod::exact;
  if (name == "hnsw") return IndexMethod::hnsw;
  if (name == "ivf") return IndexMethod::ivf;
  throw UsageError(
      fmt::format("method \"{}\" is unknown; it must be auto, exact, hnsw or ivf", name));
}

std::string_view name(IndexMethod method) {
  constexpr std::string_view names[] = {"exact", "hnsw", "ivf"};
  return names[static_cast<std::size_t>(method)];
}

VectorIndex::VectorIndex(std::shared_ptr<const faiss::Index> index) : index_(std::move(index)) {}

VectorIndex::VectorIndex(const at::Tensor& rows, IndexMethod method, const at::Tensor& ids) {
  check(rows.dim() == 2 && rows.size(0) > 0 && rows.size(1) > 0,
        "an index of rows [{}]: they must be [N, D], N > 0", fmt::join(rows.sizes(), ", "));
  check(!ids.defined() || ids.sizes() == rows.sizes().slice(0, 1),
        "ids [{}] of {} rows: there must be one for each", fmt::join(ids.sizes(), ", "),
        rows.size(0));
  index_ = build(rows.to(at::kCPU, at::kFloat).contiguous(), method, ids);
}

std::int64_t VectorIndex::rows() const {
  return index_->ntotal;
}

evaluation::Neighbours VectorIndex::search(const at::Tensor& queries, std::int64_t k) const {
  check(queries.dim() == 2 && queries.size(1) == index_->d,
        "queries [{}] of an index of {} numbers a row", fmt::join(queries.sizes(), ", "),
        index_->d);
  check(k >= 1, "k = {} nearest neighbours: it must be at least 1", k);
  k = std::min(k, rows());
  const at::Tensor q = queries.to(at::kCPU, at::kFloat).contiguous();
  evaluation::Neighbours found{at::empty({q.size(0), k}, at::kLong),
                               at::empty({q.size(0), k}, at::kFloat)};
  index_->search(q.size(0), q.data_ptr<float>(), k, found.similarity.data_ptr<float>(),
                 found.indices.data_ptr<std::int64_t>());
  return found;
}

void VectorIndex::save(const std::filesystem::path& path, const std::string& fingerprint) const {
  faiss::VectorIOWriter writer;
  faiss::write_index(index_.get(), &writer);
  const std::vector<std::uint8_t>& bytes = writer.data;
  files::write_atomically(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const json note = {
      {"fingerprint", fingerprint},
      {"rows", rows()},
      {"checksum", files::checksum_text(files::crc32(0, bytes.data(), bytes.size()))}};
  files::write_atomically(note_of(path), note.dump(1) + "\n");
}

std::unique_ptr<VectorIndex> VectorIndex::load(const std::filesystem::path& path,
                                               const std::string& fingerprint) {
  std::ifstream in(note_of(path));
  if (!in.good() || !std::filesystem::exists(path)) return nullptr;
  const json note = files::object_of_line(std::string(std::istreambuf_iterator<char>(in), {}));
  // A note of another making is as none: the index is made anew.
  const auto text = [&](const char* key) {
    return note.is_object() && note.contains(key) && note[key].is_string()
               ? note[key].get<std::string>()
               : std::string();
  };
  if (text("fingerprint") != fingerprint) return nullptr;
  faiss::VectorIOReader reader;
  files::read_file(path, reader.data);
  const std::string sum =
      files::checksum_text(files::crc32(0, reader.data.data(), reader.data.size()));
  check(text("checksum") == sum,
        "{}: its bytes have the checksum {}, {} says {}: the file is damaged; --rebuild makes it "
        "anew",
        path.string(), sum, note_of(path).filename().string(), text("checksum"));
  std::shared_ptr<const faiss::Index> index;
  std::string fault;
  try {
    index.reset(faiss::read_index(&reader));
    const json rows = note.value("rows", json());
    fault = fault_of(*index, rows.is_number_integer() ? rows.get<std::int64_t>() : -1);
  } catch (const std::exception& error) {
    fault = fmt::format("Faiss says \"{}\"", error.what());
  }
  check(fault.empty(), "{}: not an index of this run: {}; --rebuild makes it anew", path.string(),
        fault);
  return std::unique_ptr<VectorIndex>(new VectorIndex(index));
}

}  // namespace cmc::exchange
