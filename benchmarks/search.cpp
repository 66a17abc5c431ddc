#include "benchmarks/search.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <faiss/IndexFlat.h>
#include <fmt/core.h>

#include "benchmarks/timing.h"
#include "cmc/exchange/vector_index.h"

namespace cmc::benchmarks {

nlohmann::json search() {
  constexpr std::int64_t rows = 1'000'000, columns = 128, queries = 64, k = 10;
  constexpr int rounds = 7;
  at::manual_seed(1);
  const auto unit = [](std::int64_t n) {
    const at::Tensor x = at::randn({n, columns});
    return x.div_(x.norm(2, 1, true));
  };
  const at::Tensor gallery = unit(rows), asked = unit(queries);
  faiss::IndexFlatIP direct(columns);
  direct.add(rows, gallery.data_ptr<float>());
  const exchange::VectorIndex ours(gallery, exchange::IndexMethod::exact);

  std::vector<float> similarity(queries * k);
  std::vector<faiss::Index::idx_t> found(queries * k);
  const auto search_directly = [&] {
    direct.search(queries, asked.data_ptr<float>(), k, similarity.data(), found.data());
  };
  const auto search_ours = [&] { ours.search(asked, k); };
  search_directly();
  search_ours();
  std::vector<double> base, own;
  for (int round = 0; round < rounds; ++round) {
    base.push_back(milliseconds(search_directly));
    own.push_back(milliseconds(search_ours));
  }
  nlohmann::json table = nlohmann::json::array();
  fmt::print("exact search: {} queries, {} × {} rows, k = {}, {} threads\n", queries, rows, columns,
             k, at::get_num_threads());
  const auto add = [&](const char* name, double time) {
    const double ratio = time / median(base);
    fmt::print("  {:<28} {:8.1f} ms {:6.3f} x\n", name, time, ratio);
    table.push_back({{"name", name}, {"milliseconds", time}, {"ratio", ratio}});
  };
  add("Faiss, called directly", median(base));
  add("cmc::exchange::VectorIndex", median(own));
  return table;
}

}  // namespace cmc::benchmarks
