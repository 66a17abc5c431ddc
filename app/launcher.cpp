// The program's start. libtorch takes half a second to load, and OpenBLAS chooses its kernels while
// it is loaded: so neither is linked here. This sees to the kernels, answers what needs no
// libtorch, and loads the commands, which are a library of their own.

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>

#include "app/shipped_recipes.h"
#include "app/standard_output.h"
#include "app/start.h"
#include "app/version.h"
#include "cmc/error.h"
#include "cmc/openblas.h"

namespace {

constexpr const char* core_variable = "OPENBLAS_CORETYPE";

/// Starts the program anew with OpenBLAS's kernels of `core` where it would take `own` by itself;
/// comes back only where that fails, and then the program goes on as it is.
void start_with(std::string_view core, const std::string& own, char** argv) {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return;
  setenv(core_variable, std::string(core).c_str(), 1);
  setenv(cmc::app::own_core_variable, own.c_str(), 1);
  execv(program.c_str(), argv);
}

/// Sees that OpenBLAS runs with the best kernels of this processor that compute right products. A
/// core that the user set by OPENBLAS_CORETYPE stays.
void choose_kernels(char** argv) {
  // The one that libtorch will ask for, by the system's alternatives.
  if (dlopen("libblas.so.3", RTLD_LAZY | RTLD_GLOBAL) == nullptr) return;
  const char* const own = std::getenv(cmc::app::own_core_variable);
  if (own == nullptr) {
    if (std::getenv(core_variable) != nullptr) return;
    const std::string better = cmc::better_openblas_core();
    if (!better.empty()) start_with(better, cmc::openblas_core(), argv);
    return;
  }
  const cmc::VectorUnit unit = cmc::vector_unit_of_core(cmc::openblas_core());
  if (unit != cmc::VectorUnit::baseline && cmc::blas_error() >= 1)
    start_with(cmc::best_core(static_cast<cmc::VectorUnit>(static_cast<int>(unit) - 1)), own, argv);
}

/// Lets OpenMP's threads sleep where they wait for each other, unless the user wishes otherwise. By
/// themselves they spin: where another program has one of the cores, they take time from the very
/// thread that they wait for. OpenMP reads the variable when it is loaded, with OpenBLAS.
void let_threads_sleep() {
  setenv("OMP_WAIT_POLICY", "passive", /*replace=*/0);
}

std::string recipes() {
  std::string lines;
  for (const cmc::app::ShippedRecipe& recipe : cmc::app::shipped_recipes())
    lines += fmt::format("{:<24} {}\n", recipe.name, recipe.summary);
  return lines;
}

int print(const std::string& text) try {
  std::fputs(text.c_str(), stdout);
  cmc::app::finish_standard_output();
  return 0;
} catch (const cmc::Error& error) {
  std::fprintf(stderr, "cmc: %s\n", error.what());
  return 1;
}

/// Of address space, with room for OpenBLAS's first product.
constexpr std::size_t libraries_take = std::size_t{1} << 30;

/// Whether a limit of the address space leaves room for the libraries. OpenBLAS asks for its 128
/// MiB without end where it doesn't get them, from the moment it is loaded.
bool libraries_fit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return true;
  void* const room = ::mmap(nullptr, libraries_take, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  ::munmap(room, libraries_take);
  return true;
}

/// What a library throws while it is loaded, nobody can catch.
[[noreturn]] void on_terminate() {
  std::fputs("cmc: ended while its libraries were loaded; is there not enough memory?\n", stderr);
  std::_Exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  std::set_terminate(on_terminate);
  cmc::app::open_standard_streams();
  if (!libraries_fit()) {
    std::fprintf(stderr,
                 "cmc: there is not enough memory: the limit of its address space (ulimit "
                 "-v) leaves less than the %zu MiB that its libraries take\n",
                 libraries_take >> 20);
    return 1;
  }
  let_threads_sleep();
  if (!CMC_TORCH_HAS_MKL) choose_kernels(argv);
  const std::string_view only = argc == 2 ? argv[1] : "";
  if ((only == "--version" || only == "-V") && !CMC_TORCH_HAS_CUDA)
    return print(cmc::app::version_text({"cpu"}) + "\n");
  if (only == "recipes") return print(recipes());
  void* const commands = dlopen("libcmc_commands.so", RTLD_LAZY | RTLD_GLOBAL);
  if (commands == nullptr) {
    std::fprintf(stderr, "cmc: %s\n", dlerror());
    return 1;
  }
  const auto run = reinterpret_cast<int (*)(int, char**)>(dlsym(commands, "cmc_commands"));
  return run(argc, argv);
}
