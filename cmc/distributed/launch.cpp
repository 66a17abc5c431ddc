#include "cmc/distributed/launch.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "cmc/error.h"

namespace cmc::distributed {
namespace {

std::string text_of(const char* variable) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? "" : text;
}

bool is_set(const char* variable) {
  return !text_of(variable).empty();
}

int number_of(const char* variable, int least, int most) {
  const std::string text = text_of(variable);
  check(!text.empty(), "the variable {} is missing, which the launcher of several processes sets",
        variable);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc() && end == text.data() + text.size() && value >= least && value <= most,
        "the variable {} is \"{}\"; it must be a number from {} to {}", variable, text, least,
        most);
  return value;
}

constexpr int most_processes = 1 << 16;

Launch numbered(const char* rank, const char* size) {
  Launch launch{.size = number_of(size, 1, most_processes)};
  launch.rank = number_of(rank, 0, launch.size - 1);
  return launch;
}

/// On this machine; where the launcher does not say, one.
int local(const char* variable) {
  return is_set(variable) ? number_of(variable, 1, most_processes) : 1;
}

Launch by_torchrun() {
  Launch launch = numbered("RANK", "WORLD_SIZE");
  launch.local_size = local("LOCAL_WORLD_SIZE");
  check(launch.size == 1 || is_set("MASTER_ADDR"),
        "RANK and WORLD_SIZE are set, but not MASTER_ADDR, where rank 0 listens");
  launch.store_of_launcher = text_of("TORCHELASTIC_USE_AGENT_STORE") == "True";
  if (is_set("CMC_LISTENING")) launch.listening = number_of("CMC_LISTENING", 3, 1 << 20);
  return launch;
}

Launch by_open_mpi() {
  Launch launch = numbered("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE");
  launch.local_size = local("OMPI_COMM_WORLD_LOCAL_SIZE");
  check(launch.local_size == launch.size || is_set("MASTER_ADDR"),
        "Open MPI has started {} processes, {} of them here: name the machine of rank 0 by `mpirun "
        "-x MASTER_ADDR=…`",
        launch.size, launch.local_size);
  return launch;
}

Launch by_slurm() {
  Launch launch = numbered("SLURM_PROCID", "SLURM_NTASKS");
  const std::string tasks = text_of("SLURM_STEP_TASKS_PER_NODE");  // "2(x3),1"
  std::from_chars(tasks.data(), tasks.data() + tasks.size(), launch.local_size);
  launch.local_size = std::max(1, launch.local_size);
  launch.place.address = first_node(text_of("SLURM_STEP_NODELIST"));
  check(launch.size == 1 || !launch.place.address.empty() || is_set("MASTER_ADDR"),
        "the variable SLURM_STEP_NODELIST is missing, which srun sets");
  if (is_set("SLURM_JOB_ID"))
    launch.place.port = 20000 + number_of("SLURM_JOB_ID", 0, 2147483647) % 10000;
  return launch;
}

}  // namespace

std::optional<Launch> launched() {
  Launch launch;
  if (is_set("RANK") && is_set("WORLD_SIZE"))
    launch = by_torchrun();
  else if (is_set("OMPI_COMM_WORLD_RANK"))
    launch = by_open_mpi();
  else if (is_set("SLURM_PROCID") && is_set("SLURM_STEP_ID"))
    launch = by_slurm();
  if (launch.size == 1) return std::nullopt;
  if (is_set("MASTER_ADDR")) launch.place.address = text_of("MASTER_ADDR");
  if (is_set("MASTER_PORT")) launch.place.port = number_of("MASTER_PORT", 1, 65535);
  return launch;
}

std::string first_node(const std::string& list) {
  const std::size_t open = list.find('['), comma = list.find(',');
  if (open == std::string::npos || comma < open) return list.substr(0, comma);
  const std::size_t end = list.find_first_of("-,]", open);
  return list.substr(0, open) + list.substr(open + 1, end - open - 1);
}

}  // namespace cmc::distributed
