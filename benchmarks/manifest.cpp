#include "benchmarks/manifest.h"

#include <fmt/core.h>

#include <filesystem>
#include <fstream>

#include "benchmarks/memory.h"
#include "benchmarks/temporary_folder.h"
#include "benchmarks/timing.h"
#include "cmc/data/tables/manifest.h"
#include "cmc/random.h"

namespace cmc::benchmarks {

nlohmann::json manifest(std::int64_t rows) {
  const TemporaryFolder folder;
  const std::filesystem::path csv = folder.path() / "rows.csv";
  {
    std::ofstream out(csv);
    out << "photo,x,y\n";
    RandomStream random(RandomPurpose::made_data, 1);
    for (std::int64_t i = 0; i < rows; ++i)
      out << fmt::format("p/{}.jpg,{:.2f},{:.2f}\n", i, random.uniform(), random.uniform());
  }
  double elapsed = 0;
  const std::int64_t bytes = peak_bytes([&] {
    elapsed = milliseconds([&] {
      data::open_manifest(
          {.manifest = csv.string(),
           .held_out = 0.1,
           .sources = {{.name = "photo", .kind = data::SourceKind::image, .column = "photo"},
                       {.name = "touch", .kind = data::SourceKind::table, .columns = {"x", "y"}}}});
    });
  });
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(csv));
  fmt::print("a manifest of {} rows, {:.0f} MB of CSV: opened in {:.1f} s, {:.0f} MB of memory\n",
             rows, static_cast<double>(size) / 1e6, elapsed / 1e3,
             static_cast<double>(bytes) / 1e6);
  return nlohmann::json::array(
      {{{"rows", rows}, {"file_bytes", size}, {"seconds", elapsed / 1e3}, {"bytes", bytes}}});
}

}  // namespace cmc::benchmarks
