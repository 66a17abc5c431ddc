#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cmc/openblas.h"
#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::string stub = CMC_UNKNOWING_OPENBLAS;

bool has_better_kernels() {
  return vector_unit() > VectorUnit::baseline && !openblas_core().empty();
}

TEST(Launcher, ChoosesKernelsWhereOpenBlasDoesNotKnowTheProcessor) {
  if (!has_better_kernels()) GTEST_SKIP() << "no better kernels, or no OpenBLAS, on this machine";
  const TemporaryFolder folder;
  const Outcome outcome =
      run(folder.path(), {"--version"}, {.environment = {"LD_PRELOAD=" + stub}});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, HasSubstr("(" + std::string(best_core(vector_unit())) + ", "));
  EXPECT_THAT(outcome.out, HasSubstr("chosen by cmc, since it takes Prescott by itself"));
}

TEST(Launcher, KeepsTheKernelsThatAPersonChoseAndWarns) {
  if (!has_better_kernels()) GTEST_SKIP() << "no better kernels, or no OpenBLAS, on this machine";
  const TemporaryFolder folder;
  const World world{.environment = {"OPENBLAS_CORETYPE=Prescott"}};
  const std::string best(best_core(vector_unit()));
  const Outcome version = run(folder.path(), {"--version"}, world);
  EXPECT_THAT(version.out, HasSubstr("(Prescott, "));
  EXPECT_THAT(version.out, HasSubstr("; " + best + " would be faster here"));
  const Outcome command = run(folder.path(), {"recipes", "--keys"}, world);
  EXPECT_EQ(command.status, 0);
  EXPECT_EQ(lines(command.err), 1) << command.err;
  EXPECT_THAT(command.err, HasSubstr("OPENBLAS_CORETYPE=" + best));
}

TEST(Launcher, SaysNothingWhereTheKernelsAreTheBest) {
  const TemporaryFolder folder;
  const Outcome outcome = run(folder.path(), {"recipes", "--keys"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST(Launcher, ListsTheSameRecipesWithAndWithoutTheCommands) {
  const TemporaryFolder folder;
  const auto rows = nlohmann::json::parse(run(folder.path(), {"recipes", "--json", "-"}).out);
  std::string table;
  for (const auto& row : rows)
    table += fmt::format("{:<24} {}\n", row["name"].get<std::string>(),
                         row["summary"].get<std::string>());
  EXPECT_EQ(run(folder.path(), {"recipes"}).out, table);
}

TEST(Openblas, RanksCoresByTheirVectorUnit) {
  EXPECT_EQ(vector_unit_of_core("Prescott"), VectorUnit::baseline);
  EXPECT_EQ(vector_unit_of_core("Zen"), VectorUnit::avx2);
  EXPECT_EQ(vector_unit_of_core("haswell"), VectorUnit::avx2);
  EXPECT_EQ(vector_unit_of_core("SkylakeX"), VectorUnit::avx512);
  EXPECT_EQ(vector_unit_of_core("SapphireRapids"), VectorUnit::avx512_bf16);
  for (const VectorUnit unit : {VectorUnit::baseline, VectorUnit::avx, VectorUnit::avx2,
                                VectorUnit::avx512, VectorUnit::avx512_bf16})
    EXPECT_EQ(vector_unit_of_core(best_core(unit)), unit);
}

/// Each of OpenBLAS's cores that this processor can run, in a process of its own, since a core is
/// chosen when the library is loaded.
TEST(Openblas, ProductsOfEachCoreAreRight) {
  if (openblas_core().empty()) GTEST_SKIP() << "no OpenBLAS is loaded";
  for (int unit = 0; unit <= static_cast<int>(vector_unit()); ++unit) {
    const std::string core(best_core(static_cast<VectorUnit>(unit)));
    const std::string command =
        "OPENBLAS_CORETYPE=" + core + " /proc/" + std::to_string(::getpid()) +
        "/exe --gtest_filter=Openblas.ProductsOfTheLoadedCoreAreRight > /dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0) << core;
  }
}

TEST(Openblas, ProductsOfTheLoadedCoreAreRight) {
  EXPECT_LT(blas_error(), 1);
}

}  // namespace
}  // namespace cmc::app::test
