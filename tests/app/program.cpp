#include "tests/app/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "cmc/random.h"

namespace cmc::app::test {
namespace {

void limit(int resource, rlim_t most) {
  const rlimit limits{most, most};
  if (most != RLIM_INFINITY) ::setrlimit(static_cast<__rlimit_resource>(resource), &limits);
}

/// Gives the child its output; -1 for a stream that is kept in `kept`.
void put_output(const World& world, const std::filesystem::path& kept) {
  if (world.output == "closed") {
    ::close(STDOUT_FILENO);
    return;
  }
  int target = -1;
  if (world.output == "unread") {
    int ends[2];
    if (::pipe(ends) == 0) {
      ::close(ends[0]);
      target = ends[1];
    }
  } else {
    const std::string file = world.output.empty() ? kept.string() : world.output;
    target = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  }
  ::dup2(target, STDOUT_FILENO);
  ::close(target);
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const World& world) {
  for (const std::string& variable : world.environment)
    ::putenv(const_cast<char*>(variable.c_str()));
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, world.file_size);
  limit(RLIMIT_AS, world.memory);
  if (world.ignores_hangup) std::signal(SIGHUP, SIG_IGN);
  constexpr unsigned nobody = 65534;
  if (!world.may_write_anything && ::geteuid() == 0 &&
      (::setgid(nobody) != 0 || ::setuid(nobody) != 0))
    ::_exit(126);
  std::string program = CMC_BINARY_DIR "/bin/cmc";
  std::vector<char*> words = {program.data()};
  std::vector<std::string> own = arguments;
  for (std::string& word : own) words.push_back(word.data());
  words.push_back(nullptr);
  ::execv(program.c_str(), words.data());
  ::_exit(127);
}

}  // namespace

Process::Process(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                 const World& world) {
  static int count = 0;
  const std::string name = fmt::format("cmc-test-{}-{}", ::getpid(), ++count);
  const std::filesystem::path kept = std::filesystem::temp_directory_path();
  out_ = kept / (name + ".out");
  err_ = kept / (name + ".err");
  id_ = ::fork();
  if (id_ != 0) return;
  if (::chdir(folder.c_str()) != 0) ::_exit(125);
  put_output(world, out_);
  const int err = ::open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  ::dup2(err, STDERR_FILENO);
  ::close(err);
  become(arguments, world);
}

Process::~Process() {
  if (!ended()) {
    signal(SIGKILL);
    wait();
  }
  std::filesystem::remove(out_);
  std::filesystem::remove(err_);
}

bool Process::ended() {
  if (status_ < 0 && ::waitpid(id_, &status_, WNOHANG) != id_) status_ = -1;
  return status_ >= 0;
}

void Process::pause() {
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

Outcome Process::wait() {
  if (status_ < 0) ::waitpid(id_, &status_, 0);
  return {WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_), bytes_of(out_),
          bytes_of(err_)};
}

Outcome run(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
            const World& world) {
  return Process(folder, arguments, world).wait();
}

std::string write_series(const TemporaryFolder& folder, const std::string& keys, int rows) {
  std::string csv = "id,part,label,a0,a1,a2,a3,b0,b1,b2,b3\n";
  for (int i = 0; i < rows; ++i) {
    csv += fmt::format("s{},{},{}", i, i % 4 == 3 ? "test" : "train", i % 2 == 0 ? "even" : "odd");
    RandomStream stream(RandomPurpose::made_data, 1, 0, static_cast<std::uint64_t>(i));
    const double shared = stream.normal() + 3 * (i % 2);
    for (int c = 0; c < 8; ++c) csv += fmt::format(",{:.4f}", shared + 0.3 * stream.normal());
    csv += '\n';
  }
  const auto manifest = folder.write("series.csv", csv);
  return folder
      .write(
          "series.toml",
          fmt::format("[data]\nmanifest = \"{}\"\nkey = \"id\"\nlabel = \"label\"\npart = "
                      "\"part\"\n[encoder]\nwidths = [8]\nembedding_dim = 4\n[contrast]\n"
                      "negatives = \"batch\"\n[train]\nbatch_size = 8\nthreads = 1\nworkers = "
                      "1\nprecision = \"fp32\"\n{}\n[[view]]\nname = \"a\"\nkind = \"table\"\n"
                      "columns = \"a0..a3\"\n[[view]]\nname = \"b\"\nkind = \"table\"\ncolumns = "
                      "\"b0..b3\"\n",
                      manifest.string(), keys))
      .string();
}

std::vector<std::string> files_with(const std::filesystem::path& folder, const std::string& part) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().filename().string().find(part) != std::string::npos)
      files.push_back(entry.path().string());
  return files;
}

std::ptrdiff_t lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

}  // namespace cmc::app::test
