#include "cmc/distributed/background_sums.h"

#include <ATen/ATen.h>

#include <utility>
#include <vector>

namespace cmc::distributed {

/// First each process gets the others' values of its own part; when all have come, it gives the
/// part's sum to the others.
struct BackgroundSums::Sum {
  enum class Stage { parts, sums, done };

  Sum(const at::Tensor& tensor, const Mesh& mesh)
      : flat(tensor.view({-1})),
        rank(mesh.rank()),
        size(mesh.size()),
        values(at::empty({size, part(rank).numel()}, tensor.options())),
        transfers(static_cast<std::size_t>(size)) {
    for (int other = 0; other < size; ++other) send_and_receive(other, part(other), values[other]);
  }

  /// What `process` adds up.
  at::Tensor part(int process) const {
    const std::int64_t first = flat.numel() * process / size,
                       last = flat.numel() * (process + 1) / size;
    return flat.narrow(0, first, last - first);
  }

  void next() {
    if (stage == Stage::parts) {
      const at::Tensor own = part(rank);
      values[rank].copy_(own);
      own.copy_(values.sum(0, false, flat.scalar_type()));
      for (int other = 0; other < size; ++other) send_and_receive(other, own, part(other));
      stage = Stage::sums;
    } else {
      stage = Stage::done;
    }
  }

  void send_and_receive(int other, const at::Tensor& sending, const at::Tensor& receiving) {
    if (other == rank) return;
    transfers[static_cast<std::size_t>(other)] = {
        static_cast<const char*>(sending.data_ptr()), sending.nbytes(),
        static_cast<char*>(receiving.data_ptr()), receiving.nbytes()};
  }

  at::Tensor flat;
  int rank, size;
  at::Tensor values;  ///< of the own part, by rank
  std::vector<Transfer> transfers;
  Stage stage = Stage::parts;
};

class BackgroundSums::Started : public Pending {
 public:
  Started(BackgroundSums& sums, std::shared_ptr<Sum> sum) : sums_(sums), sum_(std::move(sum)) {}

  bool done() override {
    sums_.advance();
    return sum_->stage == Sum::Stage::done;
  }

  void wait() override {
    while (!done()) sums_.mesh_.finish(sums_.going_.front()->transfers, sums_.watch_);
  }

 private:
  BackgroundSums& sums_;
  std::shared_ptr<Sum> sum_;
};

BackgroundSums::BackgroundSums(Mesh mesh, const Watch& watch)
    : mesh_(std::move(mesh)), watch_(watch) {}

BackgroundSums::~BackgroundSums() = default;

std::unique_ptr<Pending> BackgroundSums::start(const at::Tensor& tensor) {
  const auto sum = std::make_shared<Sum>(tensor, mesh_);
  going_.push_back(sum);
  advance();
  return std::make_unique<Started>(*this, sum);
}

void BackgroundSums::advance() {
  while (!going_.empty()) {
    Sum& front = *going_.front();
    if (!mesh_.carry(front.transfers, watch_)) return;
    front.next();
    if (front.stage == Sum::Stage::done) going_.pop_front();
  }
}

}  // namespace cmc::distributed
