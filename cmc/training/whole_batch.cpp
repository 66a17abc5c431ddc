#include "cmc/training/whole_batch.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "cmc/distributed/process_group.h"
#include "cmc/error.h"

namespace cmc::training {
namespace {

/// What is told of a row: its place in the batch (−1: there is none), its sample, and by a bit each
/// which views it has (−1: it can't be read).
enum Told : std::int64_t { row, sample, views_of, columns };

std::int64_t most_rows(std::int64_t batch_size, std::int64_t shares, std::int64_t passes) {
  std::int64_t most = 0;
  for (std::int64_t share = 0; share < shares; ++share)
    most = std::max(most, static_cast<std::int64_t>(
                              data::rows_of_share(batch_size, share, shares, passes).size()));
  return most;
}

at::Tensor told(const data::Batch& own, std::int64_t room, std::int64_t views) {
  check(views < 63, "{} views: several processes train at most 62", views);
  at::Tensor told = at::full({room, columns}, -1, at::kLong);
  auto lines = told.accessor<std::int64_t, 2>();
  const auto* const index = own.indices.data_ptr<std::int64_t>();
  const at::Tensor has = own.present.defined() ? own.present.contiguous() : at::Tensor();
  std::int64_t line = 0;
  for (std::int64_t i = 0; i < own.size(); ++i, ++line) {
    lines[line][row] = own.rows[i];
    lines[line][sample] = index[i];
    lines[line][views_of] = 0;
    for (std::int64_t v = 0; v < views; ++v)
      if (!has.defined() || has.data_ptr<bool>()[i * views + v])
        lines[line][views_of] |= std::int64_t{1} << v;
  }
  for (std::size_t i = 0; i < own.left_out.size(); ++i, ++line) {
    lines[line][row] = own.left_out_rows[i];
    lines[line][sample] = own.left_out[i];
  }
  return told;
}

}  // namespace

WholeBatch::WholeBatch(distributed::ProcessGroup& group, const data::Batch& own,
                       std::int64_t batch_size, std::int64_t passes, std::int64_t views)
    : group_(group), room_(most_rows(batch_size, group.size(), passes)) {
  const at::Tensor all = group.all_gather(told(own, room_, views));
  struct Line {
    std::int64_t row, sample, views, place;
  };
  std::vector<Line> lines;
  const at::Tensor flat = all.flatten(0, 1);
  const auto entries = flat.accessor<std::int64_t, 2>();
  for (std::int64_t place = 0; place < flat.size(0); ++place)
    if (entries[place][row] >= 0)
      lines.push_back(
          {entries[place][row], entries[place][sample], entries[place][views_of], place});
  std::ranges::sort(lines, {}, &Line::row);

  std::vector<std::int64_t> indices, places, owners, of_pass, mine;
  std::vector<std::int64_t> has;
  for (const Line& line : lines) {
    if (line.views < 0) {
      left_out_.push_back(line.sample);
      continue;
    }
    const std::int64_t owner = line.place / room_;
    if (owner == group.rank()) mine.push_back(static_cast<std::int64_t>(indices.size()));
    indices.push_back(line.sample);
    places.push_back(line.place);
    owners.push_back(owner);
    std::int64_t pass = 0;
    while (line.row >= (pass + 1) * batch_size / passes) ++pass;
    of_pass.push_back(pass);
    for (std::int64_t v = 0; v < views; ++v) has.push_back(line.views >> v & 1);
  }
  indices_ = at::tensor(indices, at::kLong);
  places_ = at::tensor(places, at::kLong);
  owners_ = at::tensor(owners, at::kLong);
  passes_ = at::tensor(of_pass, at::kLong);
  own_ = at::tensor(mine, at::kLong);
  present_ = at::tensor(has, at::kLong).to(at::kBool).reshape({size(), views});
  if (present_.all().item<bool>()) present_ = at::Tensor();
}

WholeBatch::Stretch WholeBatch::own_of_pass(std::int64_t pass) const {
  const at::Tensor own = passes_.index_select(0, own_);
  return {(own < pass).sum().item<std::int64_t>(), (own == pass).sum().item<std::int64_t>()};
}

at::Tensor WholeBatch::gather(const at::Tensor& own) const {
  const at::NoGradGuard no_grad;
  const at::Tensor held = own.detach().to(at::kCPU);
  at::Tensor room = at::zeros({room_, own.size(1)}, held.options());
  room.narrow(0, 0, own.size(0)).copy_(held);
  return group_.all_gather(room).flatten(0, 1).index_select(0, places_).to(own.device());
}

}  // namespace cmc::training
