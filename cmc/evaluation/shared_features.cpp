#include "cmc/evaluation/shared_features.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmc/distributed/gather.h"
#include "cmc/distributed/own_cores.h"
#include "cmc/distributed/process_group.h"
#include "cmc/error.h"

namespace cmc::evaluation {
namespace {

using nlohmann::json;

/// How many numbers a row has of each.
std::vector<std::int64_t> widths(const std::vector<at::Tensor>& all) {
  std::vector<std::int64_t> widths;
  for (const at::Tensor& x : all) widths.push_back(x.size(1));
  return widths;
}

/// The form of the features of the first process that has any.
json form_of_all(distributed::ProcessGroup& group, const Features& own) {
  json form = {{"rows", own.labels.size(0)},
               {"representations", widths(own.representations)},
               {"embeddings", widths(own.embeddings)},
               {"incomplete", own.present.defined()}};
  bool incomplete = false;
  json found;
  for (const std::string& text : distributed::all_gather(group, form.dump())) {
    form = json::parse(text);
    incomplete = incomplete || form["incomplete"].get<bool>();
    if (found.is_null() && form["rows"].get<std::int64_t>() > 0) found = form;
  }
  check(!found.is_null(), "there is no sample to take features of");
  found["incomplete"] = incomplete;
  return found;
}

}  // namespace

data::LoaderOptions shared_out(data::LoaderOptions options,
                               const distributed::ProcessGroup* group) {
  if (group == nullptr) return options;
  options.share = group->rank();
  options.shares = group->size();
  if (options.workers == 0) options.workers = distributed::own_cores(*group);
  return options;
}

int own_threads(const distributed::ProcessGroup& group) {
  return std::max(1, at::get_num_threads() / group.local_size());
}

void broadcast(distributed::ProcessGroup& group, std::span<encoders::Encoder> encoders) {
  const at::NoGradGuard no_grad;
  const auto share = [&](const at::Tensor& tensor) {
    if (tensor.numel() == 0) return;
    const at::Tensor values = tensor.detach().to(at::kCPU).contiguous();
    group.broadcast(values.view({-1}).view(at::kByte));
    if (group.rank() != 0) tensor.copy_(values);
  };
  for (encoders::Encoder& encoder : encoders) {
    for (const at::Tensor& parameter : encoder->parameters()) share(parameter);
    for (const at::Tensor& buffer : encoder->buffers()) share(buffer);
  }
}

Features joined(distributed::ProcessGroup& group, const Features& own) {
  const json form = form_of_all(group, own);
  const std::int64_t rows = own.labels.size(0);
  const auto all = [&](const at::Tensor& x) { return distributed::gathered_rows(group, x); };
  const at::Tensor indices = all(own.indices), order = indices.argsort();
  const auto in_order = [&](const at::Tensor& x) { return all(x).index_select(0, order); };
  const auto of_all = [&](const std::vector<at::Tensor>& views, const json& widths) {
    std::vector<at::Tensor> found;
    for (std::size_t v = 0; v < widths.size(); ++v)
      found.push_back(
          in_order(rows > 0 ? views[v] : at::empty({0, widths[v].get<std::int64_t>()})));
    return found;
  };
  Features features{of_all(own.representations, form["representations"]),
                    of_all(own.embeddings, form["embeddings"]), in_order(own.labels),
                    indices.index_select(0, order)};
  if (form["incomplete"].get<bool>()) {
    const auto views = static_cast<std::int64_t>(form["representations"].size());
    features.present =
        in_order(own.present.defined() ? own.present : at::ones({rows, views}, at::kBool));
  }
  return features;
}

}  // namespace cmc::evaluation
