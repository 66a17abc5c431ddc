#include "app/processes.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/signals.h"
#include "cmc/error.h"

namespace cmc::app {
namespace {

/// A rank that was lost is noticed by the others, which end by themselves within this time.
constexpr std::chrono::seconds grace{10};

/// The words of this process's own call, without --processes.
std::vector<std::string> own_words() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> words;
  for (std::size_t from = 0; from < text.size(); from = text.find('\0', from) + 1) {
    const std::string word = text.substr(from, text.find('\0', from) - from);
    if (word.starts_with("--processes=")) continue;
    words.push_back(word);
  }
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == "--processes") words.erase(words.begin() + i, words.begin() + i + 2);
  return words;
}

class Children {
 public:
  explicit Children(int size) : listening_(distributed::Socket::listening({"127.0.0.1", 0})) {
    const std::vector<std::string> words = own_words();
    for (int rank = 0; rank < size; ++rank) ids_.push_back(start(words, rank, size));
    listening_ = {};  // rank 0 has it
  }

  /// The first exit status that is not 0, as a shell tells it.
  int wait() {
    int status = 0;
    bool told = false;
    std::chrono::steady_clock::time_point until;
    for (std::size_t left = ids_.size(); left > 0;) {
      int how = 0;
      const pid_t id = ::waitpid(-1, &how, WNOHANG);
      if (id > 0) {
        std::erase(ids_, id);
        left = ids_.size();
        const int own = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
        if (status != 0 || own == 0) continue;
        status = own;
        until = std::chrono::steady_clock::now() + grace;
        continue;
      }
      if (stop_requested() && !std::exchange(told, true)) signal(SIGTERM);
      if (status != 0 && std::chrono::steady_clock::now() > until) signal(SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return status;
  }

 private:
  void signal(int number) const {
    for (const pid_t id : ids_) ::kill(id, number);
  }

  pid_t start(const std::vector<std::string>& words, int rank, int size) {
    std::vector<std::string> variables{
        "RANK=" + std::to_string(rank), "WORLD_SIZE=" + std::to_string(size),
        "LOCAL_WORLD_SIZE=" + std::to_string(size), "MASTER_ADDR=127.0.0.1",
        "MASTER_PORT=" + std::to_string(listening_.own_place().port)};
    if (rank == 0) variables.push_back("CMC_LISTENING=" + std::to_string(listening_.descriptor()));
    for (char** each = environ; *each != nullptr; ++each) variables.emplace_back(*each);
    std::vector<char*> argv, envp;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    for (const std::string& text : variables) envp.push_back(const_cast<char*>(text.c_str()));
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t id = ::fork();
    check(id >= 0, "a process can't be started: {}", std::strerror(errno));
    if (id > 0) return id;
    // Between fork and exec, as a signal handler may: without memory and locks.
    ::setpgid(0, 0);  // a terminal's signals come by the parent
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    if (rank == 0) ::fcntl(listening_.descriptor(), F_SETFD, 0);
    ::execve("/proc/self/exe", argv.data(), envp.data());
    ::_exit(127);
  }

  distributed::Socket listening_;
  std::vector<pid_t> ids_;
};

/// The exit status: the first of a process's that is not 0.
int start_processes(const ProcessesOptions& options) {
  check(!distributed::launched().has_value(),
        "--processes {} starts processes, but a launcher (torchrun, mpirun, srun) has started this "
        "one as one of several already",
        options.processes);
  stop_requested();
  return Children(options.processes).wait();
}

void with_group(const ProcessesOptions& options,
                const std::function<void(distributed::ProcessGroup*)>& work) {
  const std::optional<distributed::Launch> launch = distributed::launched();
  if (!launch) return work(nullptr);
  std::shared_ptr<distributed::ProcessGroup> group;
  try {
    group = distributed::join(*launch, std::chrono::seconds(options.timeout));
    work(group.get());
    group->barrier();  // who keeps the store stays until all are done
  } catch (const std::exception& error) {
    if (group) group->fail(error.what());
    if (launch->rank == 0) throw;
    fail("rank {}: {}", launch->rank, error.what());
  }
}

}  // namespace

void add_processes(CLI::App& command, ProcessesOptions& options) {
  command
      .add_option("--processes", options.processes,
                  "Start so many processes on this machine, which share each batch")
      ->check(CLI::Range(1, 1024));
  command
      .add_option("--timeout", options.timeout,
                  "Seconds within which all processes must have come together")
      ->check(CLI::Range(1, 86400));
}

void shared_by_processes(const ProcessesOptions& options,
                         const std::function<void(distributed::ProcessGroup*)>& work) {
  if (options.processes == 1) return with_group(options, work);
  const int status = start_processes(options);
  if (stop_requested()) end_as_requested();
  if (status != 0) std::exit(status);
}

}  // namespace cmc::app
