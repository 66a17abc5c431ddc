#include "cmc/training/shared_state.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "cmc/distributed/process_group.h"

namespace cmc::training {
namespace {

using nlohmann::json;

/// Rank 0's tensors by name; the others' are not read.
std::map<std::string, at::Tensor> broadcast_tensors(distributed::ProcessGroup& group,
                                                    const std::map<std::string, at::Tensor>& own) {
  json list = json::array();
  for (const auto& [name, tensor] : own)
    list.push_back({name, static_cast<int>(tensor.scalar_type()), tensor.sizes().vec()});
  list = json::parse(distributed::broadcast(group, list.dump()));
  std::map<std::string, at::Tensor> tensors;
  for (const json& entry : list) {
    const auto name = entry[0].get<std::string>();
    const auto type = static_cast<at::ScalarType>(entry[1].get<int>());
    const at::Tensor tensor = group.rank() == 0
                                  ? own.at(name).detach().to(at::kCPU).contiguous()
                                  : at::empty(entry[2].get<std::vector<std::int64_t>>(), type);
    if (tensor.numel() > 0) {
      // Gloo knows few types: bytes are bytes.
      const auto bytes = static_cast<std::int64_t>(tensor.nbytes());
      group.broadcast(at::from_blob(tensor.data_ptr(), {bytes}, at::kByte));
    }
    tensors[name] = tensor;
  }
  return tensors;
}

}  // namespace

void broadcast(distributed::ProcessGroup& group, ModelImpl& model) {
  const auto state = broadcast_tensors(group, model.state());
  if (group.rank() != 0) model.load_state(state);
}

Checkpoint broadcast(distributed::ProcessGroup& group, Checkpoint checkpoint) {
  Position& position = checkpoint.position;
  const at::Tensor numbers =
      at::tensor({static_cast<double>(position.step), static_cast<double>(position.epoch),
                  static_cast<double>(position.batch), position.best_held_out},
                 at::kDouble);
  group.broadcast(numbers);
  const auto* const number = numbers.data_ptr<double>();
  position = {.step = static_cast<std::int64_t>(number[0]),
              .epoch = static_cast<std::int64_t>(number[1]),
              .batch = static_cast<std::int64_t>(number[2]),
              .best_held_out = number[3]};
  checkpoint.model = broadcast_tensors(group, checkpoint.model);
  checkpoint.optimizer = broadcast_tensors(group, checkpoint.optimizer);
  checkpoint.generator =
      broadcast_tensors(group, {{"generator", checkpoint.generator}}).at("generator");
  return checkpoint;
}

}  // namespace cmc::training
