#include "cmc/training/gradient_buckets.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <utility>

#include "cmc/error.h"

namespace cmc::training {
namespace {

using torch::autograd::variable_list;

/// Called after a parameter's gradient was added to.
class AfterGradient : public torch::autograd::FunctionPostHook {
 public:
  explicit AfterGradient(std::function<void()> call) : call_(std::move(call)) {}
  variable_list operator()(const variable_list& outputs, const variable_list& /*inputs*/) override {
    call_();
    return outputs;
  }

 private:
  std::function<void()> call_;
};

}  // namespace

/// Gradients one after another in one tensor, then for each of them how many processes have it.
struct GradientBuckets::Bucket {
  struct Part {
    std::size_t parameter;
    std::int64_t first;
  };
  std::vector<Part> parts;
  std::int64_t numbers = 0;
  at::Tensor flat;
  std::vector<bool> ready;
  std::size_t missing = 0;
  std::unique_ptr<distributed::Pending> pending;
};

GradientBuckets::GradientBuckets(distributed::ProcessGroup& group,
                                 const std::vector<SharedParameter>& parameters,
                                 std::int64_t least_bytes)
    : group_(group), parameters_(parameters), bucket_of_(parameters.size()) {
  // The backward pass comes to the last parameters first.
  for (std::size_t i = parameters_.size(); i-- > 0;) {
    const at::Tensor& parameter = parameters_[i].parameter;
    check(parameter.scalar_type() == at::kFloat,
          "several processes train float32 parameters, not {}",
          c10::toString(parameter.scalar_type()));
    if (buckets_.empty() || buckets_.back()->numbers * 4 >= least_bytes)
      buckets_.push_back(std::make_unique<Bucket>());
    Bucket& bucket = *buckets_.back();
    bucket.parts.push_back({i, bucket.numbers});
    bucket.numbers += parameter.numel();
    bucket_of_[i] = buckets_.size() - 1;
  }
  for (const auto& bucket : buckets_)
    bucket->flat =
        at::zeros({bucket->numbers + static_cast<std::int64_t>(bucket->parts.size())}, at::kFloat);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    auto node = torch::autograd::impl::grad_accumulator(parameters_[i].parameter);
    const std::uintptr_t hook =
        node->add_post_hook(std::make_unique<AfterGradient>([this, i] { ready(i); }));
    hooks_.emplace_back(std::move(node), hook);
  }
}

GradientBuckets::~GradientBuckets() {
  for (const auto& [node, hook] : hooks_) node->del_post_hook(hook);
}

void GradientBuckets::begin() {
  expecting_ = true;
  next_ = 0;
  for (const auto& bucket : buckets_) {
    bucket->flat.zero_();
    bucket->ready.assign(bucket->parts.size(), false);
    bucket->missing = bucket->parts.size();
  }
}

void GradientBuckets::ready(std::size_t parameter) {
  if (!expecting_) return;
  Bucket& bucket = *buckets_[bucket_of_[parameter]];
  for (std::size_t p = 0; p < bucket.parts.size(); ++p) {
    if (bucket.parts[p].parameter != parameter || bucket.ready[p]) continue;
    bucket.ready[p] = true;
    --bucket.missing;
  }
  send_ready(/*all=*/false);
  if (next_ > 0) buckets_[next_ - 1]->pending->done();  // carries all that were sent on
}

/// Buckets go in their order, the same in all processes.
void GradientBuckets::send_ready(bool all) {
  const at::NoGradGuard no_grad;
  for (; next_ < buckets_.size() && (all || buckets_[next_]->missing == 0); ++next_) {
    Bucket& bucket = *buckets_[next_];
    for (std::size_t p = 0; p < bucket.parts.size(); ++p) {
      const auto& [parameter, share] = parameters_[bucket.parts[p].parameter];
      const at::Tensor gradient = parameter.grad();
      if (!gradient.defined()) continue;
      bucket.flat.narrow(0, bucket.parts[p].first, parameter.numel())
          .view(parameter.sizes())
          .copy_(share == 1 ? gradient : gradient * share);
      bucket.flat[bucket.numbers + static_cast<std::int64_t>(p)] = 1;
    }
    bucket.pending = group_.start_all_reduce(bucket.flat);
  }
}

void GradientBuckets::finish() {
  const at::NoGradGuard no_grad;
  if (!expecting_) begin();  // the last batch taught nothing
  expecting_ = false;
  send_ready(/*all=*/true);
  for (const auto& bucket : buckets_) {
    bucket->pending->wait();
    for (std::size_t p = 0; p < bucket->parts.size(); ++p) {
      const at::Tensor& parameter = parameters_[bucket->parts[p].parameter].parameter;
      at::Tensor& gradient = parameter.mutable_grad();
      if (bucket->flat[bucket->numbers + static_cast<std::int64_t>(p)].item<float>() == 0) continue;
      if (!gradient.defined()) gradient = at::empty_like(parameter);
      gradient.copy_(bucket->flat.narrow(0, bucket->parts[p].first, parameter.numel())
                         .view(parameter.sizes()));
    }
  }
}

}  // namespace cmc::training
