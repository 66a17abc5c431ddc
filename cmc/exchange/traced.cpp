#include "cmc/exchange/traced.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>
#include <torch/autograd.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/nn/module.h>

namespace cmc::exchange {
namespace {

/// A scripted module with the parameters, buffers and submodules of `module`, under their names.
torch::jit::Module mirrored(const torch::nn::Module& module, const std::string& type,
                            const std::shared_ptr<torch::jit::CompilationUnit>& unit,
                            bool with_head) {
  torch::jit::Module mirror(c10::QualifiedName("__torch__.cmc." + type), unit);
  for (const auto& entry : module.named_parameters(/*recurse=*/false))
    mirror.register_parameter(entry.key(), entry.value(), /*is_buffer=*/false);
  for (const auto& entry : module.named_buffers(/*recurse=*/false))
    mirror.register_buffer(entry.key(), entry.value());
  for (const auto& entry : module.named_children()) {
    if (entry.key() == "head" && !with_head) continue;
    mirror.register_module(entry.key(),
                           mirrored(*entry.value(), type + "_" + entry.key(), unit, true));
  }
  return mirror;
}

/// What stands around the traced graph: only what the graph was traced for gets into it, since a
/// network that averages over a picture takes any size and gives another answer for it, and
/// operators that take no empty batch do not meet one.
std::string guarded_forward(const views::RawInput& input, std::int64_t width) {
  return fmt::format(R"python(
def forward(self, {name}):
    assert {name}.dtype == {type} and list({name}.size())[1:] == [{shape}], (
        "{name} must be {type_name} [N, {shape}]; these are of the shape {{}}, dtype code {{}} "
        "(0: uint8, 4: int64, 6: float32)".format({name}.size(), {name}.dtype))
    if {name}.size(0) == 0:
        return torch.zeros([0, {width}], dtype={result}, device={name}.device)
    return self.encode({name})
)python",
                     fmt::arg("name", input.name), fmt::arg("type", static_cast<int>(input.type)),
                     fmt::arg("type_name", input.type == at::kByte   ? "uint8"
                                           : input.type == at::kLong ? "int64"
                                                                     : "float32"),
                     fmt::arg("shape", fmt::join(input.shape, ", ")), fmt::arg("width", width),
                     fmt::arg("result", static_cast<int>(at::kFloat)));
}

}  // namespace

torch::jit::Module traced(const LoadedRun& run, std::size_t view, Output output) {
  const at::NoGradGuard no_grad;
  encoders::Encoder encoder = run.encoders.at(view);
  const auto unit = std::make_shared<torch::jit::CompilationUnit>();
  torch::jit::Module module = mirrored(*encoder, "Encoder", unit, output == Output::embedding);
  module.train(false);
  const views::RawInput input = run.transform->raw_input(view);
  std::vector<std::int64_t> shape = input.shape;
  shape.insert(shape.begin(), 2);
  const at::Tensor example = at::randint(input.below, shape, at::TensorOptions(input.type));

  const auto forward = [&](const torch::jit::Stack& inputs) -> torch::jit::Stack {
    const at::Tensor x = run.transform->of_batch(view, inputs.at(0).toTensor());
    return {output == Output::representation ? encoder->represent(x)
                                             : chosen(encoder->forward(x), output)};
  };
  const auto [state, outputs] = torch::jit::tracer::trace(
      {example}, forward, [](const torch::autograd::Variable&) { return std::string(); },
      /*strict=*/true, /*force_outplace=*/true, &module, {input.name});
  torch::jit::EliminateDeadCode(state->graph);
  const c10::QualifiedName name(*module.type()->name(), "encode");
  module.type()->addMethod(unit->create_function(name, state->graph));
  module.define(guarded_forward(input, run.dimension(view, output)));
  return module;
}

}  // namespace cmc::exchange
