#include "cmc/exchange/vector_index.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cmc/error.h"
#include "cmc/files/checksum.h"
#include "tests/exchange/small_run.h"

namespace cmc::exchange {
namespace {

at::Tensor unit_rows(std::int64_t n) {
  at::manual_seed(4);
  const at::Tensor x = at::randn({n, 16});
  return x / x.norm(2, 1, true);
}

TEST(VectorIndex, ExactFindsWhatProductsFind) {
  const at::Tensor rows = unit_rows(500), queries = unit_rows(540).slice(0, 500);
  const auto found = VectorIndex(rows, IndexMethod::exact).search(queries, 5);
  const auto expected = evaluation::nearest_neighbours(queries, rows, 5);
  EXPECT_TRUE(at::equal(found.indices, expected.indices));
  EXPECT_TRUE(at::allclose(found.similarity, expected.similarity, 1e-5, 1e-6));
}

TEST(VectorIndex, OthersFindMostOfIt) {
  const at::Tensor rows = unit_rows(4000), queries = unit_rows(4040).slice(0, 4000);
  const at::Tensor expected = evaluation::nearest_neighbours(queries, rows, 1).indices;
  for (const IndexMethod method : {IndexMethod::hnsw, IndexMethod::ivf}) {
    const auto found = VectorIndex(rows, method).search(queries, 1);
    EXPECT_GT(found.indices.eq(expected).to(at::kDouble).mean().item<double>(), 0.6)
        << name(method);
  }
}

TEST(VectorIndex, IsReusedForTheSameRowsAlone) {
  const TemporaryFolder folder;
  const at::Tensor rows = unit_rows(200);
  for (const IndexMethod method : {IndexMethod::exact, IndexMethod::hnsw, IndexMethod::ivf}) {
    const auto path = folder / "x.faiss";
    const VectorIndex index(rows, method);
    index.save(path, "one");
    EXPECT_EQ(VectorIndex::load(path, "other"), nullptr);
    const auto again = VectorIndex::load(path, "one");
    ASSERT_NE(again, nullptr);
    EXPECT_TRUE(at::equal(again->search(rows, 3).indices, index.search(rows, 3).indices));
  }
  std::string bytes = bytes_of(folder / "x.faiss");
  bytes[bytes.size() / 2] ^= 1;
  folder.write("x.faiss", bytes);
  EXPECT_THAT(message_of<Error>([&] { VectorIndex::load(folder / "x.faiss", "one"); }),
              testing::HasSubstr("--rebuild"));
  EXPECT_EQ(VectorIndex::load(folder / "absent.faiss", "one"), nullptr);
}

TEST(VectorIndex, RefusesAFileThatDoesNotFitItsNote) {
  const TemporaryFolder folder;
  const auto path = folder / "x.faiss", note = folder / "x.faiss.json";
  VectorIndex(unit_rows(20), IndexMethod::exact).save(path, "one");
  const std::string bytes = bytes_of(path);
  const nlohmann::json good = nlohmann::json::parse(bytes_of(note));
  const auto message = [&](const std::string& index, const char* key, const nlohmann::json& value) {
    folder.write("x.faiss", index);
    nlohmann::json changed = good;
    changed["checksum"] = files::checksum_text(files::crc32(0, index.data(), index.size()));
    if (key != nullptr) changed[key] = value;
    folder.write("x.faiss.json", changed.dump());
    return message_of<Error>([&] { VectorIndex::load(path, "one"); });
  };
  using testing::HasSubstr;
  EXPECT_EQ(message(bytes, nullptr, {}), "");
  EXPECT_THAT(message(bytes, "rows", 21), HasSubstr("it has 20 rows, its note says 21; --rebuild"));
  EXPECT_THAT(message(bytes, "rows", "20"), HasSubstr("it has 20 rows, its note says -1"));
  EXPECT_THAT(message(bytes, "checksum", 5), HasSubstr("--rebuild makes it anew"));
  EXPECT_THAT(message(bytes.substr(0, 40), nullptr, {}),
              HasSubstr("not an index of this run: Faiss"));
  EXPECT_THAT(message("IxFI", nullptr, {}),
              HasSubstr("x.faiss: not an index of this run: Faiss says"));
  folder.write("x.faiss.json", "[[]]");
  EXPECT_EQ(VectorIndex::load(path, "one"), nullptr);
  folder.write("x.faiss.json", R"({"fingerprint": 1})");
  EXPECT_EQ(VectorIndex::load(path, "one"), nullptr);
}

}  // namespace
}  // namespace cmc::exchange
