#include "cmc/distributed/process_group.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <sstream>

namespace cmc::distributed {
namespace {

at::Tensor bytes_of(const std::string& text, std::int64_t room) {
  at::Tensor bytes = at::zeros({room}, at::kByte);
  std::copy(text.begin(), text.end(), bytes.data_ptr<std::uint8_t>());
  return bytes;
}

std::string text_of(const at::Tensor& bytes, std::int64_t size) {
  const auto* const first = bytes.data_ptr<std::uint8_t>();
  return {first, first + size};
}

/// The first line in which two texts differ, of both.
std::pair<std::string, std::string> first_difference(const std::string& a, const std::string& b) {
  std::istringstream first(a), second(b);
  std::string one, other;
  while (one == other && (first || second)) {
    if (!std::getline(first, one)) one = "nothing there";
    if (!std::getline(second, other)) other = "nothing there";
  }
  return {one, other};
}

}  // namespace

std::vector<std::string> all_gather(ProcessGroup& group, const std::string& own) {
  const at::Tensor sizes =
      group.all_gather(at::full({}, static_cast<std::int64_t>(own.size()), at::kLong));
  const at::Tensor all =
      group.all_gather(bytes_of(own, std::max<std::int64_t>(1, sizes.max().item<std::int64_t>())));
  std::vector<std::string> texts;
  for (int rank = 0; rank < group.size(); ++rank)
    texts.push_back(text_of(all[rank], sizes[rank].item<std::int64_t>()));
  return texts;
}

std::string broadcast(ProcessGroup& group, const std::string& own) {
  const at::Tensor size = at::full({}, static_cast<std::int64_t>(own.size()), at::kLong);
  group.broadcast(size);
  const auto count = size.item<std::int64_t>();
  const at::Tensor bytes =
      group.rank() == 0 ? bytes_of(own, count + 1) : at::zeros({count + 1}, at::kByte);
  group.broadcast(bytes);
  return text_of(bytes, count);
}

void check_alike(ProcessGroup& group, const std::vector<Fact>& facts) {
  for (const Fact& fact : facts) {
    const std::vector<std::string> values = all_gather(group, fact.value);
    for (std::size_t rank = 1; rank < values.size(); ++rank) {
      if (values[rank] == values[0]) continue;
      const auto [own, first] = first_difference(values[rank], values[0]);
      fail("rank {} has another {} than rank 0: {}, not {}", rank, fact.name, own, first);
    }
  }
}

}  // namespace cmc::distributed
