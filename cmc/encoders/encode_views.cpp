#include "cmc/encoders/encode_views.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "cmc/data/loader.h"
#include "cmc/error.h"
#include "cmc/libtorch.h"

namespace cmc::encoders {
namespace {

using torch::autograd::variable_list;

/// Fewer rows are not worth a member of their own.
constexpr std::int64_t least_rows = 8;

/// The rows of a view that its encoder sees, in equal parts.
struct ViewRows {
  at::Tensor x;     ///< [N, C, H, W]
  at::Tensor rows;  ///< int64 [n], those that are present; undefined: all

  std::int64_t size() const { return rows.defined() ? rows.size(0) : x.size(0); }

  at::Tensor part(int member, int members) const {
    const std::int64_t first = size() * member / members,
                       count = size() * (member + 1) / members - first;
    return rows.defined() ? x.index_select(0, rows.narrow(0, first, count))
                          : x.narrow(0, first, count);
  }

  /// All N rows again, those that aren't present as 0.
  at::Tensor whole(const at::Tensor& made) const {
    if (!rows.defined()) return made;
    return at::zeros({x.size(0), made.size(1)}, made.options()).index_copy(0, rows, made);
  }
};

std::vector<ViewRows> rows_of(const std::vector<at::Tensor>& views, const at::Tensor& present) {
  std::vector<ViewRows> all;
  for (std::size_t v = 0; v < views.size(); ++v) {
    const at::Tensor own = data::present_in(present, v);
    const bool complete = !own.defined() || own.all().item<bool>();
    all.push_back({views[v], complete ? at::Tensor() : own.nonzero().squeeze(1)});
  }
  return all;
}

/// How many members are worth their while; 1: none.
int members_for(const Team* team, std::span<Encoder> encoders, const std::vector<ViewRows>& rows) {
  if (team == nullptr) return 1;
  std::int64_t members = team->size();
  for (std::size_t v = 0; v < rows.size(); ++v) {
    if (!encoders[v]->rows_apart() || !rows[v].x.device().is_cpu()) return 1;
    members = std::min(members, rows[v].size() / least_rows);
  }
  return static_cast<int>(std::max<std::int64_t>(1, members));
}

/// The learned parameters, each once: those of a view generator are in several encoders.
variable_list parameters_of(std::span<Encoder> encoders) {
  variable_list parameters;
  std::unordered_set<const void*> met;
  for (const Encoder& encoder : encoders)
    for (const at::Tensor& parameter : encoder->parameters())
      if (parameter.requires_grad() && met.insert(parameter.unsafeGetTensorImpl()).second)
        parameters.push_back(parameter);
  return parameters;
}

at::Tensor in_memory_order(const at::Tensor& x) {
  return x.as_strided({x.numel()}, {1});
}

/// Adds the members' gradients to the first one's: each member a stretch of each parameter.
void add_up(Team& team, std::vector<variable_list>& gradients) {
  const auto members = static_cast<int>(gradients.size());
  for (std::size_t i = 0; i < gradients[0].size(); ++i) {
    at::Tensor& first = gradients[0][i];
    if (!first.defined()) continue;
    if (!first.is_non_overlapping_and_dense()) first = first.contiguous();
    for (variable_list& own : gradients)
      if (own[i].strides() != first.strides()) own[i] = at::empty_like(first).copy_(own[i]);
  }
  team.run(members, [&](int member) {
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < gradients[0].size(); ++i) {
      if (!gradients[0][i].defined()) continue;
      const at::Tensor sum = in_memory_order(gradients[0][i]);
      const std::int64_t first = sum.numel() * member / members,
                         count = sum.numel() * (member + 1) / members - first;
      for (int other = 1; other < members; ++other)
        sum.narrow(0, first, count)
            .add_(in_memory_order(gradients[other][i]).narrow(0, first, count));
    }
  });
}

/// What a member makes of its rows: each view's representation and embedding, one after the other.
using Part = variable_list;

/// From the views' representations and embeddings back to the encoders' parameters.
class TeamBackward : public torch::autograd::Node {
 public:
  TeamBackward(Team& team, std::vector<Part> parts, std::vector<ViewRows> rows,
               variable_list parameters)
      : team_(team),
        parts_(std::move(parts)),
        rows_(std::move(rows)),
        parameters_(std::move(parameters)) {}

  variable_list apply(variable_list&& gradients) override {
    check(!parts_.empty(), "the gradient of these embeddings was asked for twice");
    const auto members = static_cast<int>(parts_.size());
    for (std::size_t i = 0; i < gradients.size(); ++i)
      if (const at::Tensor& rows = rows_[i / 2].rows; gradients[i].defined() && rows.defined())
        gradients[i] = gradients[i].index_select(0, rows);
    std::vector<variable_list> found(parts_.size());
    team_.run(members, [&](int member) {
      variable_list ends, starts;
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        const at::Tensor& end = parts_[member][i];
        if (!gradients[i].defined() || !end.requires_grad()) continue;
        ends.push_back(end);
        starts.push_back(
            gradients[i].narrow(0, rows_[i / 2].size() * member / members, end.size(0)));
      }
      found[member] = ends.empty() ? variable_list(parameters_.size())
                                   : torch::autograd::grad(ends, parameters_, starts,
                                                           /*retain_graph=*/false,
                                                           /*create_graph=*/false,
                                                           /*allow_unused=*/true);
    });
    add_up(team_, found);
    return std::move(found[0]);
  }

  void release_variables() override { parts_.clear(); }

 private:
  Team& team_;
  std::vector<Part> parts_;  ///< a member each
  std::vector<ViewRows> rows_;
  variable_list parameters_;
};

std::vector<Encoding> encode_apart(Team& team, int members, std::span<Encoder> encoders,
                                   std::vector<ViewRows> rows) {
  const bool bfloat16 = Autocast::is_on(at::kCPU), with_gradient = at::GradMode::is_enabled();
  std::vector<Part> parts(members);
  team.run(members, [&](int member) {
    const at::AutoGradMode mode(with_gradient);
    const Autocast autocast(at::kCPU, bfloat16);
    for (std::size_t v = 0; v < rows.size(); ++v) {
      Encoding own = encoders[v]->forward(rows[v].part(member, members));
      parts[member].push_back(std::move(own.representation));
      parts[member].push_back(std::move(own.embedding));
    }
  });
  const auto joined = [&](std::size_t output) {
    const at::NoGradGuard no_grad;
    variable_list all;
    for (const Part& part : parts) all.push_back(part[output]);
    return rows[output / 2].whole(at::cat(all));
  };
  std::vector<Encoding> views;
  for (std::size_t v = 0; v < rows.size(); ++v) views.push_back({joined(2 * v), joined(2 * v + 1)});
  variable_list parameters = with_gradient ? parameters_of(encoders) : variable_list();
  if (parameters.empty()) return views;
  auto edges = torch::autograd::collect_next_edges(parameters);
  const std::shared_ptr<TeamBackward> node(
      new TeamBackward(team, std::move(parts), std::move(rows), std::move(parameters)),
      torch::autograd::deleteNode);
  node->set_next_edges(std::move(edges));
  for (Encoding& view : views) {
    torch::autograd::set_history(view.representation, node);
    torch::autograd::set_history(view.embedding, node);
  }
  return views;
}

}  // namespace

std::vector<Encoding> encode_views(Team* team, std::span<Encoder> encoders,
                                   const std::vector<at::Tensor>& views,
                                   const at::Tensor& present) {
  check(views.size() == encoders.size(), "{} views for {} encoders", views.size(), encoders.size());
  if (team != nullptr) {
    std::vector<ViewRows> rows = rows_of(views, present);
    const int members = members_for(team, encoders, rows);
    if (members > 1) return encode_apart(*team, members, encoders, std::move(rows));
  }
  std::vector<Encoding> all;
  for (std::size_t v = 0; v < views.size(); ++v)
    all.push_back(encode_present(encoders[v], views[v], data::present_in(present, v)));
  return all;
}

std::unique_ptr<Team> encoding_team(at::Device device) {
  const int threads = at::get_num_threads();
  if (!device.is_cpu() || threads < 2 || at::in_parallel_region()) return nullptr;
  return std::make_unique<Team>(threads);
}

}  // namespace cmc::encoders
