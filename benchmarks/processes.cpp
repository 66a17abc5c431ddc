#include "benchmarks/processes.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "benchmarks/temporary_folder.h"
#include "benchmarks/timing.h"
#include "cmc/processor.h"
#include "cmc/runs/run_folder.h"

namespace cmc::benchmarks {
namespace {

struct Case {
  int processes, threads;
  std::vector<double> rates;
  double peak_bytes = 0;
};

/// Runs this program to its end; the largest resident memory of it and its own processes, in bytes.
double run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
    ::posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0);
  pid_t id = 0;
  const int error =
      ::posix_spawn(&id, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  check(error == 0, "the program can't be started again");
  int status = 0;
  rusage usage{};
  ::wait4(id, &status, 0, &usage);
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a training of the benchmark failed");
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

double samples_per_second(const std::filesystem::path& run) {
  const runs::RunFolder folder = runs::RunFolder::open(run);
  const auto& steps = folder.metrics().training;
  check(steps.size() > 1, "{}: it recorded too few steps", run.string());
  const double seconds = steps.back().seconds - steps.front().seconds;
  return static_cast<double>((steps.back().step - steps.front().step) *
                             folder.recipe().train.batch_size) /
         seconds;
}

}  // namespace

nlohmann::json processes(const std::string& recipe, const ProcessesOptions& options) {
  const int cores = std::max(2, available_cores());
  std::vector<Case> cases = {{1, cores, {}}, {cores, 1, {}}, {1, 1, {}}};
  for (int round = 0; round < options.rounds; ++round)
    for (Case& one : cases) {
      const TemporaryFolder folder;
      const std::string output = (folder.path() / "run").string();
      one.peak_bytes = std::max(
          one.peak_bytes,
          run({"cmc", "train", recipe, "--output", output, "--processes",
               std::to_string(one.processes), "--set", fmt::format("train.threads={}", one.threads),
               "--set", fmt::format("train.steps={}", options.steps + 1), "--set",
               "train.held_out_samples=0"}));
      one.rates.push_back(samples_per_second(output));
    }
  const double whole = median(cases.front().rates);
  fmt::print("{}: training with processes × threads, {} steps\n", recipe, options.steps);
  nlohmann::json rows = nlohmann::json::array();
  for (const Case& one : cases) {
    const double rate = median(one.rates);
    fmt::print("  {} × {:<6} {:8.0f} samples/s {:6.2f} x {:8.0f} MiB a process at most\n",
               one.processes, one.threads, rate, rate / whole, one.peak_bytes / (1 << 20));
    rows.push_back({{"processes", one.processes},
                    {"threads", one.threads},
                    {"samples_per_second", rate},
                    {"ratio", rate / whole},
                    {"peak_bytes", one.peak_bytes}});
  }
  return rows;
}

}  // namespace cmc::benchmarks
