#include "cmc/encoders/torchscript.h"

#include <torch/script.h>

#include <algorithm>
#include <filesystem>

#include "cmc/error.h"

namespace cmc::encoders {
namespace {

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

/// The last line that holds something: where TorchScript says what went wrong.
std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

torch::jit::Module open_module(const std::string& path, const std::string& view) {
  check(std::filesystem::is_regular_file(path),
        "encoder.torchscript of view '{}': {}: there is no such file", view, path);
  try {
    return torch::jit::load(path, at::kCPU);
  } catch (const std::exception& error) {
    fail("encoder.torchscript of view '{}': {}: no TorchScript file that this libtorch reads: {}",
         view, path, first_line(error.what()));
  }
}

class ScriptedImpl : public torch::nn::Module {
 public:
  ScriptedImpl(const std::string& path, const std::string& view)
      : module_(open_module(path, view)) {
    for (const auto& entry : module_.named_parameters())
      register_parameter(flat(entry.name), entry.value, entry.value.requires_grad());
    for (const auto& entry : module_.named_buffers())
      register_buffer(flat(entry.name), entry.value);
  }

  at::Tensor forward(const at::Tensor& x) {
    const at::IValue y = module_.forward({x});
    check(y.isTensor(), "its result is a {}; a tensor was expected", y.tagKind());
    return y.toTensor();
  }

  void train(bool on = true) override {
    torch::nn::Module::train(on);
    module_.train(on);
  }

 private:
  static std::string flat(std::string name) {
    std::ranges::replace(name, '.', '/');
    return name;
  }

  torch::jit::Module module_;
};

}  // namespace

Backbone torchscript(const EncoderOptions& options, const data::ViewShape& shape) {
  const auto module = std::make_shared<ScriptedImpl>(options.torchscript, shape.name);
  at::Tensor tried;
  {
    const at::NoGradGuard no_grad;
    const at::Tensor rows = at::zeros({2, shape.channels, shape.height, shape.width});
    module->eval();
    try {
      tried = module->forward(rows);
    } catch (const std::exception& error) {
      fail("encoder.torchscript: {} fails on [2, {}, {}, {}] of view '{}': {}", options.torchscript,
           shape.channels, shape.height, shape.width, shape.name, last_line(error.what()));
    }
    module->train();
  }
  check(
      tried.dim() == 2 && tried.size(0) == 2,
      "encoder.torchscript: {} gives [{}] for [2, {}, {}, {}] of view '{}'; a vector for each row, "
      "[2, R], was expected",
      options.torchscript, fmt::join(tried.sizes(), ", "), shape.channels, shape.height,
      shape.width, shape.name);
  Backbone backbone;
  backbone.modules.emplace_back("backbone", module);
  backbone.layers.push_back({"torchscript", [module](at::Tensor x) { return module->forward(x); }});
  backbone.representation_dim = tried.size(1);
  return backbone;
}

}  // namespace cmc::encoders
