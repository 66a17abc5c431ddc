#pragma once

#include <optional>
#include <string>

#include "cmc/distributed/socket.h"

namespace cmc::distributed {

/// What a process knows of the world that it was started in.
struct Launch {
  int rank = 0;
  int size = 1;
  /// How many of them are on this machine.
  int local_size = 1;
  /// Where rank 0 listens for the others.
  Place place = {.address = "127.0.0.1", .port = 29500};
  /// There, torchrun's own store listens: rank 0 tells by it where it listens itself.
  bool store_of_launcher = false;
  /// Where above 0, rank 0's descriptor that listens at the place already.
  int listening = 0;
};

/// What torchrun and `cmc train --processes` (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT), Open
/// MPI's mpirun (OMPI_COMM_WORLD_RANK, …_SIZE, …_LOCAL_SIZE) or Slurm's srun (SLURM_PROCID,
/// SLURM_NTASKS, SLURM_STEP_NODELIST, SLURM_JOB_ID) have set, the first of these that is there;
/// nothing where none has, or where the world has one process. MASTER_ADDR and MASTER_PORT count
/// with each. Without them, Open MPI's processes meet at 127.0.0.1 where all are on one machine,
/// and Slurm's at the first node of the step, port 20000 + job mod 10000. Throws Error on a
/// variable that is missing or no number, and on processes of Open MPI on several machines without
/// MASTER_ADDR.
std::optional<Launch> launched();

/// The first node of Slurm's list: "node[07-09,12],gpu3" → "node07".
std::string first_node(const std::string& list);

}  // namespace cmc::distributed
