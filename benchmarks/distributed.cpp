#include "benchmarks/distributed.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <ctime>
#include <memory>
#include <thread>
#include <vector>

#include "benchmarks/ranks.h"
#include "benchmarks/timing.h"
#include "cmc/distributed/process_group.h"
#include "cmc/kernels/contrast.h"
#include "cmc/one_thread.h"

namespace cmc::benchmarks {
namespace {

double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Work {
  double seconds = 0;
  cmc::distributed::Traffic traffic = {};
};

/// A loss and its gradient on the calling thread.
Work loss_and_gradient(const at::Tensor& a, const at::Tensor& b,
                       cmc::distributed::ProcessGroup* group) {
  use_one_thread();
  const at::Tensor x = a.clone().requires_grad_(), y = b.clone().requires_grad_();
  const cmc::distributed::Traffic before =
      group == nullptr ? cmc::distributed::Traffic{} : group->traffic();
  const double from = thread_seconds();
  const auto result = kernels::contrast(x, y, at::full({}, 0.1, at::kDouble), {}, group);
  (result.rows.mean() + result.columns.mean()).backward();
  Work work{.seconds = thread_seconds() - from};
  if (group != nullptr)
    work.traffic = {group->traffic().summed - before.summed,
                    group->traffic().gathered - before.gathered};
  return work;
}

/// Of all ranks.
Work shared(int size, const at::Tensor& a, const at::Tensor& b) {
  std::vector<Work> works(static_cast<std::size_t>(size));
  on_ranks(size, [&](cmc::distributed::ProcessGroup& group) {
    works[static_cast<std::size_t>(group.rank())] = loss_and_gradient(a, b, &group);
  });
  Work all{.traffic = works[0].traffic};
  for (const Work& work : works) all.seconds += work.seconds;
  return all;
}

}  // namespace

nlohmann::json distributed(std::int64_t samples, std::int64_t dim, int rounds) {
  const at::Tensor a = at::randn({samples, dim}), b = at::randn({samples, dim});
  const std::vector<int> sizes{1, 2, 4, 8};
  std::vector<std::vector<double>> seconds(sizes.size());
  std::vector<cmc::distributed::Traffic> traffic(sizes.size());
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      Work work;
      if (sizes[i] == 1)
        std::thread([&] { work = loss_and_gradient(a, b, nullptr); }).join();
      else
        work = shared(sizes[i], a, b);
      seconds[i].push_back(work.seconds);
      traffic[i] = work.traffic;
    }
  fmt::print("loss and gradient of {} gathered embeddings of {} numbers, two views\n", samples,
             dim);
  fmt::print("{:>10} {:>18} {:>7} {:>14}\n", "processes", "processor seconds", "ratio",
             "MB sent a rank");
  nlohmann::json rows = nlohmann::json::array();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const double own = median(seconds[i]), ratio = own / median(seconds[0]);
    const double size = sizes[i];
    const double bytes = 2 * static_cast<double>(traffic[i].summed) * (size - 1) / size +
                         static_cast<double>(traffic[i].gathered) * (size - 1);
    fmt::print("{:>10} {:>18.3f} {:>7.3f} {:>14.2f}\n", sizes[i], own, ratio, bytes / 1e6);
    rows.push_back({{"processes", sizes[i]}, {"seconds", own}, {"ratio", ratio}, {"bytes", bytes}});
  }
  return rows;
}

}  // namespace cmc::benchmarks
